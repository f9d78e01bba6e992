import { Proposal as WireProposal, SignedMsgType } from "../../proto/gen/tendermint/types.js";
import { blockIdToWire, parseCompleteBlockId } from "./block-id.js";
import { CometError } from "./errors.js";
import { MAX_PROPOSAL_BYTES } from "./limits.js";
import type { Proposal } from "./types.js";
import { checkInt32, decodeExact, isSignature, parseHeight, parseTime, timestampOf } from "./wire.js";

/** tendermint.types.Proposal. */
export function encodeProposal(proposal: Proposal): Uint8Array {
  return WireProposal.encode({
    type: SignedMsgType.SIGNED_MSG_TYPE_PROPOSAL,
    height: proposal.height,
    round: proposal.round,
    polRound: proposal.polRound,
    blockId: blockIdToWire(proposal.blockId),
    timestamp: timestampOf(proposal.time),
    signature: proposal.signature,
  });
}

/** -1, or an earlier round than the proposal's own. */
function checkPolRound(polRound: number, round: number): number {
  if (polRound < -1 || polRound >= round)
    throw CometError.InvalidProposal(`POL round ${polRound} in round ${round}`);
  return polRound;
}

/** A signed proposal for a block. @throws Reject of codespace comet. */
export function decodeProposal(bytes: Uint8Array): Proposal {
  const message = decodeExact(WireProposal, bytes, MAX_PROPOSAL_BYTES);
  if (message.type !== SignedMsgType.SIGNED_MSG_TYPE_PROPOSAL)
    throw CometError.InvalidProposal(`type ${message.type}`);
  if (!isSignature(message.signature)) throw CometError.InvalidProposal("signature length");
  const round = checkInt32(message.round, "proposal round");
  return {
    height: parseHeight(message.height, "proposal height"),
    round,
    polRound: checkPolRound(message.polRound, round),
    blockId: parseCompleteBlockId(message.blockId),
    time: parseTime(message.timestamp),
    signature: message.signature,
  };
}
