import { SidecarError } from "../errors.js";
import { readInteger, readObject } from "./json.js";

/** What a Llama-like decoder has beyond the sizes: RMS norm, rotary positions, gated SiLU, grouped-query attention. */
export interface LlamaOptions {
  /** Heads of keys and values, a divisor of the heads. */
  readonly keyHeads: number;
  /** Columns of one head; heads times this need not be the width. */
  readonly headSize: number;
  /** Of the RMS norm. */
  readonly epsilon: number;
  /** Base of the rotary frequencies (`rope_theta`). */
  readonly ropeBase: number;
  readonly scaling: RopeScaling | undefined;
  /** Whether the output head is the embeddings, transposed. */
  readonly tied: boolean;
  readonly attentionBias: boolean;
  readonly feedBias: boolean;
}

/** Llama 3.1's stretching of slow frequencies (`rope_type: "llama3"`). */
export interface RopeScaling {
  readonly factor: number;
  readonly lowFactor: number;
  readonly highFactor: number;
  readonly originalContext: number;
}

type Fields = Readonly<Record<string, unknown>>;

function readNumber(value: unknown, name: string, low: number, high: number): number {
  if (typeof value !== "number" || !(value >= low && value <= high)) {
    throw SidecarError.BadModel(`config ${name} must be from ${low} to ${high}`);
  }
  return value;
}

function readFlag(value: unknown, name: string, otherwise: boolean): boolean {
  if (value === undefined || value === null) return otherwise;
  if (typeof value !== "boolean") throw SidecarError.BadModel(`config ${name} must be true or false`);
  return value;
}

function readScaling(rope: Fields): RopeScaling | undefined {
  const kind = rope["rope_type"] ?? rope["type"] ?? "default";
  if (kind === "default") return undefined;
  if (kind !== "llama3") throw SidecarError.BadModel("config rope_scaling is not supported");
  const lowFactor = readNumber(rope["low_freq_factor"], "low_freq_factor", 0.01, 1024);
  const scaling = {
    factor: readNumber(rope["factor"], "factor", 1, 1024),
    lowFactor,
    highFactor: readNumber(rope["high_freq_factor"], "high_freq_factor", 0.01, 1024),
    originalContext: readInteger(
      rope["original_max_position_embeddings"],
      { name: "original_max_position_embeddings", low: 8, high: 1 << 20 },
      SidecarError.BadModel,
    ),
  };
  if (scaling.highFactor <= lowFactor) throw SidecarError.BadModel("config high_freq_factor must exceed low_freq_factor");
  return scaling;
}

/** Both spellings: `rope_theta` and `rope_scaling`, and `rope_parameters`, which transformers 5 writes. */
function readRope(fields: Fields): { ropeBase: number; scaling: RopeScaling | undefined } {
  const newer = fields["rope_parameters"] ?? undefined;
  const older = fields["rope_scaling"] ?? undefined;
  if (newer !== undefined && older !== undefined) throw SidecarError.BadModel("config has both rope_scaling and rope_parameters");
  const rope = newer ?? older;
  const read: Fields = rope === undefined ? {} : readObject(rope, SidecarError.BadModel);
  if ((read["partial_rotary_factor"] ?? 1) !== 1) throw SidecarError.BadModel("config partial_rotary_factor is not supported");
  const base = read["rope_theta"] ?? fields["rope_theta"] ?? 10_000;
  return { ropeBase: readNumber(base, "rope_theta", 100, 1e8), scaling: readScaling(read) };
}

/** The options of config.json; what would change the numbers and is not known here is refused. @throws Reject sidecar/3 */
export function readLlamaOptions(fields: Fields, sizes: { readonly heads: number; readonly width: number }): LlamaOptions {
  if ((fields["hidden_act"] ?? "silu") !== "silu") throw SidecarError.BadModel("config hidden_act must be silu");
  for (const name of ["quantization_config", "sliding_window", "layer_types", "partial_rotary_factor"]) {
    if ((fields[name] ?? null) !== null) throw SidecarError.BadModel(`config ${name} is not supported`);
  }
  const size = (name: string, value: unknown, high: number): number =>
    readInteger(value, { name, low: 1, high }, SidecarError.BadModel);
  const keyHeads = size("num_key_value_heads", fields["num_key_value_heads"] ?? sizes.heads, sizes.heads);
  const headSize = size("head_dim", fields["head_dim"] ?? sizes.width / sizes.heads, 512);
  if (sizes.heads % keyHeads !== 0) throw SidecarError.BadModel("key heads must divide the heads");
  return {
    keyHeads,
    headSize,
    epsilon: readNumber(fields["rms_norm_eps"] ?? 1e-6, "rms_norm_eps", 1e-12, 1e-2),
    ...readRope(fields),
    tied: readFlag(fields["tie_word_embeddings"], "tie_word_embeddings", false),
    attentionBias: readFlag(fields["attention_bias"], "attention_bias", false),
    feedBias: readFlag(fields["mlp_bias"], "mlp_bias", false),
  };
}

/** The fields of config.json that `readLlamaOptions` reads. */
export function llamaFields(options: LlamaOptions): Fields {
  const { scaling } = options;
  return {
    hidden_act: "silu",
    num_key_value_heads: options.keyHeads,
    head_dim: options.headSize,
    rms_norm_eps: options.epsilon,
    rope_theta: options.ropeBase,
    rope_scaling:
      scaling === undefined
        ? null
        : {
            rope_type: "llama3",
            factor: scaling.factor,
            low_freq_factor: scaling.lowFactor,
            high_freq_factor: scaling.highFactor,
            original_max_position_embeddings: scaling.originalContext,
          },
    tie_word_embeddings: options.tied,
    attention_bias: options.attentionBias,
    mlp_bias: options.feedBias,
  };
}
