import { parseUopen } from "../../chain/codec/index.js";
import type { Context } from "../../chain/kernel/index.js";
import { DEC_ZERO, UOPEN, compareBytes, decFromInt, parseScaledDec, quoDecInt, quoDecRoundUp, subUopen, toAddress, toUopen } from "../../chain/primitives/index.js";
import type { Address, Dec, Uopen, VotingPower } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";
import type { Validator } from "../../proto/gen/cosmos/staking/v1beta1.js";
import type { StakingHooks } from "./hooks.js";
import type { Token } from "./ports.js";
import { tokensOfShares } from "./rules/shares.js";
import { BONDED_POOL, STAKING_STORE, stakingState } from "./state.js";
import { TOKENS_PER_POWER, viewOf } from "./validator.js";
import type { ValidatorView } from "./validator.js";

/** What others may ask of validators. Fits AttestValidators of chain/attest. */
export interface StakingService {
  /** In order of operator address. */
  validators(stores: ReadStores): readonly ValidatorView[];
  byConsensusAddress(stores: ReadStores, address: Uint8Array): ValidatorView | undefined;
  /** Validators with power, by consensus address. */
  members(stores: ReadStores): readonly { readonly validator: Address; readonly power: VotingPower }[];
  consensusKey(stores: ReadStores, validator: Uint8Array): Uint8Array | undefined;
  /** Account of the operator: the same 20 bytes as the operator address. */
  operator(stores: ReadStores, validator: Address): Address | undefined;
  byOperator(stores: ReadStores, operator: Address): ValidatorView | undefined;
  /** Shares of one delegation. */
  delegation(stores: ReadStores, delegator: Address, operator: Address): Dec | undefined;
  /** All delegations of an account, by operator. */
  delegationsOf(stores: ReadStores, delegator: Address): readonly { readonly operator: Address; readonly shares: Dec }[];
  /** All delegations to a validator, by delegator. Cost: one read for each. */
  validatorDelegations(
    stores: ReadStores,
    operator: Address,
  ): readonly { readonly delegator: Address; readonly shares: Dec }[];
  /** uopen of bonded validators together. */
  totalBonded(stores: ReadStores): Uopen;
  /** Part of the supply that is bonded. */
  bondedRatio(stores: ReadStores): Dec;
  /** Bonded validators, power descending, then by operator. */
  bondedByPower(stores: ReadStores): readonly ValidatorView[];
  /** What shares of this validator are worth in uopen, to eighteen places; zero where it has no shares. */
  tokensFromShares(validator: ValidatorView, shares: Dec): Dec;
  readonly bondDenom: string;
  /** Out of the validator set, or back into it; the engine is told at the end of the block. */
  setJailed(ctx: Context, operator: Address, jailed: boolean): void;
  /**
   * Takes up to `amount` of a validator's stake to a module's account and returns how much. One OPEN stays: a validator
   * leaves the set by being jailed, never by losing its last unit of power. Delegators bear the loss in proportion, since
   * their shares stay as they are.
   */
  takeStake(ctx: Context, operator: Address, taking: { readonly amount: Uopen; readonly toModule: string }): Uopen;
}

function all(stores: ReadStores): ValidatorView[] {
  return [...stakingState.read(stores.store(STAKING_STORE)).validators.values()].map(viewOf);
}

function find(stores: ReadStores, address: Uint8Array): ValidatorView | undefined {
  if (address.length !== 20) return undefined;
  const { byConsensus, validators } = stakingState.read(stores.store(STAKING_STORE));
  const operator = byConsensus.get(toAddress(address));
  return operator === undefined ? undefined : viewOf(validators.getOrFail(operator));
}

function change(ctx: Context, operator: Address, update: (wire: Validator) => Validator): void {
  const { validators, changed } = stakingState.open(ctx.store(STAKING_STORE));
  validators.set(operator, update(validators.getOrFail(operator)));
  changed.add(operator);
}

/** Whole units of power above the first are what can be taken. */
function takeable(view: ValidatorView, amount: Uopen): Uopen {
  const most = view.tokens > TOKENS_PER_POWER ? view.tokens - TOKENS_PER_POWER : 0n;
  return toUopen(amount < most ? amount : most);
}

type Reads = "delegation" | "delegationsOf" | "validatorDelegations" | "tokensFromShares" | "bondedByPower";

const reads: Pick<StakingService, Reads> = {
  delegation(stores, delegator, operator) {
    const found = stakingState.read(stores.store(STAKING_STORE)).delegations.get([delegator, operator]);
    return found && parseScaledDec(found.shares);
  },
  delegationsOf(stores, delegator) {
    const { delegations } = stakingState.read(stores.store(STAKING_STORE));
    const found = delegations.entries({ prefix: [delegator] });
    return [...found].map(([[, operator], { shares }]) => ({ operator, shares: parseScaledDec(shares) }));
  },
  validatorDelegations(stores, operator) {
    const { delegations, delegators } = stakingState.read(stores.store(STAKING_STORE));
    return [...delegators.keys({ prefix: [operator] })].map(([, delegator]) => {
      return { delegator, shares: parseScaledDec(delegations.getOrFail([delegator, operator]).shares) };
    });
  },
  bondedByPower: (stores) =>
    all(stores)
      .filter((v) => v.status === "bonded" && !v.isJailed)
      .toSorted((a, b) => (a.power === b.power ? compareBytes(a.operator, b.operator) : a.power > b.power ? -1 : 1)),
  tokensFromShares: ({ tokens, delegatorShares }, shares) =>
    delegatorShares === 0n ? DEC_ZERO : tokensOfShares({ tokens, shares: delegatorShares }, shares),
};

/** `hooks`: who is told when stake moves, in order; asked for at each moment, since they are tied late. */
export function createStakingService(token: Token, hooks: () => readonly StakingHooks[]): StakingService {
  const totalBonded = (stores: ReadStores): Uopen => token.moduleBalance(stores, BONDED_POOL);
  return {
    ...reads,
    totalBonded,
    bondedRatio(stores) {
      const supply = token.supply(stores);
      return supply === 0n ? DEC_ZERO : quoDecInt(decFromInt(totalBonded(stores)), supply);
    },
    bondDenom: UOPEN,
    byOperator(stores, operator) {
      const wire = stakingState.read(stores.store(STAKING_STORE)).validators.get(operator);
      return wire && viewOf(wire);
    },
    setJailed: (ctx, operator, jailed) => change(ctx, operator, (wire) => ({ ...wire, jailed })),
    takeStake(ctx, operator, { amount, toModule }) {
      const wire = stakingState.open(ctx.store(STAKING_STORE)).validators.getOrFail(operator);
      const view = viewOf(wire);
      const taken = takeable(view, amount);
      if (taken === 0n) return taken;
      const fraction = quoDecRoundUp(decFromInt(taken), decFromInt(view.tokens));
      for (const listener of hooks()) listener.beforeValidatorSlashed?.(ctx, operator, fraction);
      change(ctx, operator, (before) => ({ ...before, tokens: subUopen(parseUopen(before.tokens), taken).toString() }));
      token.moduleToModule(ctx, BONDED_POOL, toModule, taken);
      return taken;
    },
    validators: all,
    byConsensusAddress: find,
    members: (stores) =>
      all(stores)
        .filter((v) => v.power > 0n)
        .map((v) => ({ validator: v.consensusAddress, power: v.power })),
    operator: (stores, validator) => find(stores, validator)?.operator,
    consensusKey: (stores, validator) => find(stores, validator)?.publicKey,
  };
}
