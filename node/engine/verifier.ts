/** Signatures and extensions, checked before the core hears of a message. The only minter of `Verified` beside the WAL. */
import { proposalSignBytes, voteExtensionSignBytes, voteSignBytes } from "../../chain/block/index.js";
import type { Proposal, ValidatorSet, Vote } from "../../chain/block/index.js";
import { markVerified, proposerAt } from "../../chain/consensus/index.js";
import type { Verified, VoteCertificate } from "../../chain/consensus/index.js";
import { verifyEd25519 } from "../../chain/crypto/index.js";
import { equalBytes } from "../../chain/primitives/index.js";
import type { AppConnection } from "../app/index.js";

export interface VerifierContext {
  readonly chainId: string;
  /** Of the height of the messages. */
  readonly validators: ValidatorSet;
  /** Whether precommits of that height carry extensions. */
  readonly isExtended: boolean;
}

/** `forged`: no honest node sends it. `refused`: the application does not take the extension; nobody's proven fault. */
export type Refusal = "forged" | "refused";

export function verifyProposal(proposal: Proposal, context: VerifierContext): Verified<Proposal> | Refusal {
  const { publicKey } = proposerAt(context.validators, proposal.round);
  const isSigned = verifyEd25519(publicKey, proposalSignBytes(context.chainId, proposal), proposal.signature);
  return isSigned ? markVerified(proposal) : "forged";
}

export async function verifyVote(
  vote: Vote,
  context: VerifierContext,
  app: Pick<AppConnection, "verifyVoteExtension">,
): Promise<Verified<Vote> | Refusal> {
  const validator = context.validators.validators[vote.index];
  if (validator === undefined || !equalBytes(validator.address, vote.validator)) return "forged";
  if (!verifyEd25519(validator.publicKey, voteSignBytes(context.chainId, vote), vote.signature))
    return "forged";
  if (vote.type === "prevote" || vote.blockId === null || !context.isExtended)
    return vote.extension.length === 0 && vote.extensionSignature.length === 0
      ? markVerified(vote)
      : "forged";
  const signBytes = voteExtensionSignBytes(context.chainId, vote);
  if (!verifyEd25519(validator.publicKey, signBytes, vote.extensionSignature)) return "forged";
  const { height, extension } = vote;
  const request = { hash: vote.blockId.hash, validator: vote.validator, height, extension };
  return (await app.verifyVoteExtension(request)) === "accept" ? markVerified(vote) : "refused";
}

export async function verifyCertificate(
  certificate: VoteCertificate,
  context: VerifierContext,
  app: Pick<AppConnection, "verifyVoteExtension">,
): Promise<Verified<VoteCertificate> | Refusal> {
  for (const vote of certificate.votes) {
    const checked = await verifyVote(vote, context, app);
    if (checked === "forged" || checked === "refused") return checked;
  }
  return markVerified(certificate);
}
