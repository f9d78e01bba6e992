import { merkleRoot, sha256 } from "../../chain/crypto/index.js";
import { concatBytes, equalBytes, u64be, utf8 } from "../../chain/primitives/index.js";
import { STATE_HEAD_BYTES, encodeStateHead, parseStateHead } from "../../modules/modelfactory/rules/train-state.js";
import type { StateHead } from "../../modules/modelfactory/rules/train-state.js";
import { SidecarError } from "../errors.js";
import { floatBytes } from "../model/safetensors.js";
import type { CorpusRow, TrainJob } from "../types.js";
import { zeroMoments } from "./adam.js";
import type { Moments } from "./adam.js";
import { TARGETS } from "./layout.js";

/**
 * Everything the next step depends on, besides the job itself. The random generator has no place in it: the order of the
 * data is a pure function of seed and cursor (data.ts, `batchAt`), and nothing else is drawn after the first state.
 */
export interface TrainState {
  /** Steps done. */
  step: number;
  /** Sequences consumed. */
  cursor: bigint;
  readonly adapter: Moments;
  /** One per contributor or cohort, in their order; none when the job carries no tangents. */
  readonly tangents: readonly Moments[];
}

/** A state with the loss of the step that made it, so that a run resumed at its last step knows what to report. */
export interface SavedState {
  readonly state: TrainState;
  /** 0 before the first step. */
  readonly lossMicroNats: number;
}

const HASH_BYTES = 32;

/** SHA-256 over rows in order, every text field preceded by its length: no two corpora share an encoding. */
export function hashRows(rows: readonly CorpusRow[]): Uint8Array {
  return sha256(concatBytes(u64be(BigInt(rows.length)), ...texts(rows.flatMap((r) => [r.rowId, r.contributor, r.text]))));
}

/** Rows with the background that stands before them; of rows alone where there is none. */
export function hashCorpus(rows: readonly CorpusRow[], background: readonly string[]): Uint8Array {
  const own = hashRows(rows);
  return background.length === 0 ? own : sha256(concatBytes(own, ...texts(background)));
}

function texts(list: readonly string[]): Uint8Array[] {
  return list.flatMap((text) => {
    const bytes = utf8(text);
    return [u64be(BigInt(bytes.length)), bytes];
  });
}

/**
 * Names a job: what each of its states depends on, and nothing about how far to run, how often to report or what to check
 * at the end. `parentRoot` is the state root of the job it goes on from.
 */
export function jobHash(job: TrainJob, parentRoot?: Uint8Array): Uint8Array {
  const { lora, adam } = job;
  const numbers = [
    lora.rank,
    lora.alpha,
    ...TARGETS.map((t) => (lora.targets.includes(t) ? 1 : 0)),
    adam.rateNano,
    adam.beta1Ppm,
    adam.beta2Ppm,
    adam.epsilonPico,
    job.batchSize,
    job.steps,
    job.sequenceLength,
    job.tangents ? 1 : 0,
    job.maxTangents ?? 0,
    job.parentContributors?.length ?? 0,
  ];
  return sha256(
    concatBytes(
      job.baseId,
      hashRows(job.rows),
      u64be(job.seed),
      ...numbers.map((n) => u64be(BigInt(n))),
      parentRoot ?? new Uint8Array(HASH_BYTES),
      ...texts(job.parentContributors ?? []),
    ),
  );
}

function headBytes(job: Uint8Array, { state, lossMicroNats }: SavedState): Uint8Array {
  const { step, cursor, adapter, tangents } = state;
  return encodeStateHead({ job, step, cursor, lossMicroNats, size: adapter.theta.length, tangents: tangents.length });
}

function vectorsOf({ adapter, tangents }: TrainState): Float32Array[] {
  return [adapter, ...tangents].flatMap(({ theta, first, second }) => [theta, first, second]);
}

const IS_LITTLE_ENDIAN = new Uint8Array(Uint32Array.of(1).buffer)[0] === 1;

/** Little-endian float32; a view where the machine already stores them so. */
function vectorBytes(values: Float32Array): Uint8Array {
  return IS_LITTLE_ENDIAN ? new Uint8Array(values.buffer, values.byteOffset, values.byteLength) : floatBytes(values);
}

/** The bytes of modules/modelfactory/rules/train-state.ts: head, then the vectors of weights and tangents. */
export function encodeState(job: Uint8Array, saved: SavedState): Uint8Array {
  return concatBytes(headBytes(job, saved), ...vectorsOf(saved.state).map(vectorBytes));
}

/** The RFC 6962 root of train-state.ts, without joining the parts first: it is wanted after every step. */
export function stateRoot(job: Uint8Array, saved: SavedState): Uint8Array {
  return merkleRoot([headBytes(job, saved), ...vectorsOf(saved.state).map(vectorBytes)]);
}

function decodeHead(bytes: Uint8Array): StateHead {
  const head = parseStateHead(bytes);
  if (head === undefined) throw SidecarError.BadCheckpoint("not in the form of a training state");
  return head;
}

function decodeVectors(bytes: Uint8Array, { step, cursor, lossMicroNats, size, tangents }: StateHead): SavedState {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = STATE_HEAD_BYTES;
  const fill = (out: Float32Array): void => {
    for (let i = 0; i < out.length; i++, at += 4) out[i] = view.getFloat32(at, true);
    if (!out.every(Number.isFinite)) throw SidecarError.BadCheckpoint("not finite");
  };
  const moments = Array.from({ length: 1 + tangents }, () => zeroMoments(size));
  for (const { theta, first, second } of moments) {
    fill(theta);
    fill(first);
    fill(second);
  }
  const [adapter = zeroMoments(size), ...rest] = moments;
  return { state: { step, cursor, adapter, tangents: rest }, lossMicroNats };
}

/** @throws Reject sidecar/6 unless the bytes are a state of this job with these sizes and finite numbers. */
export function decodeState(
  bytes: Uint8Array,
  job: Uint8Array,
  expected: { readonly size: number; readonly tangents: number },
): SavedState {
  const head = decodeHead(bytes);
  if (!equalBytes(head.job, job)) throw SidecarError.BadCheckpoint("another job");
  if (head.size !== expected.size || head.tangents !== expected.tangents) throw SidecarError.BadCheckpoint("wrong sizes");
  return decodeVectors(bytes, head);
}

/**
 * The last state of another job, to go on from, with its root.
 * @throws Reject sidecar/6 unless it is a state of an adapter of this size.
 */
export function decodeParent(bytes: Uint8Array, size: number): { readonly state: TrainState; readonly root: Uint8Array } {
  const head = decodeHead(bytes);
  if (head.size !== size) throw SidecarError.BadCheckpoint("the parent's adapter has another shape");
  const saved = decodeVectors(bytes, head);
  return { state: saved.state, root: stateRoot(head.job, saved) };
}
