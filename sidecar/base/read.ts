import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { joinShards } from "../model/shards.js";
import type { BaseFiles } from "../types.js";

/** Weights are not copied by the build: a built file reads them from their place in the repository. */
const isBuilt = import.meta.url.includes("/dist/sidecar/");

/** Folder of the base model that ships with the repository. */
export const SHIPPED_BASE = fileURLToPath(new URL(isBuilt ? "../../../sidecar/base/model/" : "./model/", import.meta.url));

/** The three files of a base model folder; weights in shards become one file. */
export function readBase(folder: string = SHIPPED_BASE): BaseFiles {
  const read = (name: string): Uint8Array => readFileSync(join(folder, name));
  const index = join(folder, "model.safetensors.index.json");
  return {
    config: read("config.json"),
    tokenizer: read("tokenizer.json"),
    weights: existsSync(index) ? joinShards(readFileSync(index), read) : read("model.safetensors"),
  };
}
