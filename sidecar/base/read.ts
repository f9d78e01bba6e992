import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { BaseFiles } from "../types.js";

/** Weights are not copied by the build: a built file reads them from their place in the repository. */
const isBuilt = import.meta.url.includes("/dist/sidecar/");

/** Folder of the base model that ships with the repository. */
export const SHIPPED_BASE = fileURLToPath(new URL(isBuilt ? "../../../sidecar/base/model/" : "./model/", import.meta.url));

/** The three files of a base model folder. */
export function readBase(folder: string = SHIPPED_BASE): BaseFiles {
  return {
    config: readFileSync(join(folder, "config.json")),
    tokenizer: readFileSync(join(folder, "tokenizer.json")),
    weights: readFileSync(join(folder, "model.safetensors")),
  };
}
