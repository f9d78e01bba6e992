import { EMPTY_BYTES } from "../primitives/index.js";
import type {
  ExtendedCommitSig as WireExtendedCommitSig} from "../../proto/gen/tendermint/types.js";
import {
  ExtendedCommit as WireExtendedCommit
} from "../../proto/gen/tendermint/types.js";
import { blockIdToWire } from "./block-id.js";
import { commitSigToWire, parseCommitHead, parseCommitSig } from "./commit.js";
import { CometError } from "./errors.js";
import { MAX_BLOCK_BYTES, MAX_EXTENSION_BYTES } from "./limits.js";
import type { Commit, CommitSig, ExtendedCommit, ExtendedCommitSig } from "./types.js";
import { decodeExact, isSignature } from "./wire.js";

/** tendermint.types.ExtendedCommit: stored and served by nodes, never part of a block (cosmos-formats.md §3.5). */

function parseExtendedSig(message: WireExtendedCommitSig): ExtendedCommitSig {
  const { extension, extensionSignature } = message;
  const sig = parseCommitSig(message);
  if (extension.length > MAX_EXTENSION_BYTES)
    throw CometError.LimitExceeded(`extension of ${extension.length} bytes`);
  if (extensionSignature.length === 0) {
    if (extension.length > 0) throw CometError.InvalidCommit("extension without a signature");
  } else if (sig.flag !== "commit" || !isSignature(extensionSignature)) {
    throw CometError.InvalidCommit("only a precommit for the block is extended, with a 64-byte signature");
  }
  return { ...sig, extension, extensionSignature };
}

export function encodeExtendedCommit(commit: ExtendedCommit): Uint8Array {
  return WireExtendedCommit.encode({
    height: commit.height,
    round: commit.round,
    blockId: blockIdToWire(commit.blockId),
    extendedSignatures: commit.signatures.map((sig) => ({
      ...commitSigToWire(sig),
      extension: sig.extension,
      extensionSignature: sig.extensionSignature,
    })),
  });
}

/** Of at most 100 MiB. @throws Reject of codespace comet. */
export function decodeExtendedCommit(bytes: Uint8Array): ExtendedCommit {
  const message = decodeExact(WireExtendedCommit, bytes, MAX_BLOCK_BYTES);
  return {
    ...parseCommitHead(message, message.extendedSignatures.length),
    signatures: message.extendedSignatures.map(parseExtendedSig),
  };
}

function withoutExtension({ flag, validator, time, signature }: CommitSig): CommitSig {
  return { flag, validator, time, signature };
}

/** The commit that goes into the next block. */
export function toCommit({ height, round, blockId, signatures }: ExtendedCommit): Commit {
  return { height, round, blockId, signatures: signatures.map(withoutExtension) };
}

/** A commit of a height without vote extensions, where an extended one is asked for. */
export function toExtendedCommit(commit: Commit): ExtendedCommit {
  const bare = { extension: EMPTY_BYTES, extensionSignature: EMPTY_BYTES };
  return { ...commit, signatures: commit.signatures.map((sig) => ({ ...sig, ...bare })) };
}
