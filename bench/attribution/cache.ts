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
  /** The same for anything that JSON holds, and NaN. */
  json<T>(recipe: object, make: () => T | Promise<T>): Promise<T>;
}

/** One file for each result, written whole under another name first: a killed process leaves no half of one. */
export function openCache(folder: string): Cache {
  mkdirSync(folder, { recursive: true });
  const fileOf = (recipe: object, suffix: string): string => {
    const name = createHash("sha256").update(JSON.stringify({ version: VERSION, recipe })).digest("hex");
    return join(folder, `${name}.${suffix}`);
  };
  const write = (file: string, bytes: Uint8Array | string): void => {
    const part = `${file}.${process.pid}`;
    writeFileSync(part, bytes);
    renameSync(part, file);
  };
  return {
    has: (recipe) => existsSync(fileOf(recipe, "f64")),
    numbers: async (recipe, make) => {
      const file = fileOf(recipe, "f64");
      if (existsSync(file)) {
        const bytes = readFileSync(file);
        return new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
      }
      const made = await make();
      write(file, new Uint8Array(made.buffer, made.byteOffset, made.byteLength));
      return made;
    },
    json: async <T>(recipe: object, make: () => T | Promise<T>): Promise<T> => {
      const file = fileOf(recipe, "json");
      if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8"), undefinedNumbers) as T;
      const made = await make();
      write(file, JSON.stringify(made));
      return made;
    },
  };
}

/** JSON has no NaN and writes null in its place; nothing here is null otherwise. */
function undefinedNumbers(_key: string, value: unknown): unknown {
  return value === null ? Number.NaN : value;
}
