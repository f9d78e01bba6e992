import { sha256 } from "../../../chain/crypto/index.js";
import { concatBytes, u64be, utf8 } from "../../../chain/primitives/index.js";
import type { Hash32 } from "../../../chain/primitives/index.js";

/**
 * Work that only one validator can have done for one attempt at one task (attribution.md §8.2). A sidecar turns the seed
 * into a digest: it picks a row of the adapter's data, differentiates it, and hashes seed and gradient together. The
 * seed differs for each validator and attempt, so neither another's reveal nor one's own of an earlier task is of use.
 */

const SEED_DOMAIN = utf8("openledger/attribution/work/seed/v1");
const SEAL_DOMAIN = utf8("openledger/attribution/work/seal/v1");

export const WORK_BYTES = 32;

/** What an auditor finds, and with which program: 32 bytes each, in this order. */
export interface FoundWork {
  readonly digest: Uint8Array;
  readonly runtimeId: Uint8Array;
}

export const AUDIT_BYTES = 2 * WORK_BYTES;

export function encodeAudit({ digest, runtimeId }: FoundWork): Uint8Array {
  return concatBytes(digest, runtimeId);
}

/** Undefined on another number of bytes. */
export function parseAudit(value: Uint8Array): FoundWork | undefined {
  if (value.length !== AUDIT_BYTES) return undefined;
  return { digest: value.slice(0, WORK_BYTES), runtimeId: value.slice(WORK_BYTES) };
}

export interface WorkInput {
  readonly taskId: bigint;
  /** 1 for the first committee: what the first attempt revealed is public at the second. */
  readonly attempt: number;
  /** `beacon` of the AttributionTask, 32 bytes: hash of the block that opened the task. */
  readonly beacon: Uint8Array;
  /** Consensus address, 20 bytes. */
  readonly validator: Uint8Array;
}

/** The seed of `Sidecar.Work`: SHA-256 over domain, beacon, task id, attempt (both u64 big-endian) and validator. */
export function workSeed({ taskId, attempt, beacon, validator }: WorkInput): Hash32 {
  return sha256(concatBytes(SEED_DOMAIN, beacon, u64be(taskId), u64be(BigInt(attempt)), validator));
}

/**
 * What a finding reveals of the digest that the sidecar gave: its hash. The digest itself is what an audit asks the others
 * for, so that an auditor cannot pass by repeating what the audited validator published.
 */
export function sealWork(digest: Uint8Array): Hash32 {
  return sha256(concatBytes(SEAL_DOMAIN, digest));
}
