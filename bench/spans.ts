/**
 * The span index over two million tokens of real text: building it, growing it, finding an answer's spans, who is paid for
 * them, proofs; a scan without an index for the same answers; answers and rows made to be slow; and, with --peer, the
 * suffix array of an independent program (libdivsufsort) over the same tokens.
 * Run by hand: npx tsx bench/spans.ts [tokens=2000000] [answers=200] [--peer PYTHON with pydivsufsort]
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { sha256 } from "../chain/crypto/index.js";
import { toHex } from "../chain/primitives/index.js";
import { encodeNumbers } from "../modules/attribution/rules/span-commit.js";
import { verifySpanProof } from "../modules/attribution/rules/span-proof.js";
import { SpanProof } from "../proto/gen/openledger/attribution/v1.js";
import { readCorpus } from "../sidecar/base/corpus.js";
import { readBase } from "../sidecar/base/read.js";
import { SidecarError } from "../sidecar/errors.js";
import { installNativeHash } from "../sidecar/native-hash.js";
import type { SpanRow } from "../sidecar/spans/plan.js";
import { segmentText } from "../sidecar/spans/segment.js";
import { createSpanIndex } from "../sidecar/spans/span-index.js";
import type { SpanIndex } from "../sidecar/spans/span-index.js";
import { suffixArray } from "../sidecar/spans/suffix-array.js";
import { parseTokenizer } from "../sidecar/tokenizer/file.js";
import { Tokenizer } from "../sidecar/tokenizer/tokenizer.js";
import { median, printMachine, printTable } from "./machine.js";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const { values: flags, positionals } = parseArgs({ allowPositionals: true, options: { peer: { type: "string" } } });
const [size = 2_000_000, answers = 200] = positionals.map(Number);
/** Tokens of an answer, and the shortest run that counts. */
const ANSWER = 450;
const MINIMUM = 8;

/** The same sequence on each run. */
function* draws(seed: number): Generator<number> {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    yield state >>> 8;
  }
}

interface Timed<T> {
  readonly value: T;
  readonly ms: number;
}

function timed<T>(work: () => T): Timed<T> {
  const start = performance.now();
  const value = work();
  return { value, ms: performance.now() - start };
}

const percentile = (values: readonly number[], part: number): number =>
  values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * part))] ?? Number.NaN;

const show = (ms: number): string => (ms < 10 ? `${ms.toFixed(2)} ms` : `${ms.toFixed(0)} ms`);

/** Sentences of the texts as rows, a contributor for each document, until there are `size` tokens; and texts that are no rows. */
function realText(tokenizer: Tokenizer): { readonly rows: SpanRow[]; readonly unseen: Uint16Array } {
  const { training, heldOut } = readCorpus();
  const rows: SpanRow[] = [];
  let tokens = 0;
  for (const [d, text] of training.entries()) {
    for (const [s, sentence] of text.split(/\n|(?<=[.!?]) /).entries()) {
      if (tokens >= size) break;
      const row = Uint16Array.from(tokenizer.encode(sentence));
      rows.push({ rowId: `${d}/${s}`, contributor: `open1${d}`, tokens: row });
      tokens += row.length;
    }
  }
  return { rows, unseen: Uint16Array.from(heldOut.flatMap((text) => tokenizer.encode(text))) };
}

/** Text nobody registered, quoting a row for 12 to 60 tokens now and then, as an answer of a model does. */
function makeAnswers(rows: readonly SpanRow[], unseen: Uint16Array, count: number): number[][] {
  const next = draws(7);
  const draw = (below: number): number => (next.next().value as number) % below;
  return Array.from({ length: count }, () => {
    const answer: number[] = [];
    while (answer.length < ANSWER) {
      const own = draw(unseen.length - 80);
      answer.push(...unseen.subarray(own, own + 20 + draw(60)));
      const { tokens } = rows[draw(rows.length)] as SpanRow;
      const from = draw(Math.max(1, tokens.length - 12));
      answer.push(...Array.from(tokens).slice(from, from + 12 + draw(48)));
    }
    return answer.slice(0, ANSWER);
  });
}

