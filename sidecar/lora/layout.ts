import { Fault } from "../../chain/primitives/index.js";
import type { DecoderConfig } from "../model/config.js";
import type { Block, Decoder, LoraPair, Projection } from "../model/decoder.js";
import { matrix } from "../ops/matrix.js";
import { Value } from "../ops/tape.js";
import type { Xoshiro } from "../random/xoshiro.js";
import type { LoraOptions } from "../types.js";
import { TARGETS, placeOf } from "./targets.js";
import type { ProjectionName, SlotTarget } from "./targets.js";

export { TARGETS } from "./targets.js";

/**
 * An adapter as one flat float32 vector, in a fixed order: layer by layer, target by target in the order of `TARGETS`,
 * `down` (input x rank) before `up` (rank x output). Optimizer, tangents and scores all speak of positions in it.
 */
export interface Slot {
  readonly layer: number;
  readonly target: SlotTarget;
  /** The projection of the block that it adds to. */
  readonly projection: ProjectionName;
  readonly input: number;
  readonly output: number;
  /** First column of the fused projection that this slot adds to. */
  readonly from: number;
  /** First position of `down`; `up` follows it. */
  readonly at: number;
}

export interface LoraLayout {
  readonly rank: number;
  readonly alpha: number;
  readonly slots: readonly Slot[];
  /** Length of the vector. */
  readonly size: number;
}

/** @throws Reject sidecar/2 for a target that the model has not. */
export function layoutOf(config: DecoderConfig, { rank, alpha, targets }: LoraOptions): LoraLayout {
  return arrange(config, { rank, alpha }, TARGETS.filter((t) => targets.includes(t)));
}

/** Slots for `targets` in the order given. @throws Reject sidecar/2 */
export function arrange(
  config: DecoderConfig,
  { rank, alpha }: { readonly rank: number; readonly alpha: number },
  targets: readonly SlotTarget[],
): LoraLayout {
  const slots: Slot[] = [];
  let at = 0;
  for (let layer = 0; layer < config.layers; layer++) {
    for (const target of targets) {
      const place = placeOf(config, target);
      slots.push({ layer, target, ...place, at });
      at += rank * (place.input + place.output);
    }
  }
  return { rank, alpha, slots, size: at };
}

/** Down uniform within 1 / sqrt(input), as PEFT draws it; up zero, so that training starts from the base model itself. */
export function initialAdapter(layout: LoraLayout, random: Xoshiro): Float32Array {
  const theta = new Float32Array(layout.size);
  for (const { input, at } of layout.slots) {
    const bound = 1 / Math.sqrt(input);
    for (let i = 0; i < input * layout.rank; i++) theta[at + i] = (random.next() / 0x80000000 - 1) * bound;
  }
  return theta;
}

/** A decoder with the adapter in its projections, and the adapter's values in vector order. */
export interface Adapted {
  readonly model: Decoder;
  readonly values: readonly Value[];
}

/** The values view `theta`; they want gradients only when `learn`. */
export function adapt(base: Decoder, layout: LoraLayout, theta: Float32Array, learn: boolean): Adapted {
  if (theta.length !== layout.size) throw new Fault("adapter size", { length: theta.length, size: layout.size });
  const values: Value[] = [];
  const updates = base.blocks.map(() => new Map<ProjectionName, LoraPair[]>());
  const { rank } = layout;
  for (const { layer, projection, input, output, from, at } of layout.slots) {
    const middle = at + input * rank;
    const down = new Value(matrix(input, rank, theta.subarray(at, middle)), learn);
    const up = new Value(matrix(rank, output, theta.subarray(middle, middle + rank * output)), learn);
    values.push(down, up);
    const own = updates[layer]?.get(projection) ?? [];
    updates[layer]?.set(projection, [...own, { down, up, from, scale: layout.alpha / rank }]);
  }
  const blocks: Block[] = base.blocks.map((block, i) => withUpdates(block, (name) => updates[i]?.get(name) ?? []));
  return { model: { ...base, blocks }, values };
}

function withUpdates(block: Block, of: (name: ProjectionName) => readonly LoraPair[]): Block {
  const updated = (name: ProjectionName, own: Projection): Projection => ({ ...own, updates: of(name) });
  return {
    ...block,
    attention: updated("attention", block.attention),
    attentionOut: updated("attentionOut", block.attentionOut),
    feedGate: block.feedGate === undefined ? undefined : updated("feedGate", block.feedGate),
    feedIn: updated("feedIn", block.feedIn),
    feedOut: updated("feedOut", block.feedOut),
  };
}

/** The gradients left on the values by a backward pass, as one vector. */
export function collectGradient({ values }: Adapted, size: number): Float32Array {
  const out = new Float32Array(size);
  let at = 0;
  for (const value of values) {
    if (value.gradient !== undefined) out.set(value.gradient, at);
    at += value.data.length;
  }
  return out;
}
