import { compareAscii } from "../chain/primitives/index.js";
import type { RejectFactory } from "../chain/primitives/index.js";
import { SidecarError } from "./errors.js";
import { TARGETS } from "./lora/targets.js";
import type { AttributeRequest, CorpusRow, GenerateRequest, TrainJob, WorkRequest } from "./types.js";

/** Bounds of everything a caller may ask for. Each refusal is sidecar/2. */

const MAX_ROWS = 100_000;
const MAX_ROW_CHARACTERS = 1 << 16;
const MAX_CORPUS_CHARACTERS = 1 << 27;
const MAX_PROMPT_CHARACTERS = 1 << 16;
const MAX_STEPS = 100_000;
const MAX_BATCH = 256;
const MAX_TANGENTS = 4096;
const MAX_SUBSETS = 16;
/** Weights and tangents with their moments, as float32: what a job keeps in memory from its first step to its last. */
const MAX_STATE_BYTES = 1 << 30;
export const MAX_DISPLAY_ROWS = 64;

const CONTRIBUTOR = /^[\x21-\x7e]{1,128}$/;

const invalid: RejectFactory = SidecarError.InvalidRequest;

function whole(name: string, value: number, low: number, high: number): void {
  if (!Number.isSafeInteger(value) || value < low || value > high) {
    throw invalid(`${name} must be a whole number from ${low} to ${high}`);
  }
}

function seed(value: bigint): void {
  if (value < 0n || value >= 1n << 64n) throw invalid("seed must fit 64 bits");
}

export function checkRows(rows: readonly CorpusRow[]): void {
  whole("number of rows", rows.length, 1, MAX_ROWS);
  const seen = new Set<string>();
  let characters = 0;
  for (const { rowId, contributor, text } of rows) {
    if (rowId.length < 1 || rowId.length > 128 || seen.has(rowId)) throw invalid("row ids must be unique, 1 to 128 long");
    if (!CONTRIBUTOR.test(contributor)) throw invalid("contributor must be 1 to 128 printable ASCII characters");
    if (text.length < 1 || text.length > MAX_ROW_CHARACTERS) throw invalid("row text is empty or too long");
    if (!text.isWellFormed() || !rowId.isWellFormed()) throw invalid("row is not well-formed Unicode");
    seen.add(rowId);
    characters += text.length;
  }
  if (characters > MAX_CORPUS_CHARACTERS) throw invalid("too much text");
}

export function checkBackground(texts: readonly string[]): void {
  whole("number of background texts", texts.length, 0, MAX_ROWS);
  let characters = 0;
  for (const text of texts) {
    if (text.length < 1 || text.length > MAX_ROW_CHARACTERS || !text.isWellFormed()) throw invalid("background text");
    characters += text.length;
  }
  if (characters > MAX_CORPUS_CHARACTERS) throw invalid("too much background text");
}

function checkParent({ parentState, parentContributors = [] }: TrainJob): void {
  if (parentState === undefined && parentContributors.length > 0) throw invalid("contributors of a parent that is not given");
  whole("contributors of the parent", parentContributors.length, 0, MAX_TANGENTS);
  for (const [i, name] of parentContributors.entries()) {
    const before = parentContributors[i - 1];
    if (!CONTRIBUTOR.test(name)) throw invalid("contributor must be 1 to 128 printable ASCII characters");
    if (before !== undefined && compareAscii(before, name) >= 0) throw invalid("contributors of the parent are out of order");
  }
}

export function checkJob(job: TrainJob, context: number): void {
  checkRows(job.rows);
  seed(job.seed);
  whole("rank", job.lora.rank, 1, 64);
  whole("alpha", job.lora.alpha, 1, 1024);
  if (job.lora.targets.length === 0) throw invalid("no LoRA targets");
  if (!job.lora.targets.every((t) => TARGETS.includes(t))) throw invalid("unknown LoRA target");
  whole("rate", job.adam.rateNano, 1, 1_000_000_000);
  whole("beta1", job.adam.beta1Ppm, 0, 999_999);
  whole("beta2", job.adam.beta2Ppm, 1, 999_999);
  whole("epsilon", job.adam.epsilonPico, 100_000, 1_000_000_000_000);
  whole("batch size", job.batchSize, 1, MAX_BATCH);
  whole("steps", job.steps, 1, MAX_STEPS);
  whole("sequence length", job.sequenceLength, 8, context);
  whole("checkpoint interval", job.checkpointEvery, 1, MAX_STEPS);
  whole("tangents at most", job.maxTangents ?? 0, 0, MAX_TANGENTS);
  whole("subsets to retrain", job.metasmoothSubsets ?? 0, 0, MAX_SUBSETS);
  checkParent(job);
  if (job.stopAfter !== undefined) whole("last step", job.stopAfter, 1, job.steps);
}

/** Before anything is allocated: `size` numbers of the adapter, and as many for each tangent of `contributors`. */
export function checkStateSize({ tangents, maxTangents = 0 }: TrainJob, size: number, contributors: number): void {
  const carried = maxTangents === 0 ? contributors : Math.min(contributors, maxTangents);
  const bytes = 3 * Float32Array.BYTES_PER_ELEMENT * size * (1 + (tangents ? carried : 0));
  if (bytes > MAX_STATE_BYTES) throw invalid(`a state of ${bytes} bytes is beyond the limit of ${MAX_STATE_BYTES}: fewer tangents or a smaller adapter`);
}

export function checkGenerate(request: GenerateRequest, vocabulary: number, context: number): void {
  if (request.prompt.length > MAX_PROMPT_CHARACTERS || !request.prompt.isWellFormed()) throw invalid("prompt");
  whole("max tokens", request.maxTokens, 1, context);
  if (request.sampling.kind === "greedy") return;
  seed(request.sampling.seed);
  whole("temperature", request.sampling.temperatureMilli, 1, 10_000);
  whole("top k", request.sampling.topK, 1, vocabulary);
}

export function checkAttribute(request: AttributeRequest, vocabulary: number, context: number): void {
  const { promptTokens, answerTokens } = request;
  whole("prompt tokens", promptTokens.length, 1, context);
  whole("answer tokens", answerTokens.length, 1, context);
  for (const id of [...promptTokens, ...answerTokens]) whole("token id", id, 0, vocabulary - 1);
  whole("shortest span", request.minSpanTokens, 2, context);
  whole("display rows", request.displayRows, 0, MAX_DISPLAY_ROWS);
  if (promptTokens.length + answerTokens.length > context) throw SidecarError.TooLong();
}

export function checkWork({ seed: bytes }: WorkRequest): void {
  if (bytes.length !== 32) throw invalid("the seed of validator-bound work has 32 bytes");
}
