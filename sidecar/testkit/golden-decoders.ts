import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { AdapterFiles } from "../types.js";

/** Cases of sidecar/model/vectors, which transformers, peft and torch wrote (scripts/vectors/decoders.py). */
export const GOLDEN_DECODERS = ["gpt2", "gpt2-wide", "llama-tied", "llama-grouped", "llama-biased", "llama-stretched"] as const;

export interface GoldenDecoder {
  readonly config: Uint8Array;
  readonly weights: Uint8Array;
  readonly adapter: AdapterFiles;
  /** Of `expected.loss`, under the names of the adapter's tensors. */
  readonly gradient: Uint8Array;
  readonly expected: Expected;
}

interface Expected {
  /** Token ids. */
  readonly prompts: readonly (readonly number[])[];
  /** After the last token of each prompt. */
  readonly logits: readonly (readonly number[])[];
  /** The same through the adapter. */
  readonly adapted: readonly (readonly number[])[];
  readonly sequence: readonly number[];
  /** Summed negative log-likelihood of the sequence, through the adapter. */
  readonly loss: number;
}

const FOLDER = fileURLToPath(new URL("../model/vectors/", import.meta.url));

export function goldenDecoder(name: string): GoldenDecoder {
  const read = (file: string): Uint8Array => readFileSync(join(FOLDER, name, file));
  return {
    config: read("config.json"),
    weights: read("model.safetensors"),
    adapter: { config: read("adapter/adapter_config.json"), weights: read("adapter/adapter_model.safetensors") },
    gradient: read("gradient.safetensors"),
    expected: JSON.parse(readFileSync(join(FOLDER, name, "expected.json"), "utf8")) as Expected,
  };
}
