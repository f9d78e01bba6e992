import { sha256 } from "../../chain/crypto/index.js";
import { concatBytes, utf8 } from "../../chain/primitives/index.js";
import { SidecarError } from "../errors.js";
import type { DecoderConfig } from "../model/config.js";
import { parseJson, readInteger, readObject } from "../model/json.js";
import { encodeSafetensors, parseSafetensors } from "../model/safetensors.js";
import type { Tensor } from "../model/safetensors.js";
import type { AdapterFiles, LoraTarget } from "../types.js";
import { TARGETS, layoutOf } from "./layout.js";
import type { LoraLayout, Slot } from "./layout.js";

/**
 * Adapters as PEFT writes them for GPT-2: adapter_config.json and adapter_model.safetensors.
 *
 * GPT-2 fuses query, key and value, so the updates of q and v are one update of c_attn whose rank is their sum: A holds
 * theirs one above the other, B is zero outside their own columns. `rank_pattern` and `alpha_pattern` say so to PEFT.
 */

const MAX_RANK = 64;

/** The slots that share one projection of the file, with its names. */
interface Fused {
  readonly slots: readonly Slot[];
  readonly a: string;
  readonly b: string;
  readonly input: number;
  readonly output: number;
}

function fuse(config: DecoderConfig, { slots }: LoraLayout): Fused[] {
  const out: Fused[] = [];
  for (let layer = 0; layer < config.layers; layer++) {
    const stem = `base_model.model.transformer.h.${layer}`;
    const attention = slots.filter((s) => s.layer === layer && s.target !== "up");
    const feed = slots.filter((s) => s.layer === layer && s.target === "up");
    for (const [name, group, output] of [["attn.c_attn", attention, 3 * config.width], ["mlp.c_fc", feed, config.inner]] as const) {
      const path = `${stem}.${name}`;
      const names = { a: `${path}.lora_A.weight`, b: `${path}.lora_B.weight` };
      if (group.length > 0) out.push({ slots: group, ...names, input: config.width, output });
    }
  }
  return out;
}

/** PEFT stores both matrices output x input; the vector holds them input x output. */
export function encodeAdapter(config: DecoderConfig, layout: LoraLayout, theta: Float32Array): AdapterFiles {
  const { rank, alpha, slots } = layout;
  const tensors = fuse(config, layout).flatMap((fused): (readonly [string, Tensor])[] => {
    const ranks = rank * fused.slots.length;
    const a = new Float32Array(ranks * fused.input);
    const b = new Float32Array(fused.output * ranks);
    copyFused({ fused, rank, a, b }, theta, "write");
    return [
      [fused.a, { shape: [ranks, fused.input], data: a }],
      [fused.b, { shape: [fused.output, ranks], data: b }],
    ];
  });
  const targets = TARGETS.filter((t) => slots.some((s) => s.target === t));
  const both = targets.includes("q") && targets.includes("v");
  const fields = {
    peft_type: "LORA",
    task_type: "CAUSAL_LM",
    r: rank,
    lora_alpha: alpha,
    lora_dropout: 0,
    target_modules: [...(targets.some((t) => t !== "up") ? ["c_attn"] : []), ...(targets.includes("up") ? ["c_fc"] : [])],
    rank_pattern: both ? { c_attn: 2 * rank } : {},
    alpha_pattern: both ? { c_attn: 2 * alpha } : {},
    fan_in_fan_out: true,
    bias: "none",
    inference_mode: true,
    openledger_targets: targets,
  };
  return { config: utf8(`${JSON.stringify(fields, undefined, 2)}\n`), weights: encodeSafetensors(tensors) };
}

interface Pair {
  readonly fused: Fused;
  readonly rank: number;
  readonly a: Float32Array;
  readonly b: Float32Array;
}

/** Moves the numbers between the vector and a fused pair, one slot after the other. */
function copyFused({ fused, rank, a, b }: Pair, theta: Float32Array, way: "read" | "write"): void {
  const ranks = rank * fused.slots.length;
  const move = (at: number, matrix: Float32Array, i: number): void => {
    if (way === "read") theta[at] = matrix[i] as number;
    else matrix[i] = theta[at] as number;
  };
  fused.slots.forEach(({ input, output, from, at }, n) => {
    for (let i = 0; i < input * rank; i++) {
      move(at + i, a, (n * rank + (i % rank)) * input + Math.floor(i / rank));
    }
    for (let i = 0; i < rank * output; i++) {
      move(at + input * rank + i, b, (from + (i % output)) * ranks + n * rank + Math.floor(i / output));
    }
  });
}

/** @throws Reject sidecar/4 unless the adapter is one `encodeAdapter` could have written for this base. */
export function parseAdapter(
  base: DecoderConfig,
  files: AdapterFiles,
): { readonly layout: LoraLayout; readonly theta: Float32Array } {
  const layout = layoutOf(base, readOptions(files.config));
  const tensors = parseSafetensors(files.weights, SidecarError.BadAdapter);
  const groups = fuse(base, layout);
  if (tensors.size !== 2 * groups.length) throw SidecarError.BadAdapter("unexpected tensors");
  const theta = new Float32Array(layout.size);
  for (const fused of groups) {
    const ranks = layout.rank * fused.slots.length;
    const a = readTensor(tensors.get(fused.a), [ranks, fused.input]);
    const b = readTensor(tensors.get(fused.b), [fused.output, ranks]);
    copyFused({ fused, rank: layout.rank, a, b }, theta, "read");
    const again = new Float32Array(b.length);
    copyFused({ fused, rank: layout.rank, a: new Float32Array(a.length), b: again }, theta, "write");
    if (!again.every((x, i) => x === b[i])) throw SidecarError.BadAdapter("an update outside its targets");
  }
  return { layout, theta };
}

function readTensor(tensor: Tensor | undefined, shape: readonly number[]): Float32Array {
  if (tensor === undefined || tensor.shape.join() !== shape.join()) throw SidecarError.BadAdapter("missing or misshapen tensor");
  return tensor.data;
}

function readOptions(bytes: Uint8Array): { rank: number; alpha: number; targets: readonly LoraTarget[] } {
  const reject = SidecarError.BadAdapter;
  const fields = readObject(parseJson(bytes, reject), reject);
  const targets = fields["openledger_targets"];
  if (fields["peft_type"] !== "LORA" || fields["fan_in_fan_out"] !== true) throw reject("not a GPT-2 LoRA");
  if ((fields["bias"] ?? "none") !== "none" || fields["use_dora"] === true || fields["use_rslora"] === true) {
    throw reject("LoRA option is not supported");
  }
  if (!Array.isArray(targets) || targets.length === 0 || !targets.every(isTarget)) throw reject("openledger_targets");
  return {
    rank: readInteger(fields["r"], { name: "r", low: 1, high: MAX_RANK }, reject),
    alpha: readInteger(fields["lora_alpha"], { name: "lora_alpha", low: 1, high: 1024 }, reject),
    targets,
  };
}

function isTarget(value: unknown): value is LoraTarget {
  return value === "q" || value === "v" || value === "up";
}

/** SHA-256 over the digests of config and weights. */
export function adapterIdOf({ config, weights }: AdapterFiles): Uint8Array {
  return sha256(concatBytes(sha256(config), sha256(weights)));
}
