import { leafHash, merkleProofs, merkleRoot, verifyMerkleProof } from "../../../chain/crypto/index.js";
import type { Hash32 } from "../../../chain/primitives/index.js";
import { concatBytes, equalBytes, parseU64be, u64be } from "../../../chain/primitives/index.js";
import type { StepRecord } from "../../../proto/gen/openledger/modelfactory/v1.js";

/**
 * What a trainer commits to for every optimizer step: a leaf of its segment's RFC 6962 tree. A segment is the steps after one
 * checkpoint up to and with the next; leaf 0 is its first step.
 */

/** Step u32, loss u64, cursor u64 (big-endian), state root of 32 bytes. */
export const STEP_RECORD_BYTES = 52;

const ROOT_BYTES = 32;

/** Hashes that an audit path has at most: segments are far shorter than 2^32 steps. */
export const MAX_PATH = 32;

/** @throws Reject sdk/18 on a number outside its width. */
export function encodeStepRecord({ step, lossMicroNats, dataCursor, stateRoot }: StepRecord): Uint8Array {
  return concatBytes(u64be(BigInt(step)).subarray(4), u64be(lossMicroNats), u64be(dataCursor), stateRoot);
}

/** The blob of a segment: its records, one after the other. */
export function encodeSteps(records: readonly StepRecord[]): Uint8Array {
  return concatBytes(...records.map(encodeStepRecord));
}

/** Undefined when the bytes are no whole number of records; an empty segment has none. */
export function decodeSteps(bytes: Uint8Array): StepRecord[] | undefined {
  if (bytes.length === 0 || bytes.length % STEP_RECORD_BYTES !== 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const records: StepRecord[] = [];
  for (let at = 0; at < bytes.length; at += STEP_RECORD_BYTES) {
    records.push({
      step: view.getUint32(at),
      lossMicroNats: parseU64be(bytes.subarray(at + 4, at + 12)),
      dataCursor: parseU64be(bytes.subarray(at + 12, at + 20)),
      stateRoot: bytes.slice(at + STEP_RECORD_BYTES - ROOT_BYTES, at + STEP_RECORD_BYTES),
    });
  }
  return records;
}

export function isSameStep(a: StepRecord, b: StepRecord): boolean {
  return equalBytes(encodeStepRecord(a), encodeStepRecord(b));
}

/** RFC 6962 root over the records of a segment, in order. */
export function stepRoot(records: readonly StepRecord[]): Hash32 {
  return merkleRoot(records.map(encodeStepRecord));
}

/** The audit path of the record at `index`, lowest sibling first; undefined where there is none. */
export function stepPath(records: readonly StepRecord[], index: number): readonly Uint8Array[] | undefined {
  return merkleProofs(records.map(encodeStepRecord)).proofs[index]?.aunts;
}

/** Whose tree a record is checked against: the steps after `from` up to and with `to`. */
export interface Segment {
  readonly root: Uint8Array;
  readonly from: number;
  readonly to: number;
}

/** Whether the record stands at its step's place in the segment. Total; a malformed path is false. */
export function verifyStep(record: StepRecord, path: readonly Uint8Array[], { root, from, to }: Segment): boolean {
  if (record.step <= from || record.step > to || path.length > MAX_PATH) return false;
  const leaf = encodeStepRecord(record);
  if (leaf.length !== STEP_RECORD_BYTES) return false;
  const proof = { total: to - from, index: record.step - from - 1, leafHash: leafHash(leaf), aunts: path };
  return verifyMerkleProof(root, leaf, proof);
}
