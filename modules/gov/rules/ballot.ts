/**
 * A ballot is one voting period of a proposal. An expedited proposal that fails starts over as a regular one, with no votes, as
 * in the SDK: its second ballot has another number, so that the votes of the first need not be removed at once.
 */
export function ballotOf(proposal: { readonly id: bigint; readonly expedited: boolean }): bigint {
  return proposal.id * 2n + (proposal.expedited ? 0n : 1n);
}

/** The proposal that a ballot belongs to. */
export function proposalOf(ballot: bigint): bigint {
  return ballot / 2n;
}
