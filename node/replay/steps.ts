import { merkleProofs, merkleRoot } from "../../chain/crypto/index.js";
import { concatBytes, equalBytes, parseU64be, u64be } from "../../chain/primitives/index.js";
import type { StepRecord } from "../../proto/gen/openledger/modelfactory/v1.js";
import { EdgeFailure } from "../errors.js";

/** Bytes of one record: step u32, loss u64, cursor u64 (big-endian), state root. */
const RECORD_BYTES = 52;
const ROOT_BYTES = 32;

/** The leaf of a segment's tree. */
export function encodeStep({ step, lossMicroNats, dataCursor, stateRoot }: StepRecord): Uint8Array {
  const number = new Uint8Array(4);
  new DataView(number.buffer).setUint32(0, step);
  return concatBytes(number, u64be(lossMicroNats), u64be(dataCursor), stateRoot);
}

/** The blob of a segment: its records, one after the other. */
export function encodeSteps(records: readonly StepRecord[]): Uint8Array {
  return concatBytes(...records.map(encodeStep));
}

/** @throws EdgeFailure "malformed" */
export function parseSteps(bytes: Uint8Array): StepRecord[] {
  if (bytes.length === 0 || bytes.length % RECORD_BYTES !== 0) throw new EdgeFailure("malformed", "not a list of step records");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return Array.from({ length: bytes.length / RECORD_BYTES }, (_, i) => {
    const at = i * RECORD_BYTES;
    return {
      step: view.getUint32(at),
      lossMicroNats: parseU64be(bytes.subarray(at + 4, at + 12)),
      dataCursor: parseU64be(bytes.subarray(at + 12, at + 20)),
      stateRoot: bytes.slice(at + RECORD_BYTES - ROOT_BYTES, at + RECORD_BYTES),
    };
  });
}

/** RFC 6962 root over the records. */
export function stepRootOf(records: readonly StepRecord[]): Uint8Array {
  return merkleRoot(records.map(encodeStep));
}

/** The audit path of the record of `step`, lowest first. @throws EdgeFailure "not-found" */
export function openStep(records: readonly StepRecord[], step: number): { readonly record: StepRecord; readonly path: readonly Uint8Array[] } {
  const at = records.findIndex((r) => r.step === step);
  const proof = merkleProofs(records.map(encodeStep)).proofs[at];
  const record = records[at];
  if (record === undefined || proof === undefined) throw new EdgeFailure("not-found", "no record of this step", { step });
  return { record, path: proof.aunts };
}

export function isSameStep(a: StepRecord, b: StepRecord): boolean {
  return equalBytes(encodeStep(a), encodeStep(b));
}
