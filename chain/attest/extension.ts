import { Reject } from "../primitives/index.js";
import { VoteExtension } from "../../proto/gen/openledger/attest/v1.js";
import type { Params } from "../../proto/gen/openledger/attest/v1.js";
import { SALT_BYTES } from "./commitment.js";
import { AttestError } from "./errors.js";

const NOTHING: VoteExtension = { commitments: [], reveals: [] };

function isAscending(entries: readonly { readonly taskId: bigint }[]): boolean {
  let last = 0n;
  for (const { taskId } of entries) {
    if (taskId <= last) return false;
    last = taskId;
  }
  return true;
}

/**
 * The extension of one precommit. Only its form is checked here: what refers to an unknown task, a closed phase or a
 * foreign committee is ignored when it is applied, so that a late or early vote never costs its whole precommit.
 *
 * @throws Reject attest/2 when too large, undecodable, out of order or with parts of the wrong size.
 */
export function parseExtension(bytes: Uint8Array, params: Params): VoteExtension {
  if (bytes.length === 0) return NOTHING;
  if (bytes.length > params.maxExtensionBytes) {
    throw AttestError.MalformedExtension(`${bytes.length} bytes, at most ${params.maxExtensionBytes}`);
  }
  const extension = decode(bytes);
  if (!isAscending(extension.commitments) || !isAscending(extension.reveals)) {
    throw AttestError.MalformedExtension("tasks out of order");
  }
  if (extension.commitments.length + extension.reveals.length > params.maxTasksPerExtension) {
    throw AttestError.MalformedExtension("too many tasks");
  }
  if (extension.commitments.some((c) => c.hash.length !== 32)) throw AttestError.MalformedExtension("commitment size");
  if (extension.reveals.some((r) => r.salt.length !== SALT_BYTES || r.value.length > params.maxValueBytes)) {
    throw AttestError.MalformedExtension("reveal size");
  }
  return extension;
}

function decode(bytes: Uint8Array): VoteExtension {
  try {
    return VoteExtension.decode(bytes);
  } catch (error) {
    if (error instanceof Reject) throw AttestError.MalformedExtension(error.message);
    throw error;
  }
}

/** Whether a peer's extension has the form that correct nodes give it. */
export function isWellFormed(bytes: Uint8Array, params: Params): boolean {
  try {
    parseExtension(bytes, params);
    return true;
  } catch (error) {
    if (error instanceof Reject) return false;
    throw error;
  }
}
