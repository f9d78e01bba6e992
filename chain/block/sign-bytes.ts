import {
  CanonicalProposal,
  CanonicalVote,
  CanonicalVoteExtension,
  SignedMsgType,
} from "../../proto/gen/tendermint/types.js";
import { blockIdToWire } from "./block-id.js";
import type { Commit, CommitSig, Proposal, Vote } from "./types.js";
import { delimited, timestampOf } from "./wire.js";
import { voteTypeToWire } from "./vote.js";

/** What validators sign: length-delimited canonical messages, unhashed (types/canonical.go; cosmos-formats.md §4.7). */

/** The signed part of a vote. */
export type VoteContent = Pick<Vote, "type" | "height" | "round" | "blockId" | "time">;

export function voteSignBytes(chainId: string, vote: VoteContent): Uint8Array {
  return delimited(
    CanonicalVote.encode({
      type: voteTypeToWire(vote.type),
      height: vote.height,
      round: BigInt(vote.round),
      blockId: vote.blockId === null ? undefined : blockIdToWire(vote.blockId),
      timestamp: timestampOf(vote.time),
      chainId,
    }),
  );
}

/** The bytes behind one signature of a commit; an absent place has none. */
export function commitSignBytes(
  chainId: string,
  commit: Pick<Commit, "height" | "round" | "blockId">,
  sig: CommitSig,
): Uint8Array {
  const { height, round } = commit;
  return voteSignBytes(chainId, {
    type: "precommit",
    height,
    round,
    blockId: sig.flag === "commit" ? commit.blockId : null,
    time: sig.time,
  });
}

export function proposalSignBytes(chainId: string, proposal: Omit<Proposal, "signature">): Uint8Array {
  return delimited(
    CanonicalProposal.encode({
      type: SignedMsgType.SIGNED_MSG_TYPE_PROPOSAL,
      height: proposal.height,
      round: BigInt(proposal.round),
      polRound: BigInt(proposal.polRound),
      blockId: blockIdToWire(proposal.blockId),
      timestamp: timestampOf(proposal.time),
      chainId,
    }),
  );
}

/** The extension is bound to its height and round, not to the block. */
export function voteExtensionSignBytes(
  chainId: string,
  vote: Pick<Vote, "height" | "round" | "extension">,
): Uint8Array {
  const { extension, height, round } = vote;
  return delimited(CanonicalVoteExtension.encode({ extension, height, round: BigInt(round), chainId }));
}
