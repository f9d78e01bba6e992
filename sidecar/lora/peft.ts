import { sha256 } from "../../chain/crypto/index.js";
import { concatBytes } from "../../chain/primitives/index.js";
import { SidecarError } from "../errors.js";
import type { DecoderConfig } from "../model/config.js";
import { encodeSafetensors, parseSafetensors } from "../model/safetensors.js";
import type { Tensor } from "../model/safetensors.js";
import type { AdapterFiles } from "../types.js";
import type { LoraLayout, Slot } from "./layout.js";
import { encodePeftConfig, layerPath, parsePeftConfig, peftModules } from "./peft-config.js";

/**
 * Adapters as PEFT writes them: adapter_config.json and adapter_model.safetensors.
 *
 * GPT-2 fuses query, key and value, so their updates are one update of c_attn whose rank is their sum: A holds theirs one
 * above the other, B is zero outside their own columns. `rank_pattern` and `alpha_pattern` say so to PEFT, and
 * `openledger_targets` tells us how to take them apart again. Without that key the update of c_attn is one (slot `qkv`).
 */

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
    for (const { path, targets } of peftModules(config)) {
      const own = slots.filter((s) => s.layer === layer && targets.includes(s.target));
      const [first] = own;
      if (first === undefined) continue;
      const stem = `${layerPath(config, layer)}.${path}`;
      const output = config.llama === undefined && first.projection === "attention" ? 3 * config.width : first.output;
      out.push({ slots: own, a: `${stem}.lora_A.weight`, b: `${stem}.lora_B.weight`, input: first.input, output });
    }
  }
  return out;
}

/** In a file of its own, a slot begins at column 0; within GPT-2's c_attn, at its own place. */
function columnOf({ slots, output }: Fused, slot: Slot): number {
  return slots.length === 1 && slot.output === output ? 0 : slot.from;
}

/** PEFT stores both matrices output x input; the vector holds them input x output. */
export function encodeAdapter(config: DecoderConfig, layout: LoraLayout, theta: Float32Array): AdapterFiles {
  const { rank } = layout;
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
  return { config: encodePeftConfig(config, layout), weights: encodeSafetensors(tensors) };
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
  fused.slots.forEach((slot, n) => {
    const { input, output, at } = slot;
    const from = columnOf(fused, slot);
    for (let i = 0; i < input * rank; i++) {
      move(at + i, a, (n * rank + (i % rank)) * input + Math.floor(i / rank));
    }
    for (let i = 0; i < rank * output; i++) {
      move(at + input * rank + i, b, (from + (i % output)) * ranks + n * rank + Math.floor(i / output));
    }
  });
}

/** @throws Reject sidecar/4 unless the files are a LoRA of this base whose numbers are all read. */
export function parseAdapter(
  base: DecoderConfig,
  files: AdapterFiles,
): { readonly layout: LoraLayout; readonly theta: Float32Array } {
  const layout = parsePeftConfig(base, files.config);
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

/** SHA-256 over the digests of config and weights. */
export function adapterIdOf({ config, weights }: AdapterFiles): Uint8Array {
  return sha256(concatBytes(sha256(config), sha256(weights)));
}
