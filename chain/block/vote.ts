import { toAddress } from "../primitives/index.js";
import { SignedMsgType, Vote as WireVote } from "../../proto/gen/tendermint/types.js";
import { blockIdToWire, parseVoteValue } from "./block-id.js";
import { CometError } from "./errors.js";
import { ADDRESS_BYTES, MAX_EXTENSION_BYTES, MAX_VALIDATORS, MAX_VOTE_BYTES } from "./limits.js";
import type { Vote, VoteType } from "./types.js";
import { checkInt32, decodeExact, isSignature, parseHeight, parseTime, timestampOf } from "./wire.js";

const WIRE_TYPE: Readonly<Record<VoteType, number>> = {
  prevote: SignedMsgType.SIGNED_MSG_TYPE_PREVOTE,
  precommit: SignedMsgType.SIGNED_MSG_TYPE_PRECOMMIT,
};

/** The SignedMsgType number of a vote. */
export function voteTypeToWire(type: VoteType): number {
  return WIRE_TYPE[type];
}

function parseVoteType(type: number): VoteType {
  if (type === WIRE_TYPE.prevote) return "prevote";
  if (type === WIRE_TYPE.precommit) return "precommit";
  throw CometError.InvalidVote(`type ${type}`);
}

export function voteToWire(vote: Vote): WireVote {
  return {
    type: voteTypeToWire(vote.type),
    height: vote.height,
    round: vote.round,
    blockId: blockIdToWire(vote.blockId),
    timestamp: timestampOf(vote.time),
    validatorAddress: vote.validator,
    validatorIndex: vote.index,
    signature: vote.signature,
    extension: vote.extension,
    extensionSignature: vote.extensionSignature,
  };
}

/** Extensions belong to precommits for a block; whether one is due depends on the height and is the engine's to check. */
function checkExtension(vote: Vote): void {
  const { extension, extensionSignature } = vote;
  if (extension.length > MAX_EXTENSION_BYTES)
    throw CometError.LimitExceeded(`extension of ${extension.length} bytes`);
  if (extensionSignature.length === 0) {
    if (extension.length > 0) throw CometError.InvalidVote("extension without a signature");
    return;
  }
  if (!isSignature(extensionSignature)) throw CometError.InvalidVote("extension signature length");
  if (vote.type !== "precommit" || vote.blockId === null)
    throw CometError.InvalidVote("only a precommit for a block is extended");
}

/** @throws Reject comet/8 and the codes of its parts when a field is out of its range. */
export function parseVote(message: WireVote): Vote {
  if (message.validatorAddress.length !== ADDRESS_BYTES)
    throw CometError.InvalidVote("validator address length");
  if (message.validatorIndex >= MAX_VALIDATORS)
    throw CometError.OutOfRange(`validator index ${message.validatorIndex}`);
  if (!isSignature(message.signature)) throw CometError.InvalidVote("signature length");
  const vote: Vote = {
    type: parseVoteType(message.type),
    height: parseHeight(message.height, "vote height"),
    round: checkInt32(message.round, "vote round"),
    blockId: parseVoteValue(message.blockId),
    time: parseTime(message.timestamp),
    validator: toAddress(message.validatorAddress),
    index: checkInt32(message.validatorIndex, "validator index"),
    signature: message.signature,
    extension: message.extension,
    extensionSignature: message.extensionSignature,
  };
  checkExtension(vote);
  return vote;
}

/** tendermint.types.Vote. */
export function encodeVote(vote: Vote): Uint8Array {
  return WireVote.encode(voteToWire(vote));
}

/** A signed vote. @throws Reject of codespace comet. */
export function decodeVote(bytes: Uint8Array): Vote {
  return parseVote(decodeExact(WireVote, bytes, MAX_VOTE_BYTES));
}
