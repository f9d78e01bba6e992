/** Where CometBFT's consensus stands, out of `dump_consensus_state`. */
import { ZERO_BLOCK_ID } from "../../chain/block/index.js";
import type { BlockId, Proposal, ValidatorSet, Vote } from "../../chain/block/index.js";
import { parseRfc3339 } from "../../chain/codec/index.js";
import { EMPTY_BYTES, parseHex, toHeight } from "../../chain/primitives/index.js";
import { Fields } from "../../client/verify/json.js";
import type { ConsensusState, RoundVotes } from "../engine/types.js";
import { readAnswer, readBlockId, readValidator, validatorSetOf } from "./read-json.js";

/**
 * Go's `Vote.String()`: "Vote{2:D40C7965E62F 7/00/SIGNED_MSG_TYPE_PRECOMMIT(Precommit) A07A2872EAD5 01993BB4B99F 000000000000 @
 * 2026-11-21T16:33:15Z}". It shows the first six bytes of hash, signature and extension, so that is all that is known of them.
 */
const VOTE = /^Vote\{(\d+):[0-9A-F]{12} (\d+)\/(\d+)\/SIGNED_MSG_TYPE_(PREVOTE|PRECOMMIT)\(\w+\) ([0-9A-F]{12}) ([0-9A-F]{12}) ([0-9A-F]{12}) @ (\S+)\}$/;
const NO_HASH = "000000000000";
/** More rounds than any height has; a node that shows more is not believed further. */
const MAX_ROUNDS = 1_000;

function hexOf(text: string): Uint8Array {
  return parseHex(text.toLowerCase());
}

/** The votes of one kind, in set order. What is no vote is none. */
function readVotes(texts: readonly unknown[], set: ValidatorSet, blocks: readonly BlockId[]): readonly (Vote | null)[] {
  return texts.slice(0, set.validators.length).map((text, index): Vote | null => {
    const [, , height, round, type, hash, signature, extension, time] = VOTE.exec(String(text)) ?? [];
    const validator = set.validators[index]?.address;
    if (height === undefined || hash === undefined || time === undefined || validator === undefined) return null;
    return {
      type: type === "PREVOTE" ? "prevote" : "precommit",
      height: toHeight(BigInt(height)),
      round: Number(round),
      blockId: hash === NO_HASH ? null : namedBy(hexOf(hash), blocks),
      time: parseRfc3339(time),
      validator,
      index,
      signature: hexOf(signature ?? ""),
      extension: hexOf(extension ?? ""),
      extensionSignature: EMPTY_BYTES,
    };
  });
}

/** The block whose hash begins so, if it is known; otherwise as much of its id as was shown. */
function namedBy(start: Uint8Array, blocks: readonly BlockId[]): BlockId {
  const isIt = ({ hash }: BlockId): boolean => start.every((byte, i) => hash[i] === byte);
  return blocks.find(isIt) ?? { ...ZERO_BLOCK_ID, hash: start };
}

function readProposal(fields: Fields): Proposal {
  return {
    height: toHeight(fields.int("height")),
    round: fields.number("round"),
    polRound: fields.number("pol_round"),
    blockId: readBlockId(fields.object("block_id")),
    time: parseRfc3339(fields.text("timestamp")),
    signature: fields.base64("signature"),
  };
}

/** The hash of a block in progress: its parts' header is not shown beside it, so its id is told by the proposal. */
function blockHash(fields: Fields, name: string, proposal: Proposal | null): Uint8Array {
  return fields.has(name) && proposal !== null ? proposal.blockId.hash : EMPTY_BYTES;
}

export function readConsensusState(answer: unknown): ConsensusState {
  return readAnswer("dump_consensus_state", () => {
    const state = new Fields(answer, "dump_consensus_state").object("round_state");
    const set = state.object("validators");
    const proposer = set.has("proposer") ? set.object("proposer").hex("address") : undefined;
    const validators = validatorSetOf(set.list("validators").map(readValidator), proposer);
    const proposal = state.has("proposal") ? readProposal(state.object("proposal")) : null;
    const blocks = proposal === null ? [] : [proposal.blockId];
    const rounds = state.list("votes").slice(0, MAX_ROUNDS).map((value): RoundVotes => {
      const votes = new Fields(value, "votes");
      const of = (name: string): readonly (Vote | null)[] => readVotes(votes.list(name), validators, blocks);
      return { round: votes.number("round"), prevotes: of("prevotes"), precommits: of("precommits") };
    });
    return {
      height: toHeight(state.int("height")),
      round: state.number("round"),
      step: state.number("step"),
      startTime: parseRfc3339(state.text("start_time")),
      validators,
      votes: rounds,
      proposal: proposal?.blockId.hash ?? EMPTY_BYTES,
      proposalMessage: proposal,
      locked: blockHash(state, "locked_block", proposal),
      valid: blockHash(state, "valid_block", proposal),
      lockedRound: state.number("locked_round"),
      validRound: state.number("valid_round"),
    };
  });
}
