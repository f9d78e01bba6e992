import { sha256 } from "../../chain/crypto/index.js";
import { concatBytes, utf8 } from "../../chain/primitives/index.js";
import { SidecarError } from "../errors.js";
import type { DecoderConfig } from "../model/config.js";
import { parseJson, readInteger, readObject } from "../model/json.js";
import { encodeSafetensors, parseSafetensors } from "../model/safetensors.js";
import type { Tensor } from "../model/safetensors.js";
import { matrix, transpose } from "../ops/matrix.js";
import type { AdapterFiles, LoraTarget } from "../types.js";
import { TARGETS, layoutOf } from "./layout.js";
import type { LoraLayout, Slot } from "./layout.js";

/** Adapters as PEFT writes them for GPT-2: adapter_config.json and adapter_model.safetensors. */

const MAX_RANK = 64;

function names({ layer, target }: Slot): readonly [string, string] {
  const part = target === "c_attn" ? "attn.c_attn" : "mlp.c_fc";
  const stem = `base_model.model.transformer.h.${layer}.${part}`;
  return [`${stem}.lora_A.weight`, `${stem}.lora_B.weight`];
}

/** PEFT stores both matrices output x input; the vector holds them input x output. */
export function encodeAdapter(layout: LoraLayout, theta: Float32Array): AdapterFiles {
  const { rank, alpha, slots } = layout;
  const tensors = slots.flatMap((slot): (readonly [string, Tensor])[] => {
    const middle = slot.at + slot.input * rank;
    const down = transpose(matrix(slot.input, rank, theta.subarray(slot.at, middle)));
    const up = transpose(matrix(rank, slot.output, theta.subarray(middle, middle + rank * slot.output)));
    const [a, b] = names(slot);
    return [
      [a, { shape: [rank, slot.input], data: down.data }],
      [b, { shape: [slot.output, rank], data: up.data }],
    ];
  });
  const config = {
    peft_type: "LORA",
    task_type: "CAUSAL_LM",
    r: rank,
    lora_alpha: alpha,
    lora_dropout: 0,
    target_modules: TARGETS.filter((t) => slots.some((s) => s.target === t)),
    fan_in_fan_out: true,
    bias: "none",
    inference_mode: true,
  };
  return { config: utf8(`${JSON.stringify(config, undefined, 2)}\n`), weights: encodeSafetensors(tensors) };
}

/** @throws Reject sidecar/4 unless the adapter fits this base exactly. */
export function parseAdapter(
  base: DecoderConfig,
  files: AdapterFiles,
): { readonly layout: LoraLayout; readonly theta: Float32Array } {
  const layout = layoutOf(base, readOptions(files.config));
  const tensors = parseSafetensors(files.weights, SidecarError.BadAdapter);
  if (tensors.size !== 2 * layout.slots.length) throw SidecarError.BadAdapter("unexpected tensors");
  const theta = new Float32Array(layout.size);
  for (const slot of layout.slots) {
    const [a, b] = names(slot);
    const down = readMatrix(tensors.get(a), layout.rank, slot.input);
    const up = readMatrix(tensors.get(b), slot.output, layout.rank);
    theta.set(down, slot.at);
    theta.set(up, slot.at + down.length);
  }
  return { layout, theta };
}

function readOptions(bytes: Uint8Array): { rank: number; alpha: number; targets: readonly LoraTarget[] } {
  const reject = SidecarError.BadAdapter;
  const fields = readObject(parseJson(bytes, reject), reject);
  const targets = fields["target_modules"];
  if (fields["peft_type"] !== "LORA" || fields["fan_in_fan_out"] !== true) throw reject("not a GPT-2 LoRA");
  if ((fields["bias"] ?? "none") !== "none" || fields["use_dora"] === true || fields["use_rslora"] === true) {
    throw reject("LoRA option is not supported");
  }
  if (!Array.isArray(targets) || targets.length === 0 || !targets.every(isTarget)) throw reject("target_modules");
  return {
    rank: readInteger(fields["r"], { name: "r", low: 1, high: MAX_RANK }, reject),
    alpha: readInteger(fields["lora_alpha"], { name: "lora_alpha", low: 1, high: 1024 }, reject),
    targets,
  };
}

function isTarget(value: unknown): value is LoraTarget {
  return value === "c_attn" || value === "c_fc";
}

function readMatrix(tensor: Tensor | undefined, rows: number, cols: number): Float32Array {
  if (tensor === undefined || tensor.shape.join() !== `${rows},${cols}`) throw SidecarError.BadAdapter("missing or misshapen tensor");
  return transpose(matrix(rows, cols, tensor.data)).data;
}

/** SHA-256 over the digests of config and weights. */
export function adapterIdOf({ config, weights }: AdapterFiles): Uint8Array {
  return sha256(concatBytes(sha256(config), sha256(weights)));
}
