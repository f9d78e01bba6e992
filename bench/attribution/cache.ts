/**
 * Retrainings are pure functions of their recipe, so their results are kept on disk under the hash of it: a run that was
 * killed goes on where it stopped, and several processes share the work.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Raise when a change of code changes results that an equal recipe had. */
const VERSION = 2;

export interface Cache {
  has(recipe: object): boolean;
  /** The stored numbers of `recipe`, or those of `make`, then stored. */
  numbers(recipe: object, make: () => Float64Array | Promise<Float64Array>): Promise<Float64Array>;
}

/** One file for each result, written whole under another name first: a killed process leaves no half of one. */
export function openCache(folder: string): Cache {
  mkdirSync(folder, { recursive: true });
  const fileOf = (recipe: object): string => {
    const name = createHash("sha256").update(JSON.stringify({ version: VERSION, recipe })).digest("hex");
    return join(folder, `${name}.f64`);
  };
  return {
    has: (recipe) => existsSync(fileOf(recipe)),
    numbers: async (recipe, make) => {
      const file = fileOf(recipe);
      if (existsSync(file)) {
        const bytes = readFileSync(file);
        return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
      }
      const made = await make();
      const part = `${file}.${process.pid}`;
      writeFileSync(part, new Uint8Array(made.buffer, made.byteOffset, made.byteLength));
      renameSync(part, file);
      return made;
    },
  };
}
