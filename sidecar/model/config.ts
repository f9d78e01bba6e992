import { SidecarError } from "../errors.js";
import { parseJson, readInteger, readObject } from "./json.js";
import { llamaFields, readLlamaOptions } from "./llama-config.js";
import type { LlamaOptions } from "./llama-config.js";

/**
 * Sizes of a decoder. Without `llama` it is GPT-2-like: pre-LN, GELU (tanh form), learned positions, biases everywhere, as
 * many key heads as heads, output head tied to the embeddings.
 */
export interface DecoderConfig {
  readonly vocabulary: number;
  readonly context: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** Inner width of the feed-forward. */
  readonly inner: number;
  readonly llama?: LlamaOptions;
}

/** How heads lie in the fused [queries | keys | values]: as many of keys as of values. */
export function headShape({ width, heads, llama }: DecoderConfig): { heads: number; keyHeads: number; size: number } {
  if (llama === undefined) return { heads, keyHeads: heads, size: width / heads };
  return { heads, keyHeads: llama.keyHeads, size: llama.headSize };
}

type Fields = Readonly<Record<string, unknown>>;

/** What GPT-2 must have; left out, transformers' own default, which is the same. */
const GPT2_FIXED: Fields = {
  model_type: "gpt2",
  activation_function: "gelu_new",
  layer_norm_epsilon: 1e-5,
  tie_word_embeddings: true,
};

/** Not written by us, and refused where a file has another value. */
const GPT2_DEFAULTS: Fields = { scale_attn_weights: true, scale_attn_by_inverse_layer_idx: false, add_cross_attention: false };

function size(fields: Fields, name: string, low: number, high: number): number {
  return readInteger(fields[name], { name, low, high }, SidecarError.BadModel);
}

function readGpt2(fields: Fields): DecoderConfig {
  for (const [name, value] of Object.entries({ ...GPT2_FIXED, ...GPT2_DEFAULTS })) {
    if ((fields[name] ?? value) !== value) throw SidecarError.BadModel(`config ${name} must be ${String(value)}`);
  }
  const width = size(fields, "n_embd", 8, 2048);
  return {
    vocabulary: size(fields, "vocab_size", 257, 1 << 17),
    context: size(fields, "n_positions", 8, 4096),
    width,
    layers: size(fields, "n_layer", 1, 48),
    heads: size(fields, "n_head", 1, 64),
    inner: (fields["n_inner"] ?? null) === null ? 4 * width : size(fields, "n_inner", 8, 8192),
  };
}

/** Longer contexts are served up to here: angles are tabulated, and lane A is not for long texts. */
const LLAMA_CONTEXT = 4096;

function readLlama(fields: Fields): DecoderConfig {
  const width = size(fields, "hidden_size", 8, 4096);
  const heads = size(fields, "num_attention_heads", 1, 64);
  return {
    vocabulary: size(fields, "vocab_size", 257, 1 << 18),
    context: Math.min(size(fields, "max_position_embeddings", 8, 1 << 20), LLAMA_CONTEXT),
    width,
    layers: size(fields, "num_hidden_layers", 1, 64),
    heads,
    inner: size(fields, "intermediate_size", 8, 16_384),
    llama: readLlamaOptions(fields, { heads, width }),
  };
}

/** Reads config.json. @throws Reject sidecar/3 for another architecture or a size outside what lane A runs. */
export function parseConfig(bytes: Uint8Array): DecoderConfig {
  const fields = readObject(parseJson(bytes, SidecarError.BadModel), SidecarError.BadModel);
  const kind = fields["model_type"];
  if (kind !== "gpt2" && kind !== "llama") throw SidecarError.BadModel("config model_type must be gpt2 or llama");
  const config = kind === "gpt2" ? readGpt2(fields) : readLlama(fields);
  const head = headShape(config);
  if (head.size % 8 !== 0) throw SidecarError.BadModel("head size must be a multiple of 8");
  if (config.width % 4 !== 0 || config.inner % 4 !== 0) throw SidecarError.BadModel("widths must be multiples of 4");
  return config;
}

/** config.json of a model of ours. */
export function encodeConfig(config: DecoderConfig, endToken: number): string {
  const ends = { bos_token_id: endToken, eos_token_id: endToken, torch_dtype: "float32" };
  const fields = config.llama === undefined ? { ...gpt2Fields(config), ...ends } : { ...llamaSizes(config, config.llama), ...ends };
  return `${JSON.stringify(fields, undefined, 2)}\n`;
}

function gpt2Fields(config: DecoderConfig): Fields {
  return {
    architectures: ["GPT2LMHeadModel"],
    ...GPT2_FIXED,
    vocab_size: config.vocabulary,
    n_positions: config.context,
    n_embd: config.width,
    n_layer: config.layers,
    n_head: config.heads,
    n_inner: config.inner,
  };
}

function llamaSizes(config: DecoderConfig, options: LlamaOptions): Fields {
  return {
    architectures: ["LlamaForCausalLM"],
    model_type: "llama",
    vocab_size: config.vocabulary,
    max_position_embeddings: config.context,
    hidden_size: config.width,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    intermediate_size: config.inner,
    ...llamaFields(options),
  };
}
