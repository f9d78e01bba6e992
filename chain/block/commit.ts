import { merkleRoot } from "../crypto/index.js";
import { EMPTY_BYTES, ZERO_TIME, toHeight } from "../primitives/index.js";
import type { Hash32 } from "../primitives/index.js";
import {
  BlockIDFlag,
  Commit as WireCommit,
  CommitSig as WireCommitSig,
} from "../../proto/gen/tendermint/types.js";
import {
  ZERO_BLOCK_ID,
  blockIdToWire,
  isZeroBlockId,
  parseBlockId,
  parseCompleteBlockId,
} from "./block-id.js";
import { CometError } from "./errors.js";
import { ADDRESS_BYTES, MAX_BLOCK_BYTES, MAX_VALIDATORS } from "./limits.js";
import type { BlockId, BlockIdFlag, Commit, CommitSig } from "./types.js";
import { checkInt32, decodeExact, isSignature, parseTime, timestampOf } from "./wire.js";

const WIRE_FLAG: Readonly<Record<BlockIdFlag, number>> = {
  absent: BlockIDFlag.BLOCK_ID_FLAG_ABSENT,
  commit: BlockIDFlag.BLOCK_ID_FLAG_COMMIT,
  nil: BlockIDFlag.BLOCK_ID_FLAG_NIL,
};

/** The BlockIDFlag number. */
export function flagToWire(flag: BlockIdFlag): number {
  return WIRE_FLAG[flag];
}

/** @throws Reject comet/10 on an unknown number. */
export function parseFlag(flag: number): BlockIdFlag {
  if (flag === WIRE_FLAG.absent) return "absent";
  if (flag === WIRE_FLAG.commit) return "commit";
  if (flag === WIRE_FLAG.nil) return "nil";
  throw CometError.InvalidCommit(`block id flag ${flag}`);
}

/** The place of a validator whose vote was not received. */
export const ABSENT_SIG: CommitSig = {
  flag: "absent",
  validator: EMPTY_BYTES,
  time: ZERO_TIME,
  signature: EMPTY_BYTES,
};

/** Block 1's last commit. */
export const EMPTY_COMMIT: Commit = {
  height: toHeight(0n),
  round: 0,
  blockId: ZERO_BLOCK_ID,
  signatures: [],
};

export function commitSigToWire(sig: CommitSig): WireCommitSig {
  return {
    blockIdFlag: flagToWire(sig.flag),
    validatorAddress: sig.validator,
    timestamp: timestampOf(sig.time),
    signature: sig.signature,
  };
}

/** @throws Reject comet/10 unless an absent place is empty and any other has an address and a signature. */
export function parseCommitSig(message: WireCommitSig): CommitSig {
  const { validatorAddress: validator, signature } = message;
  const flag = parseFlag(message.blockIdFlag);
  const time = parseTime(message.timestamp);
  if (flag === "absent") {
    if (validator.length > 0 || signature.length > 0 || time !== ZERO_TIME) {
      throw CometError.InvalidCommit("an absent vote has no address, time or signature");
    }
  } else if (validator.length !== ADDRESS_BYTES || !isSignature(signature)) {
    throw CometError.InvalidCommit("a vote has a 20-byte address and a 64-byte signature");
  }
  return { flag, validator, time, signature };
}

/** What a commit and an extended commit share. */
export interface CommitHead {
  readonly height: bigint;
  readonly round: number;
  readonly blockId: WireCommit["blockId"];
}

/**
 * A commit of a block with a signature per validator, or the empty commit of height 0.
 * @throws Reject comet/10 on anything in between, comet/3 on more places than validators may be.
 */
export function parseCommitHead(
  head: CommitHead,
  places: number,
): Pick<Commit, "height" | "round" | "blockId"> {
  if (places > MAX_VALIDATORS) throw CometError.LimitExceeded(`${places} commit signatures`);
  if (head.height < 0n) throw CometError.OutOfRange(`commit height ${head.height}`);
  const round = checkInt32(head.round, "commit round");
  const id: BlockId = head.height === 0n ? parseBlockId(head.blockId) : parseCompleteBlockId(head.blockId);
  if (head.height === 0n && (round !== 0 || places !== 0 || !isZeroBlockId(id))) {
    throw CometError.InvalidCommit("a commit of height 0 is empty");
  }
  if (head.height > 0n && places === 0) throw CometError.InvalidCommit("no signatures");
  return { height: toHeight(head.height), round, blockId: id };
}

export function commitToWire(commit: Commit): WireCommit {
  return {
    height: commit.height,
    round: commit.round,
    blockId: blockIdToWire(commit.blockId),
    signatures: commit.signatures.map(commitSigToWire),
  };
}

export function parseCommit(message: WireCommit): Commit {
  return {
    ...parseCommitHead(message, message.signatures.length),
    signatures: message.signatures.map(parseCommitSig),
  };
}

/** tendermint.types.Commit. */
export function encodeCommit(commit: Commit): Uint8Array {
  return WireCommit.encode(commitToWire(commit));
}

/** @throws Reject of codespace comet. */
export function decodeCommit(bytes: Uint8Array): Commit {
  return parseCommit(decodeExact(WireCommit, bytes, MAX_BLOCK_BYTES));
}

/** LastCommitHash of the next header: the Merkle root of the signatures; height, round and block id are not in it. */
export function commitHash(commit: Commit): Hash32 {
  return merkleRoot(commit.signatures.map((sig) => WireCommitSig.encode(commitSigToWire(sig))));
}
