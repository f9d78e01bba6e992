import { sha256 } from "../../chain/crypto/index.js";
import { concatBytes, equalBytes, u64be, utf8 } from "../../chain/primitives/index.js";
import { SidecarError } from "../errors.js";
import { floatBytes } from "../model/safetensors.js";
import type { CorpusRow, TrainJob } from "../types.js";
import { zeroMoments } from "./adam.js";
import type { Moments } from "./adam.js";
import { TARGETS } from "./layout.js";

/** Everything the next step depends on, besides the job itself. */
export interface TrainState {
  /** Steps done. */
  step: number;
  /** Sequences consumed. */
  cursor: bigint;
  readonly adapter: Moments;
  /** One per contributor, in ASCII order of contributors; none when the job carries no tangents. */
  readonly tangents: readonly Moments[];
}

const MAGIC = utf8("openledger/train-state/1\n");

/** SHA-256 over rows in order, every text field preceded by its length: no two corpora share an encoding. */
export function hashRows(rows: readonly CorpusRow[]): Uint8Array {
  const parts: Uint8Array[] = [u64be(BigInt(rows.length))];
  for (const row of rows) {
    for (const text of [row.rowId, row.contributor, row.text]) {
      const bytes = utf8(text);
      parts.push(u64be(BigInt(bytes.length)), bytes);
    }
  }
  return sha256(concatBytes(...parts));
}

/** Names a job: what it depends on, and nothing about how far to run or how often to report. */
export function jobHash(job: TrainJob): Uint8Array {
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
  ];
  return sha256(concatBytes(job.baseId, hashRows(job.rows), u64be(job.seed), ...numbers.map((n) => u64be(BigInt(n)))));
}

/** Layout: magic, job hash, step, cursor, vector length, tangent count (u64 each), then the float32 vectors. */
export function encodeState(job: Uint8Array, state: TrainState): Uint8Array {
  const counts = [BigInt(state.step), state.cursor, BigInt(state.adapter.theta.length), BigInt(state.tangents.length)];
  const vectors = [state.adapter, ...state.tangents].flatMap(({ theta, first, second }) => [theta, first, second]);
  return concatBytes(MAGIC, job, ...counts.map(u64be), ...vectors.map(floatBytes));
}

/** @throws Reject sidecar/6 unless the bytes are a state of this job with these sizes and finite numbers. */
export function decodeState(
  bytes: Uint8Array,
  job: Uint8Array,
  expected: { readonly size: number; readonly tangents: number },
): TrainState {
  const head = concatBytes(MAGIC, job);
  const { size, tangents } = expected;
  const vectors = 3 * (1 + tangents);
  if (bytes.length !== head.length + 32 + 4 * size * vectors) throw SidecarError.BadCheckpoint("wrong length");
  if (!equalBytes(bytes.subarray(0, head.length), head)) throw SidecarError.BadCheckpoint("another job or format");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const count = (i: number): bigint => view.getBigUint64(head.length + 8 * i);
  if (count(0) > 1n << 32n || count(2) !== BigInt(size) || count(3) !== BigInt(tangents)) {
    throw SidecarError.BadCheckpoint("wrong sizes");
  }
  let at = head.length + 32;
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
  return { step: Number(count(0)), cursor: count(1), adapter, tangents: rest };
}
