import type { Xoshiro } from "../random/xoshiro.js";
import type { DecoderConfig } from "./config.js";
import type { Tensor } from "./safetensors.js";

/** Names and shapes of a decoder's weights, in file order (the GPT-2 layout; projections are stored input x output). */
export function parameterShapes(config: DecoderConfig): readonly (readonly [string, readonly number[]])[] {
  const { vocabulary, context, width, layers, inner } = config;
  const out: [string, number[]][] = [
    ["transformer.wte.weight", [vocabulary, width]],
    ["transformer.wpe.weight", [context, width]],
  ];
  for (let i = 0; i < layers; i++) {
    const at = `transformer.h.${i}`;
    out.push(
      [`${at}.ln_1.weight`, [width]],
      [`${at}.ln_1.bias`, [width]],
      [`${at}.attn.c_attn.weight`, [width, 3 * width]],
      [`${at}.attn.c_attn.bias`, [3 * width]],
      [`${at}.attn.c_proj.weight`, [width, width]],
      [`${at}.attn.c_proj.bias`, [width]],
      [`${at}.ln_2.weight`, [width]],
      [`${at}.ln_2.bias`, [width]],
      [`${at}.mlp.c_fc.weight`, [width, inner]],
      [`${at}.mlp.c_fc.bias`, [inner]],
      [`${at}.mlp.c_proj.weight`, [inner, width]],
      [`${at}.mlp.c_proj.bias`, [width]],
    );
  }
  out.push(["transformer.ln_f.weight", [width]], ["transformer.ln_f.bias", [width]]);
  return out;
}

/** First weights: normal with deviation 0.02 (residual outputs smaller by the root of twice the depth), norms 1 and 0. */
export function initialParameters(config: DecoderConfig, random: Xoshiro): Map<string, Tensor> {
  const residual = 0.02 / Math.sqrt(2 * config.layers);
  const out = new Map<string, Tensor>();
  for (const [name, shape] of parameterShapes(config)) {
    const data = new Float32Array(shape.reduce((product, n) => product * n, 1));
    if (name.endsWith("ln_1.weight") || name.endsWith("ln_2.weight") || name.endsWith("ln_f.weight")) data.fill(1);
    else if (!name.endsWith(".bias")) {
      const deviation = name.endsWith("c_proj.weight") ? residual : 0.02;
      for (let i = 0; i < data.length; i++) data[i] = random.normal() * deviation;
    }
    out.set(name, { shape, data });
  }
  return out;
}
