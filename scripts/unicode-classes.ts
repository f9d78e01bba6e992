/**
 * Writes sidecar/tokenizer/unicode-classes.ts from the tables of the engine it runs on: `npx tsx scripts/unicode-classes.ts`.
 * Run again only on purpose: other classes are other tokens.
 */
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const LAST = 0x10ffff;
const LINE = 120;

/** Ranges of the code points that match, as gaps and lengths in base 36: from the end of the one before to the start, then to the end. */
function ranges(pattern: RegExp): string {
  const out: string[] = [];
  let end = 0;
  for (let point = 0; point <= LAST; point++) {
    if (!pattern.test(String.fromCodePoint(point))) continue;
    const from = point;
    while (point < LAST && pattern.test(String.fromCodePoint(point + 1))) point++;
    out.push((from - end).toString(36), (point - from).toString(36));
    end = point;
  }
  return out.join(" ");
}

function constant(name: string, text: string): string {
  const lines: string[] = [];
  for (let at = 0; at < text.length; at += LINE) lines.push(`  ${JSON.stringify(text.slice(at, at + LINE))}`);
  return `export const ${name} =\n${lines.join(" +\n")};\n`;
}

const version = process.versions["unicode"] ?? "";
const file = `/**
 * Letters (L) and numbers (N) of Unicode ${version}, written by scripts/unicode-classes.ts: ranges in base 36, each the gap from
 * the end of the one before and the distance to its own end. Engines follow newer tables year by year; ids must not.
 */
export const UNICODE_VERSION = "${version}";

${constant("LETTERS", ranges(/^\p{L}$/u))}
${constant("NUMBERS", ranges(/^\p{N}$/u))}`;
writeFileSync(fileURLToPath(new URL("../sidecar/tokenizer/unicode-classes.ts", import.meta.url)), file);
