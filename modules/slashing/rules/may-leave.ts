/** Power around one request to jail. */
export interface PowerOutlook {
  /** Of the validator that should leave. */
  readonly leaving: bigint;
  /** Of everyone who validates now, the one that should leave included. */
  readonly active: bigint;
  /** Staked by those whose sentence is not served yet. */
  readonly serving: bigint;
}

/**
 * Whether a validator may be jailed without harm to the network (ADR 0096): those who serve a sentence at any one time,
 * this one included, hold at most a third of the power there would be without any sentence. The rest, at least two thirds,
 * can then still finalize blocks, whatever fault made a module ask for so many, and no minority becomes a majority by having
 * others jailed. It follows that the last validator never leaves.
 */
export function mayLeave({ leaving, active, serving }: PowerOutlook): boolean {
  return (serving + leaving) * 3n <= active + serving;
}