/** Longest run at each start by comparing with every position: what an index saves. */
function scan(text: ArrayLike<number>, answer: readonly number[]): { readonly start: number; readonly end: number }[] {
  const found: { start: number; end: number }[] = [];
  let covered = 0;
  for (let start = 0; start + MINIMUM <= answer.length; start++) {
    let best = 0;
    for (let at = 0; at < text.length; at++) {
      let k = 0;
      while (start + k < answer.length && text[at + k] === (answer[start + k] as number) + 1) k++;
      if (k > best) best = k;
    }
    if (best < MINIMUM || start + best <= covered) continue;
    covered = start + best;
    found.push({ start, end: covered });
  }
  return found;
}

/** @returns rows of a table: answers searched, and who is paid for their spans. */
function queries(name: string, index: SpanIndex, list: readonly (readonly number[])[]): string[][] {
  for (const answer of list.slice(0, 20)) index.credit(answer, MINIMUM);
  const finding = list.map((answer) => timed(() => index.find(answer, MINIMUM)));
  const paying = list.map((answer) => timed(() => index.credit(answer, MINIMUM)));
  const line = (what: string, runs: readonly Timed<readonly unknown[]>[]): string[] => {
    const times = runs.map(({ ms }) => ms);
    const found = (runs.reduce((sum, { value }) => sum + value.length, 0) / runs.length).toFixed(1);
    return [`${name}, ${what}`, show(median(times)), show(percentile(times, 0.99)), show(Math.max(...times)), found];
  };
  return [line("maximal spans", finding), line("paid spans", paying)];
}

function proofs(index: SpanIndex, list: readonly (readonly number[])[]): string {
  const root = index.root();
  const sizes: number[] = [];
  const proving: number[] = [];
  const checking: number[] = [];
  for (const answer of list) {
    for (const { start, end, position, contributor, rowId } of index.credit(answer, MINIMUM)) {
      const { value: bytes, ms } = timed(() => SpanProof.encode(index.prove(position, end - start)));
      const claim = { root, tokens: answer.slice(start, end), position: BigInt(position), contributor, rowId };
      const check = timed(() => verifySpanProof(bytes, claim));
      if (check.value !== undefined) throw SidecarError.InvalidRequest(`a proof shows ${check.value}`);
      sizes.push(bytes.length);
      proving.push(ms);
      checking.push(check.ms);
    }
  }
  const bytes = `${median(sizes)} bytes (99 %: ${percentile(sizes, 0.99)}, longest ${Math.max(...sizes)})`;
  return `${sizes.length} match proofs: ${bytes}, made in ${show(median(proving))}, checked in ${show(median(checking))}`;
}

/** Rows and answers that cost the most: one phrase in every row, and an answer that is nothing but quotations. */
function hardCases(rows: readonly SpanRow[], index: SpanIndex, vocabulary: number): string[][] {
  const quotes = Array.from({ length: 50 }, (_, i) =>
    rows.slice(i * 100, i * 100 + 40).flatMap(({ tokens }) => Array.from(tokens)).slice(0, ANSWER),
  );
  const phrase = Array.from({ length: 30 }, (_, i) => 100 + i);
  const stuffed = createSpanIndex(vocabulary);
  const copies = Array.from({ length: Math.floor(size / 31) }, (_, i) => ({ rowId: `1/${i}`, contributor: `open1${i}`, tokens: Uint16Array.from(phrase) }));
  stuffed.append(copies);
  const chanted = createSpanIndex(vocabulary);
  chanted.append([{ rowId: "1/0", contributor: "open1a", tokens: new Uint16Array(size).fill(7) }]);
  const said = Array.from({ length: ANSWER }, (_, i) => phrase[i % 30] as number);
  const chant = Array.from({ length: ANSWER }, () => 7);
  const times = (answer: readonly number[]): (readonly number[])[] => Array.from({ length: 30 }, () => answer);
  return [
    ...queries("whole rows quoted", index, quotes),
    ...queries("one phrase in every row", stuffed, times(said)),
    ...queries("one token for ever", chanted, times(chant)),
  ];
}

