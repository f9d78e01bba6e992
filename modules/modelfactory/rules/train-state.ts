import { merkleRoot } from "../../../chain/crypto/index.js";
import { concatBytes, equalBytes, parseU64be, u64be, utf8 } from "../../../chain/primitives/index.js";

/**
 * The bytes of a training state, as checkpoints store them: a head, then float32 vectors (little-endian) of one length, three for
 * the adapter (weights, first and second moment) and three for each tangent. Its root is the RFC 6962 root over head and vectors
 * as separate leaves, so that whoever holds a blob can check it against the chain without any machine learning, and a
 * difference can be narrowed to one part.
 */
export interface StateHead {
  /** 32 bytes: names the job by everything its states depend on. */
  readonly job: Uint8Array;
  /** Steps done. */
  readonly step: number;
  /** Sequences consumed. */
  readonly cursor: bigint;
  /** Loss of the step that made the state; 0 before the first. */
  readonly lossMicroNats: number;
  /** Numbers in a vector. */
  readonly size: number;
  readonly tangents: number;
}

const MAGIC = utf8("openledger/train-state/2\n");
const JOB_BYTES = 32;
/** Step, cursor, loss, vector length, tangent count: u64 each. */
const COUNTS = 5;
export const STATE_HEAD_BYTES = MAGIC.length + JOB_BYTES + 8 * COUNTS;
const FLOAT_BYTES = 4;
const VECTORS = ["weights", "first moment", "second moment"] as const;
const MAX_TANGENTS = 4_096n;
const MAX_SIZE = 1n << 24n;
const MAX_STEP = 1n << 32n;
const MAX_LOSS = 1n << 52n;

export function encodeStateHead({ job, step, cursor, lossMicroNats, size, tangents }: StateHead): Uint8Array {
  const counts = [BigInt(step), cursor, BigInt(lossMicroNats), BigInt(size), BigInt(tangents)];
  return concatBytes(MAGIC, job, ...counts.map(u64be));
}

/** Undefined unless the bytes are a head and exactly as many vectors as it says. */
export function parseStateHead(bytes: Uint8Array): StateHead | undefined {
  if (bytes.length < STATE_HEAD_BYTES || !equalBytes(bytes.subarray(0, MAGIC.length), MAGIC)) return undefined;
  const counts = MAGIC.length + JOB_BYTES;
  const count = (i: number): bigint => parseU64be(bytes.subarray(counts + 8 * i, counts + 8 * (i + 1)));
  const [step, cursor, loss, size, tangents] = [count(0), count(1), count(2), count(3), count(4)];
  if (step > MAX_STEP || loss > MAX_LOSS || size > MAX_SIZE || tangents > MAX_TANGENTS) return undefined;
  const vectors = BigInt(VECTORS.length) * (1n + tangents);
  if (BigInt(bytes.length) !== BigInt(STATE_HEAD_BYTES) + BigInt(FLOAT_BYTES) * size * vectors) return undefined;
  const job = bytes.slice(MAGIC.length, counts);
  return { job, step: Number(step), cursor, lossMicroNats: Number(loss), size: Number(size), tangents: Number(tangents) };
}

/** The leaves of a state's tree; undefined when the bytes are no state. */
export function stateParts(bytes: Uint8Array): Uint8Array[] | undefined {
  const head = parseStateHead(bytes);
  if (head === undefined) return undefined;
  const length = FLOAT_BYTES * head.size;
  const vectors = Array.from({ length: VECTORS.length * (1 + head.tangents) }, (_, i) => {
    return bytes.subarray(STATE_HEAD_BYTES + length * i, STATE_HEAD_BYTES + length * (i + 1));
  });
  return [bytes.subarray(0, STATE_HEAD_BYTES), ...vectors];
}

/** The root that a checkpoint of this state has on record; undefined when the bytes are no state. */
export function stateRootOf(bytes: Uint8Array): Uint8Array | undefined {
  const parts = stateParts(bytes);
  return parts === undefined ? undefined : merkleRoot(parts);
}

/** What leaf `index` holds, for people. */
export function statePartName(index: number): string {
  if (index === 0) return "head";
  const vector = VECTORS[(index - 1) % VECTORS.length] ?? "";
  const owner = BigInt(index - 1) / BigInt(VECTORS.length);
  return owner === 0n ? vector : `${vector} of tangent ${owner - 1n}`;
}

/** Name of the first part in which two states differ; undefined when they are equal or not comparable. */
export function differingPart(a: Uint8Array, b: Uint8Array): string | undefined {
  const [one, other] = [stateParts(a), stateParts(b)];
  if (one === undefined || other === undefined || one.length !== other.length) return undefined;
  const at = one.findIndex((part, i) => !equalBytes(part, other[i] ?? new Uint8Array(0)));
  return at === -1 ? undefined : statePartName(at);
}
