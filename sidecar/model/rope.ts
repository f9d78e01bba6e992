import { rotaryFrequencies, rotaryTable } from "../ops/rotary.js";
import type { RotaryTable } from "../ops/rotary.js";
import type { RopeScaling } from "./llama-config.js";

const TWO_PI = 6.283185307179586;

/** Slow waves turn `factor` times slower, fast ones as before, those between in proportion (Llama 3.1). */
function stretch(frequency: number, { factor, lowFactor, highFactor, originalContext }: RopeScaling): number {
  const wavelength = TWO_PI / frequency;
  if (wavelength < originalContext / highFactor) return frequency;
  if (wavelength > originalContext / lowFactor) return frequency / factor;
  const smooth = (originalContext / wavelength - lowFactor) / (highFactor - lowFactor);
  return ((1 - smooth) * frequency) / factor + smooth * frequency;
}

/** Angles of every position of a model. */
export function ropeTable(options: {
  readonly ropeBase: number;
  readonly headSize: number;
  readonly scaling: RopeScaling | undefined;
  readonly context: number;
}): RotaryTable {
  const { scaling } = options;
  const plain = rotaryFrequencies(options.ropeBase, options.headSize);
  return rotaryTable(scaling === undefined ? plain : plain.map((f) => stretch(f, scaling)), options.context);
}
