import type { BlockId, Proposal, ValidatorSet, Vote } from "../../block/types.js";
import { createValidatorSet } from "../../block/index.js";
import { valueKey } from "../../consensus/index.js";
import type { UnsignedVote } from "../../consensus/index.js";
import { sha256 } from "../../crypto/index.js";
import { EMPTY_BYTES, equalBytes, toTimeNs, toVotingPower, utf8 } from "../../primitives/index.js";
import type { TimeNs } from "../../primitives/index.js";

/** Symbolic cryptography: a signature is the text of who signed what. Nobody in the simulator writes another's name. */

export function validatorSetOf(powers: readonly bigint[]): ValidatorSet {
  return createValidatorSet(
    powers.map((power, i) => ({ publicKey: sha256(utf8(`validator ${i}`)), power: toVotingPower(power) })),
  );
}

export function blockIdOf(name: string): BlockId {
  return { hash: sha256(utf8(name)), parts: { total: 1, hash: sha256(utf8(`parts of ${name}`)) } };
}

export function timeOf(ms: number): TimeNs {
  return toTimeNs(1_700_000_000n + BigInt(ms) / 1000n, Number(BigInt(ms) % 1000n) * 1_000_000);
}

export function signProposal(index: number, proposal: Omit<Proposal, "signature">): Proposal {
  return { ...proposal, signature: utf8(proposalText(index, proposal)) };
}

export function isProposalSigned(index: number, proposal: Proposal): boolean {
  return equalBytes(proposal.signature, utf8(proposalText(index, proposal)));
}

/** Signs the vote and, for a precommit of a block, the extension that goes with it. */
export function signVote(vote: UnsignedVote, time: TimeNs): Vote {
  const isExtended = vote.type === "precommit" && vote.blockId !== null;
  const extension = isExtended ? utf8(extensionText(vote)) : EMPTY_BYTES;
  const unsigned: Vote = {
    ...vote,
    time,
    extension,
    signature: EMPTY_BYTES,
    extensionSignature: isExtended ? utf8(`ext ${vote.index}`) : EMPTY_BYTES,
  };
  return { ...unsigned, signature: utf8(voteText(unsigned)) };
}

export function isVoteSigned(vote: Vote): boolean {
  return equalBytes(vote.signature, utf8(voteText(vote)));
}

/** VerifyVoteExtension and its signature. */
export function isExtensionGood(
  vote: Pick<Vote, "type" | "height" | "index" | "blockId" | "extension">,
): boolean {
  if (vote.type !== "precommit" || vote.blockId === null) return vote.extension.length === 0;
  return equalBytes(vote.extension, utf8(extensionText(vote)));
}

export function voteSlot(vote: Pick<Vote, "type" | "height" | "round" | "index">): string {
  return `${vote.index} ${vote.type} ${vote.height}/${vote.round}`;
}

function voteText(vote: Vote): string {
  return `${voteSlot(vote)} ${valueKey(vote.blockId)} ${vote.time}`;
}

function extensionText(vote: Pick<Vote, "height" | "index" | "blockId">): string {
  return `ext ${vote.index} ${vote.height} ${valueKey(vote.blockId)}`;
}

function proposalText(index: number, p: Omit<Proposal, "signature">): string {
  return `${index} proposal ${p.height}/${p.round} ${p.polRound} ${valueKey(p.blockId)} ${p.time}`;
}
