import { SidecarError } from "../errors.js";
import { parseJson, readInteger, readObject } from "./json.js";

/** Sizes of a GPT-2-like decoder: pre-LN, GELU (tanh form), learned positions, output head tied to the embeddings. */
export interface DecoderConfig {
  readonly vocabulary: number;
  readonly context: number;
  readonly width: number;
  readonly layers: number;
  readonly heads: number;
  /** Inner width of the feed-forward. */
  readonly inner: number;
}

const FIXED: Readonly<Record<string, unknown>> = {
  model_type: "gpt2",
  activation_function: "gelu_new",
  layer_norm_epsilon: 1e-5,
  tie_word_embeddings: true,
};

/** Reads config.json. @throws Reject sidecar/3 for another architecture or a size outside what lane A runs. */
export function parseConfig(bytes: Uint8Array): DecoderConfig {
  const fields = readObject(parseJson(bytes, SidecarError.BadModel), SidecarError.BadModel);
  for (const name of Object.keys(FIXED)) {
    if (fields[name] !== FIXED[name]) throw SidecarError.BadModel(`config ${name} must be ${String(FIXED[name])}`);
  }
  const size = (name: string, low: number, high: number): number =>
    readInteger(fields[name], { name, low, high }, SidecarError.BadModel);
  const config = {
    vocabulary: size("vocab_size", 257, 1 << 17),
    context: size("n_positions", 8, 4096),
    width: size("n_embd", 8, 2048),
    layers: size("n_layer", 1, 48),
    heads: size("n_head", 1, 64),
    inner: size("n_inner", 8, 8192),
  };
  if (config.width % (8 * config.heads) !== 0) throw SidecarError.BadModel("head size must be a multiple of 8");
  return config;
}

/** config.json of a model of ours. */
export function encodeConfig(config: DecoderConfig, endToken: number): string {
  const fields = {
    architectures: ["GPT2LMHeadModel"],
    ...FIXED,
    vocab_size: config.vocabulary,
    n_positions: config.context,
    n_embd: config.width,
    n_layer: config.layers,
    n_head: config.heads,
    n_inner: config.inner,
    bos_token_id: endToken,
    eos_token_id: endToken,
    torch_dtype: "float32",
  };
  return `${JSON.stringify(fields, undefined, 2)}\n`;
}
