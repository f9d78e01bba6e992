import { equalBytes, toHex } from "../../chain/primitives/index.js";
import { outputOf, recordOf } from "../../modules/modelfactory/rules/replay-outcome.js";
import { isSameStep, stepRoot } from "../../modules/modelfactory/rules/step-record.js";
import { differingPart } from "../../modules/modelfactory/rules/train-state.js";
import type { Adapter, StepRecord, TrainingJob, TrainingOutput } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { TrainProgress, TrainRequest } from "../../proto/gen/openledger/sidecar/v1.js";
import { queryAdapter } from "../tasks/models.js";
import type { ModelDeps, Models } from "../tasks/models.js";
import { findBlob, findState } from "./available.js";
import { queryCheckpoints, queryJob, segmentsOf } from "./job-record.js";
import type { Segment } from "./job-record.js";
import { trainRequest } from "./request.js";
import { FILE_NAMES, findFiles, misnamed } from "./result-files.js";
import { runStretch } from "./run.js";
import type { StretchRun } from "./run.js";
import { parseSegmentSteps } from "./steps.js";

/** A published fact and what re-execution gives instead. */
export interface Difference {
  /** First step that differs. Where the trainer withholds its records, the last step of the segment: the first one seen. */
  readonly step: number;
  /** What differs: "loss", "data cursor", "state", a named part of the state, or a field of the result. */
  readonly part: string;
  readonly published: string;
  readonly found: string;
}

/** What a replay found of one segment, or of a result. */
export type Verdict =
  | { readonly kind: "match" }
  | ({ readonly kind: "differs" } & Difference)
  | Lack;

/** A blob of the checkpoint at `step` that is not what the chain says it is, or that no node gives. */
export interface Lack {
  readonly kind: "corrupt" | "unavailable";
  readonly what: "state" | "step records" | "result";
  readonly step: number;
  readonly cid: string;
}

const MATCH: Verdict = { kind: "match" };

export interface ReplayOptions {
  readonly signal: AbortSignal;
  /** Milliseconds after which a blob counts as withheld. */
  readonly waitMs: number;
  readonly onProgress?: (progress: TrainProgress) => void;
}

/** What one replay needs: where to read, what to run. */
export interface Bench {
  readonly deps: ModelDeps;
  readonly job: TrainingJob;
  readonly request: TrainRequest;
  readonly options: ReplayOptions;
}

export interface SegmentReplay {
  readonly segment: Segment;
  readonly verdict: Verdict;
  /** Absent where the start could not be had. */
  readonly run?: StretchRun;
}

function differenceOf(published: StepRecord, found: StepRecord): Difference {
  const { step } = found;
  const pairs: readonly (readonly [part: string, published: string, found: string])[] = [
    ["data cursor", `${published.dataCursor}`, `${found.dataCursor}`],
    ["loss", `${published.lossMicroNats}`, `${found.lossMicroNats}`],
  ];
  const other = pairs.find(([, a, b]) => a !== b);
  const [part, a, b] = other ?? ["state", toHex(published.stateRoot), toHex(found.stateRoot)];
  return { step, part, published: a, found: b };
}

/** The records that the trainer committed to, if its blob still holds them. */
async function publishedSteps({ deps, options }: Bench, segment: Segment): Promise<StepRecord[] | Verdict> {
  const { end } = segment;
  const where = { what: "step records", step: end.step, cid: end.stepsCid } as const;
  const found = await findBlob(deps.blobs, end.stepsCid, options);
  if (found.kind !== "good") return { kind: found.kind, ...where };
  return parseSegmentSteps(found.bytes, segment) ?? { kind: "corrupt", ...where };
}

async function compareSteps(bench: Bench, segment: Segment, run: StretchRun): Promise<Verdict> {
  const mine = run.steps.at(-1);
  if (mine === undefined) return MATCH;
  const last = recordOf(segment.end);
  const endsAlike = isSameStep(last, mine);
  if (endsAlike && equalBytes(stepRoot(run.steps), segment.end.stepRoot)) return MATCH;
  const published = await publishedSteps(bench, segment);
  if (Array.isArray(published)) {
    const at = run.steps.findIndex((s, i) => !isSameStep(s, published[i] ?? last));
    const [theirs, ours] = [published[at], run.steps[at]];
    if (theirs !== undefined && ours !== undefined) return { kind: "differs", ...differenceOf(theirs, ours) };
    return { kind: "differs", ...differenceOf(last, mine) };
  }
  return endsAlike ? published : { kind: "differs", ...differenceOf(last, mine) };
}

/** The state that a checkpoint names, which must be there for whoever goes on from it. */
async function checkState({ deps, options }: Bench, segment: Segment, run: StretchRun, verdict: Verdict): Promise<Verdict> {
  const { stateCid: cid, stateHash: root, step } = segment.end;
  const found = await findState(deps.blobs, { cid, root }, options);
  if (verdict.kind === "differs") {
    const isLast = verdict.step === segment.end.step && verdict.part === "state" && found.kind === "good";
    const part = isLast ? differingPart(found.bytes, run.state) : undefined;
    return part === undefined ? verdict : { ...verdict, part: `state (${part})` };
  }
  if (verdict.kind !== "match" || found.kind === "good") return verdict;
  return { kind: found.kind, what: "state", step, cid };
}

