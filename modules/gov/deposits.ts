import type { Proposal } from "../../proto/gen/cosmos/gov/v1.js";
import { ProposalStatus } from "../../proto/gen/cosmos/gov/v1.js";
import { formatAddress } from "../../chain/codec/index.js";
import { GOV_AUTHORITY, SdkError, parseCoins, toCoins } from "../../chain/kernel/index.js";
import type { Context } from "../../chain/kernel/index.js";
import { addUopen, equalBytes, subUopen, sumUopen, toUopen } from "../../chain/primitives/index.js";
import type { Address, Uopen } from "../../chain/primitives/index.js";
import { GovError, noProposal } from "./errors.js";
import { deposited } from "./events.js";
import type { Deposit } from "./messages.js";
import { rulesOf } from "./params.js";
import type { Rules } from "./params.js";
import type { CommunityPool, Token } from "./ports.js";
import { startVoting } from "./proposals.js";
import { chargeOf, checkDepositSize } from "./rules/deposit.js";
import { GOV_STORE, openGov, readGov } from "./state.js";

/** Accounts with a deposit on one proposal at most; a hundred reach any minimum (params.ts). */
export const MAX_DEPOSITORS = 128;

export interface DepositPorts {
  readonly token: Token;
  readonly communityPool: CommunityPool;
  /** Accounts of modules receive no charges. */
  readonly isModuleAccount: (address: Address) => boolean;
}

const NONE = toUopen(0n);

export function minimumOf(proposal: Pick<Proposal, "expedited">, rules: Rules): Uopen {
  return proposal.expedited ? rules.expeditedMinDeposit : rules.minDeposit;
}

function checkDepositable({ id, status }: Proposal): void {
  const { PROPOSAL_STATUS_DEPOSIT_PERIOD, PROPOSAL_STATUS_VOTING_PERIOD } = ProposalStatus;
  if (status !== PROPOSAL_STATUS_DEPOSIT_PERIOD && status !== PROPOSAL_STATUS_VOTING_PERIOD)
    throw GovError.InactiveProposal(id.toString());
}

function checkRoom(ctx: Context, id: bigint): void {
  const holders = [...readGov(ctx).deposits.keys({ prefix: [id], limit: MAX_DEPOSITORS })];
  if (holders.length >= MAX_DEPOSITORS) throw GovError.TooManyDepositors(id.toString());
}

/** Records what the module account now holds more, or less. */
function hold(ctx: Context, change: (held: Uopen) => Uopen): void {
  const { held } = openGov(ctx);
  held.set(change(held.get() ?? NONE));
}

/**
 * Takes a deposit and says whether voting begins with it. Deposits are welcome while voting goes on, too.
 *
 * @throws Reject collections/1, gov/3, 16 or 100, sdk/5.
 */
export function addDeposit(ctx: Context, token: Token, { proposalId, depositor, amount }: Deposit): boolean {
  const { proposals, deposits } = openGov(ctx);
  const proposal = proposals.getOrFail(proposalId, () => noProposal(proposalId));
  checkDepositable(proposal);
  const rules = rulesOf(ctx);
  const minimum = minimumOf(proposal, rules);
  checkDepositSize(amount, minimum, rules.minDepositRatio);
  // What the module holds belongs to others.
  if (equalBytes(depositor, GOV_AUTHORITY)) throw SdkError.Unauthorized("deposits are no means of governance");
  const before = deposits.get([proposalId, depositor]);
  if (before === undefined) checkRoom(ctx, proposalId);

  token.toModule(ctx, depositor, GOV_STORE, amount);
  hold(ctx, (held) => addUopen(held, amount));
  deposits.set([proposalId, depositor], addUopen(before ?? NONE, amount));
  const total = addUopen(parseCoins(proposal.totalDeposit, true), amount);
  const updated = { ...proposal, totalDeposit: toCoins(total) };
  proposals.set(proposalId, updated);
  const starts = proposal.status === ProposalStatus.PROPOSAL_STATUS_DEPOSIT_PERIOD && total >= minimum;
  if (starts) startVoting(ctx, updated);
  ctx.emit(deposited(proposalId, depositor, amount));
  return starts;
}

/** Removes all deposits of a proposal and says whose they were. */
function releaseDeposits(ctx: Context, id: bigint): readonly (readonly [Address, Uopen])[] {
  const { deposits } = openGov(ctx);
  const entries = [...deposits.entries({ prefix: [id] })];
  for (const [key] of entries) deposits.delete(key);
  const total = sumUopen(entries.map(([, amount]) => amount));
  if (total > 0n) hold(ctx, (held) => subUopen(held, total));
  return entries.map(([[, depositor], amount]) => [depositor, amount]);
}

/** Gives all deposits of a proposal back. */
export function refundDeposits(ctx: Context, { token }: DepositPorts, id: bigint): void {
  for (const [depositor, amount] of releaseDeposits(ctx, id)) token.fromModule(ctx, GOV_STORE, depositor, amount);
}

/** Gives all deposits of a proposal to the community: the SDK burns them, but 1,000,000,000 OPEN exist always. */
export function forfeitDeposits(ctx: Context, { communityPool }: DepositPorts, id: bigint): void {
  const total = sumUopen(releaseDeposits(ctx, id).map(([, amount]) => amount));
  if (total > 0n) communityPool.fund(ctx, GOV_STORE, total);
}

/** Gives deposits back less what a cancellation costs, which goes where the parameters say. @throws Reject sdk/4. */
export function chargeDeposits(ctx: Context, ports: DepositPorts, id: bigint): void {
  const { cancelRatio, cancelDestination } = rulesOf(ctx);
  let charges = NONE;
  for (const [depositor, amount] of releaseDeposits(ctx, id)) {
    const { charge, rest } = chargeOf(amount, cancelRatio);
    charges = addUopen(charges, charge);
    if (rest > 0n) ports.token.fromModule(ctx, GOV_STORE, depositor, rest);
  }
  if (charges > 0n) payCharges(ctx, ports, { charges, to: cancelDestination });
}

function payCharges(
  ctx: Context,
  { token, communityPool, isModuleAccount }: DepositPorts,
  { charges, to }: { readonly charges: Uopen; readonly to: Address | undefined },
): void {
  if (to === undefined || equalBytes(to, communityPool.account)) {
    communityPool.fund(ctx, GOV_STORE, charges);
    return;
  }
  if (isModuleAccount(to))
    throw SdkError.Unauthorized(`${formatAddress(to)} is not allowed to receive funds`);
  token.fromModule(ctx, GOV_STORE, to, charges);
}

/** Whether the module account holds what depositors are owed. What it holds beyond that is governance's own. */
export function holdsDeposits(ctx: Context, token: Token): boolean {
  return token.moduleBalance(ctx, GOV_STORE) >= (readGov(ctx).held.get() ?? NONE);
}
