import { fileURLToPath } from "node:url";
import { expect } from "chai";
import { Linter } from "eslint";
import tseslint from "typescript-eslint";
import determinism from "./determinism.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** Message ids that the rule reports for a snippet, in source order. */
function reports(code: string): string[] {
  const linter = new Linter({ cwd: root });
  const config: Linter.Config = {
    files: ["**/*.ts"],
    languageOptions: {
      parser: tseslint.parser,
      parserOptions: { projectService: { allowDefaultProject: ["*.ts"] }, tsconfigRootDir: root },
    },
    plugins: { determinism },
    rules: { "determinism/core": "error" },
  };
  const found = linter.verify(code, [config], { filename: "snippet.ts" });
  return found.map((m) => m.messageId ?? `fatal: ${m.message}`);
}

const FORBIDDEN: readonly (readonly [what: string, code: string, id: string])[] = [
  ["the clock", "export const t = Date.now();", "global"],
  ["timers", "setTimeout(() => 1, 2);", "global"],
  ["the process", "export const e = process.env;", "global"],
  ["the network", "void fetch('x');", "global"],
  ["Buffer", "export const b = Buffer.alloc(1);", "global"],
  ["the console", "console.log(1);", "global"],
  ["promises", "export const p = Promise.resolve(1);", "global"],
  ["node: imports", "import { readFileSync } from 'node:fs'; readFileSync('x');", "node"],
  ["randomness", "export const r = Math.random();", "math"],
  ["transcendental functions", "export const r = Math.pow(2, 3);", "math"],
  ["a bare sort", "export const s = [3, 1].sort();", "sort"],
  ["a bare toSorted", "export const s = [3, 1].toSorted();", "sort"],
  ["locale order", "export const l = 'a'.localeCompare('b');", "locale"],
  ["for-in", "for (const k in { a: 1 }) void k;", "forIn"],
  ["Object.keys", "export const k = Object.keys({ a: 1 });", "keys"],
  ["async functions", "export async function f(): Promise<void> {}", "async"],
  ["await", "export const f = async () => { await 1; };", "async"],
  ["JSON.stringify", "export const j = JSON.stringify({});", "stringify"],
  ["plain errors", "throw new Error('x');", "error"],
  ["division of numbers", "declare const n: number; export const d = n / 2;", "divide"],
  ["division assignment", "let n = 4; n /= 2; export { n };", "divide"],
  ["fractions", "export const f = 0.5;", "float"],
  ["walking a Map", "for (const e of new Map<string, number>()) void e;", "walk"],
  ["walking a Set's values", "for (const e of new Set<string>().values()) void e;", "walk"],
  ["forEach on a Map", "new Map<string, number>().forEach(() => undefined);", "walk"],
];

const ALLOWED: readonly (readonly [what: string, code: string])[] = [
  ["bigint division", "export const d = (n: bigint): bigint => n / 2n;"],
  ["a sort with a comparator", "export const s = [3, 1].sort((a, b) => a - b);"],
  ["arrays", "for (const e of [1, 2]) void e;"],
  ["a sorted copy of a Map", "export const e = [...new Map([['a', 1]])].sort((a, b) => (a[0] < b[0] ? -1 : 1));"],
  ["integer Math", "export const m = Math.max(1, 2);"],
  ["a parameter that happens to be called process", "export const f = (process: number): number => process;"],
  ["a property that happens to be called fetch", "export const f = (o: { fetch: number }): number => o.fetch;"],
  ["JSON.parse", "export const j: unknown = JSON.parse('{}');"],
];

describe("determinism lint", function () {
  this.timeout(120_000);
  for (const [what, code, id] of FORBIDDEN) {
    it(`refuses ${what}`, () => expect(reports(code)).to.include(id));
  }
  for (const [what, code] of ALLOWED) {
    it(`allows ${what}`, () => expect(reports(code)).to.deep.equal([]));
  }
});
