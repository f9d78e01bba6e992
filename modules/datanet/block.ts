import type { Context } from "../../chain/kernel/context.js";
import { ContributionStatus } from "../../proto/gen/openledger/datanet/v1.js";
import type { Contribution } from "../../proto/gen/openledger/datanet/v1.js";
import { forfeitBond, returnBond } from "./bonds.js";
import { contributionExpired } from "./events.js";
import type { DatanetPorts } from "./ports.js";
import { DATANET_STORE, datanetState } from "./state.js";

/** Expiries in one block at most; the rest wait for the next. */
export const MAX_EXPIRIES_PER_BLOCK = 100;

/** Never revealed: the bond is forfeited. Revealed before, without a verdict of the validators: it goes back. */
function expire(ctx: Context, ports: DatanetPorts, contribution: Contribution): void {
  const state = datanetState.open(ctx.store(DATANET_STORE));
  const isForfeited = contribution.revealHeight === 0n;
  if (isForfeited) forfeitBond(ctx, ports, contribution);
  else returnBond(ctx, ports, contribution);
  const status = ContributionStatus.CONTRIBUTION_STATUS_EXPIRED;
  state.contributions.set(contribution.id, { ...contribution, status, bond: "0", revealDeadline: 0n });
  state.deadlines.delete([contribution.revealDeadline, contribution.id]);
  state.pending.delete([contribution.datanetId, contribution.id]);
  const [forfeited, returned] = isForfeited ? [contribution.bond, "0"] : ["0", contribution.bond];
  ctx.emit(contributionExpired(contribution, { forfeited, returned }));
}

/** Ends what was not revealed by its last height. */
export function endBlock(ctx: Context, ports: DatanetPorts): void {
  const state = datanetState.open(ctx.store(DATANET_STORE));
  const due = [...state.deadlines.keys({ end: [ctx.block.height, 0n], limit: MAX_EXPIRIES_PER_BLOCK })];
  for (const [, id] of due) expire(ctx, ports, state.contributions.getOrFail(id));
}
