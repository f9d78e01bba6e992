import type { Xoshiro } from "../random/xoshiro.js";
import type { DecoderConfig } from "./config.js";
import type { LlamaOptions } from "./llama-config.js";
import type { Tensor } from "./safetensors.js";

export type Shapes = readonly (readonly [name: string, shape: readonly number[]])[];

/** Names and shapes of a decoder's weights, in file order: projections input x output (GPT-2) or output x input (Llama). */
export function parameterShapes(config: DecoderConfig): Shapes {
  return config.llama === undefined ? gpt2Shapes(config) : llamaShapes(config, config.llama);
}

function llamaShapes({ vocabulary, width, layers, heads, inner }: DecoderConfig, options: LlamaOptions): Shapes {
  const { keyHeads, headSize, attentionBias, feedBias, tied } = options;
  const out: [string, number[]][] = [["model.embed_tokens.weight", [vocabulary, width]]];
  const linear = (name: string, [to, from]: readonly [number, number], biased: boolean): void => {
    out.push([`${name}.weight`, [to, from]]);
    if (biased) out.push([`${name}.bias`, [to]]);
  };
  for (let i = 0; i < layers; i++) {
    const at = `model.layers.${i}`;
    out.push([`${at}.input_layernorm.weight`, [width]]);
    linear(`${at}.self_attn.q_proj`, [heads * headSize, width], attentionBias);
    linear(`${at}.self_attn.k_proj`, [keyHeads * headSize, width], attentionBias);
    linear(`${at}.self_attn.v_proj`, [keyHeads * headSize, width], attentionBias);
    linear(`${at}.self_attn.o_proj`, [width, heads * headSize], attentionBias);
    out.push([`${at}.post_attention_layernorm.weight`, [width]]);
    linear(`${at}.mlp.gate_proj`, [inner, width], feedBias);
    linear(`${at}.mlp.up_proj`, [inner, width], feedBias);
    linear(`${at}.mlp.down_proj`, [width, inner], feedBias);
  }
  out.push(["model.norm.weight", [width]]);
  if (!tied) out.push(["lm_head.weight", [vocabulary, width]]);
  return out;
}

function gpt2Shapes(config: DecoderConfig): Shapes {
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
    if (/(ln_[12f]|norm)\.weight$/.test(name)) data.fill(1);
    else if (!name.endsWith(".bias")) {
      const deviation = /(c_proj|o_proj|down_proj)\.weight$/.test(name) ? residual : 0.02;
      for (let i = 0; i < data.length; i++) data[i] = random.normal() * deviation;
    }
    out.set(name, { shape, data });
  }
  return out;
}
