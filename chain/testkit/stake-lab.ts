import type { Context } from "../kernel/index.js";
import {
  DEC_ZERO,
  Fault,
  addDec,
  decFromInt,
  decFromRatio,
  minDec,
  mulDec,
  mulDecInt,
  quoDec,
  quoDecInt,
  quoDecRoundUp,
  quoDecTruncate,
  subDec,
  toAddress,
  toDec,
  toHex,
  toUopen,
  truncateInt,
} from "../primitives/index.js";
import type { Address, Dec, Uopen } from "../primitives/index.js";
import type { ReadStores } from "../store/index.js";

/** Stake in memory, moved as the SDK's staking moves it, with its hooks called at the same moments. For tests of distribution. */

interface StakeHooks {
  afterValidatorCreated(ctx: Context, operator: Address): void;
  afterValidatorRemoved(ctx: Context, consensus: Address, operator: Address): void;
  beforeDelegationCreated(ctx: Context, delegator: Address, operator: Address): void;
  beforeDelegationSharesModified(ctx: Context, delegator: Address, operator: Address): void;
  afterDelegationModified(ctx: Context, delegator: Address, operator: Address): void;
  beforeValidatorSlashed(ctx: Context, operator: Address, fraction: Dec): void;
}

export interface LabValidator {
  readonly operator: Address;
  readonly consensusAddress: Address;
  readonly tokens: Uopen;
  readonly delegatorShares: Dec;
  readonly commissionRate: Dec;
}

export interface StakeLab {
  validators(stores: ReadStores): readonly LabValidator[];
  byOperator(stores: ReadStores, operator: Address): LabValidator | undefined;
  byConsensusAddress(stores: ReadStores, address: Uint8Array): LabValidator | undefined;
  delegation(stores: ReadStores, delegator: Address, operator: Address): Dec | undefined;
  delegationsOf(stores: ReadStores, delegator: Address): readonly { readonly operator: Address; readonly shares: Dec }[];
  validatorDelegations(stores: ReadStores, operator: Address): readonly { readonly delegator: Address; readonly shares: Dec }[];
  /** Its operator's own delegation is `tokens`. */
  create(ctx: Context, operator: Address, terms: { readonly tokens: bigint; readonly commission: Dec }): void;
  delegate(ctx: Context, delegator: Address, operator: Address, tokens: bigint): void;
  /** Takes out a part of the shares, all of them at 1; the validator is gone with its last share. @returns uopen. */
  undelegate(ctx: Context, delegator: Address, operator: Address, part: Dec): bigint;
  /** `fraction` of the tokens, rounded down. @returns uopen. */
  slash(ctx: Context, operator: Address, fraction: Dec): bigint;
}

/** The consensus address of a validator of the lab: its operator's with another first byte. */
export function labConsensus(operator: Address): Address {
  const bytes = operator.slice();
  bytes[0] = 254;
  return toAddress(bytes);
}

interface Book {
  readonly validators: Map<string, LabValidator>;
  /** Hex of delegator and operator -> shares. */
  readonly delegations: Map<string, { delegator: Address; operator: Address; shares: Dec }>;
}

const keyOf = (delegator: Address, operator: Address): string => toHex(delegator) + toHex(operator);

function sharesFor({ tokens, delegatorShares }: LabValidator, amount: bigint): Dec {
  if (delegatorShares === 0n) return decFromInt(amount);
  return quoDecInt(mulDecInt(delegatorShares, amount), tokens);
}

function removeShares(book: Book, validator: LabValidator, shares: Dec): bigint {
  const left = subDec(validator.delegatorShares, shares);
  const exact = quoDecTruncate(mulDecInt(shares, validator.tokens), validator.delegatorShares);
  const amount = left === 0n ? validator.tokens : truncateInt(exact);
  const changed = { ...validator, delegatorShares: left, tokens: toUopen(validator.tokens - amount) };
  book.validators.set(toHex(validator.operator), changed);
  return amount;
}

type Moves = Pick<StakeLab, "create" | "delegate" | "undelegate" | "slash">;

