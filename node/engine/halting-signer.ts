/**
 * A chain that is to stand still at a height: nothing above it is signed. Every node still reaches the height, because its peers
 * stay, and nobody is locked on a block above it, nor has signed in a round that another engine would begin anew.
 */
import type { Height } from "../../chain/primitives/index.js";
import type { Logger } from "../telemetry/log.js";
import type { Signer } from "./signer.js";

/** @param last the height of the last block that this signer helps to decide; 0 sets no end */
export function haltingSigner(signer: Signer, last: Height, log: Logger): Signer {
  if (last === 0n) return signer;
  let isSaid = false;
  const isOver = (height: Height): boolean => {
    if (height <= last) return false;
    if (!isSaid) log.warn("the chain halts here: halt_height is reached, and nothing above it is signed", { height: last });
    isSaid = true;
    return true;
  };
  return {
    address: signer.address,
    publicKey: signer.publicKey,
    ...(signer.onReady === undefined ? {} : { onReady: (listener: () => void) => signer.onReady?.(listener) }),
    signVote: (vote, extended) => (isOver(vote.height) ? null : signer.signVote(vote, extended)),
    signProposal: (proposal) => (isOver(proposal.height) ? null : signer.signProposal(proposal)),
  };
}