/** The same suffix array from libdivsufsort, over the tokens as pairs of bytes. */
function comparePeer(python: string, text: ArrayLike<number>, order: Int32Array): string {
  const folder = mkdtempSync(join(tmpdir(), "spans-"));
  const file = join(folder, "tokens");
  writeFileSync(file, encodeNumbers(text, 2));
  const script = fileURLToPath(new URL("./spans-peer.py", import.meta.url));
  const { stdout, stderr, status } = spawnSync(python, [script, file], { encoding: "utf8", maxBuffer: 1 << 16 });
  rmSync(folder, { recursive: true });
  if (status !== 0) return `libdivsufsort: not run (${stderr.trim().split("\n").at(-1) ?? ""})`;
  const [seconds = "", digest = ""] = stdout.trim().split(" ");
  const same = digest === toHex(sha256(encodeNumbers(order, 4)));
  return `libdivsufsort over the same tokens as bytes: ${(Number(seconds) * 1000).toFixed(0)} ms; ${same ? "the same suffix array" : "ANOTHER SUFFIX ARRAY"}`;
}

/** MiB in use after collecting. */
function memory(): number {
  collect();
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return (heapUsed + arrayBuffers) / 2 ** 20;
}

function building(rows: readonly SpanRow[], vocabulary: number): SpanIndex {
  const before = memory();
  const index = createSpanIndex(vocabulary);
  index.append(rows);
  const runs = [index, createSpanIndex(vocabulary), createSpanIndex(vocabulary)].map((one, i) => {
    if (i > 0) one.append(rows);
    const sorting = timed(() => one.segments());
    const sorted = i > 0 ? 0 : memory();
    const committing = timed(() => one.root());
    return { sorting, sorted, committing: committing.ms, committed: i > 0 ? 0 : memory() };
  });
  const [first] = runs as [(typeof runs)[number]];
  const grow = (count: number): string => {
    index.append(rows.slice(0, count).map((row, i) => ({ ...row, rowId: `9${count}/${i}`, contributor: "open1late" })));
    return show(timed(() => index.root()).ms);
  };
  const sorting = median(runs.map((run) => run.sorting.ms));
  const committing = median(runs.map((run) => run.committing));
  console.log(`built: ${first.sorting.value.length} segments sorted in ${show(sorting)}, committed in ${show(committing)} (medians of 3)`);
  console.log(`memory: ${(first.sorted - before).toFixed(0)} MiB to search, ${(first.committed - first.sorted).toFixed(0)} MiB more to prove`);
  console.log(`grown and committed again: by one row in ${grow(1)}, by another in ${grow(1)}, by a hundred in ${grow(100)}, by a thousand in ${grow(1_000)}`);
  return index;
}

function main(): void {
  installNativeHash();
  printMachine();
  const tokenizer = new Tokenizer(parseTokenizer(readBase().tokenizer, SidecarError.InvalidRequest));
  const { rows, unseen } = realText(tokenizer);
  const whole = segmentText(rows, tokenizer.size);
  console.log(`${rows.length} rows, ${whole.text.length - rows.length} tokens, vocabulary ${tokenizer.size}`);
  const index = building(rows, tokenizer.size);
  const sorting = Array.from({ length: 3 }, () => timed(() => suffixArray(whole.text, tokenizer.size + 1)));
  console.log(`suffix array of all at once: ${show(median(sorting.map(({ ms }) => ms)))}`);
  if (flags.peer !== undefined) console.log(comparePeer(flags.peer, whole.text, (sorting[0] as Timed<Int32Array>).value));
  const list = makeAnswers(rows, unseen, answers);
  const scanned = list.slice(0, 3).map((answer) => timed(() => scan(whole.text, answer)));
  const agree = scanned.every(({ value }, i) => JSON.stringify(value) === JSON.stringify(index.find(list[i] ?? [], MINIMUM).map(({ start, end }) => ({ start, end }))));
  console.log(`scan without an index: ${show(median(scanned.map(({ ms }) => ms)))} an answer, ${agree ? "the same spans" : "OTHER SPANS"}`);
  console.log(proofs(index, list));
  const columns = [`answers of ${ANSWER} tokens, at least ${MINIMUM} a span`, "median", "99 %", "slowest", "spans"];
  printTable(columns, [...queries("text with quotations", index, list), ...hardCases(rows, index, tokenizer.size)]);
}

main();