function createMoves(book: Book, hooks: () => StakeHooks): Moves {
  const find = (operator: Address): LabValidator => {
    const found = book.validators.get(toHex(operator));
    if (found === undefined) throw new Fault("no such validator in the lab");
    return found;
  };
  const delegate: Moves["delegate"] = (ctx, delegator, operator, tokens) => {
    const key = keyOf(delegator, operator);
    if (book.delegations.has(key)) hooks().beforeDelegationSharesModified(ctx, delegator, operator);
    else hooks().beforeDelegationCreated(ctx, delegator, operator);
    const validator = find(operator);
    const issued = sharesFor(validator, tokens);
    const delegatorShares = addDec(validator.delegatorShares, issued);
    book.validators.set(toHex(operator), { ...validator, tokens: toUopen(validator.tokens + tokens), delegatorShares });
    const shares = addDec(book.delegations.get(key)?.shares ?? DEC_ZERO, issued);
    book.delegations.set(key, { delegator, operator, shares });
    hooks().afterDelegationModified(ctx, delegator, operator);
  };
  return {
    delegate,
    create(ctx, operator, { tokens, commission }) {
      const none = { tokens: toUopen(0n), delegatorShares: DEC_ZERO };
      const validator = { operator, consensusAddress: labConsensus(operator), commissionRate: commission, ...none };
      book.validators.set(toHex(operator), validator);
      hooks().afterValidatorCreated(ctx, operator);
      delegate(ctx, operator, operator, tokens);
    },
    undelegate(ctx, delegator, operator, part) {
      const key = keyOf(delegator, operator);
      const found = book.delegations.get(key);
      if (found === undefined) throw new Fault("no such delegation in the lab");
      hooks().beforeDelegationSharesModified(ctx, delegator, operator);
      const taken = minDec(mulDec(found.shares, part), found.shares);
      const left = subDec(found.shares, taken);
      if (left === 0n) book.delegations.delete(key);
      else {
        book.delegations.set(key, { ...found, shares: left });
        hooks().afterDelegationModified(ctx, delegator, operator);
      }
      const amount = removeShares(book, find(operator), taken);
      if (find(operator).delegatorShares === 0n) {
        book.validators.delete(toHex(operator));
        hooks().afterValidatorRemoved(ctx, labConsensus(operator), operator);
      }
      return amount;
    },
    slash(ctx, operator, fraction) {
      const validator = find(operator);
      const taken = truncateInt(mulDec(decFromInt(validator.tokens), fraction));
      if (validator.tokens > 0n) {
        const effective = quoDecRoundUp(decFromInt(taken), decFromInt(validator.tokens));
        hooks().beforeValidatorSlashed(ctx, operator, minDec(effective, decFromInt(1n)));
      }
      book.validators.set(toHex(operator), { ...find(operator), tokens: toUopen(validator.tokens - taken) });
      return taken;
    },
  };
}

/** `hooks` are asked for at each moment, since distribution is made with this lab in its hands. */
export function createStakeLab(hooks: () => StakeHooks): StakeLab {
  const book: Book = { validators: new Map(), delegations: new Map() };
  const all = (): LabValidator[] => [...book.validators.values()];
  const delegations = () => [...book.delegations.values()];
  return {
    validators: all,
    byOperator: (_, operator) => book.validators.get(toHex(operator)),
    byConsensusAddress: (_, address) => all().find((v) => toHex(v.consensusAddress) === toHex(address)),
    delegation: (_, delegator, operator) => book.delegations.get(keyOf(delegator, operator))?.shares,
    delegationsOf: (_, delegator) => delegations().filter((d) => toHex(d.delegator) === toHex(delegator)),
    validatorDelegations: (_, operator) => delegations().filter((d) => toHex(d.operator) === toHex(operator)),
    ...createMoves(book, hooks),
  };
}

/** A decimal of a test: parts in a hundred. */
export function percent(parts: bigint): Dec {
  return decFromRatio(parts, 100n);
}

/** What shares are worth, to eighteen places. */
export function worthOf(validator: LabValidator, shares: Dec): Dec {
  return validator.delegatorShares === 0n ? toDec(0n) : quoDec(mulDecInt(shares, validator.tokens), validator.delegatorShares);
}