/** Runs one segment again from its published start and compares it step by step. */
export async function replaySegment(bench: Bench, segment: Segment, result: boolean): Promise<SegmentReplay> {
  const { deps, options, request } = bench;
  const { start, end } = segment;
  let resumeFrom: Uint8Array = new Uint8Array(0);
  if (start !== undefined) {
    const found = await findState(deps.blobs, { cid: start.stateCid, root: start.stateHash }, options);
    const { step } = start;
    if (found.kind !== "good") return { segment, verdict: { kind: found.kind, what: "state", step, cid: found.cid } };
    resumeFrom = found.bytes;
  }
  const run = await runStretch(deps.sidecar, request, { resumeFrom, to: end.step, result }, options);
  const verdict = await checkState(bench, segment, run, await compareSteps(bench, segment, run));
  return { segment, verdict, run };
}

const OUTPUT_FIELDS = {
  adapterHash: "adapter",
  tangentRoot: "tangents",
  fallbackRoot: "fallback vectors",
  metasmoothSubsets: "metasmoothness subsets",
  metasmoothnessPpm: "metasmoothness",
  runtimeId: "runtime",
} as const;

const printed = (value: Uint8Array | number): string => (typeof value === "number" ? `${value}` : toHex(value));

/** Compares what a finished job published with what follows from its last state. */
export function checkResult(adapter: Adapter, found: TrainingOutput, step: number): Verdict {
  const published = outputOf(adapter);
  for (const [field, part] of Object.entries(OUTPUT_FIELDS) as [keyof typeof OUTPUT_FIELDS, string][]) {
    const [theirs, ours] = [printed(published[field]), printed(found[field])];
    if (theirs !== ours) return { kind: "differs", step, part, published: theirs, found: ours };
  }
  return MATCH;
}

/** Compares the published result, and looks whether its files are there for whoever uses it. */
async function checkPublished({ deps, options }: Bench, adapter: Adapter, { output, files }: StretchRun, step: number): Promise<Verdict> {
  const verdict = output === undefined ? MATCH : checkResult(adapter, output, step);
  if (verdict.kind !== "match" || files === undefined) return verdict;
  const field = misnamed(adapter, files);
  if (field !== undefined) return { kind: "differs", step, part: FILE_NAMES[field], published: adapter[field], found: files[field] };
  const lack = await findFiles(deps.blobs, adapter, options);
  return lack === undefined ? MATCH : { kind: lack.kind, what: "result", step, cid: lack.cid };
}

export interface ReplayWatch extends ReplayOptions {
  readonly onSegment?: (replay: SegmentReplay, of: number) => void;
}

export interface JobReplay {
  readonly job: TrainingJob;
  readonly segments: readonly SegmentReplay[];
  /** Where the job is complete and its last segment was replayed. */
  readonly result?: Verdict;
  /** The one that decides: a difference before a corrupt blob before a withheld one before a match. */
  readonly verdict: Verdict;
  readonly request: TrainRequest;
}

const WEIGHT = { differs: 3, corrupt: 2, unavailable: 1, match: 0 } as const;

function worst(verdicts: readonly Verdict[]): Verdict {
  return verdicts.reduce((a, b) => (WEIGHT[b.kind] > WEIGHT[a.kind] ? b : a), MATCH);
}

/** Segments to replay: all, or the one asked for. @throws EdgeFailure "not-found" */
async function chosenSegments(deps: ModelDeps, jobId: bigint, only: number | undefined): Promise<{ all: number; chosen: Segment[] }> {
  const segments = segmentsOf(await queryCheckpoints(deps.state, jobId));
  const chosen = segments.filter((s) => only === undefined || s.number === only);
  return { all: segments.length, chosen };
}

/** Replays a job, or one segment of it, from public data. Stops at the first difference. */
export async function replayJob(
  deps: ModelDeps,
  models: Models,
  what: { readonly jobId: bigint; readonly segment?: number },
  watch: ReplayWatch,
): Promise<JobReplay> {
  const job = await queryJob(deps.state, what.jobId);
  const { all, chosen } = await chosenSegments(deps, what.jobId, what.segment);
  const request = await trainRequest(deps, models, job, watch.signal);
  const bench: Bench = { deps, job, request, options: watch };
  const segments: SegmentReplay[] = [];
  let result: Verdict | undefined;
  for (const segment of chosen) {
    const isEnd = segment.end.step === job.hyperparameters.steps && job.adapterId !== 0n;
    const replay = await replaySegment(bench, segment, isEnd);
    segments.push(replay);
    watch.onSegment?.(replay, all);
    if (replay.verdict.kind === "differs") break;
    const { run } = replay;
    if (run?.output !== undefined) result = await checkPublished(bench, await queryAdapter(deps.state, job.adapterId), run, segment.end.step);
  }
  const verdict = worst([...segments.map((s) => s.verdict), ...(result === undefined ? [] : [result])]);
  return { job, segments, request, verdict, ...(result === undefined ? {} : { result }) };
}
