import { parseUopen } from "../../chain/codec/index.js";
import type { Context } from "../../chain/kernel/index.js";
import { subUopen, toAddress, toUopen } from "../../chain/primitives/index.js";
import type { Address, Uopen, VotingPower } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";
import type { Validator } from "../../proto/gen/cosmos/staking/v1beta1.js";
import type { Token } from "./ports.js";
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

export function createStakingService(token: Token): StakingService {
  return {
    byOperator(stores, operator) {
      const wire = stakingState.read(stores.store(STAKING_STORE)).validators.get(operator);
      return wire && viewOf(wire);
    },
    setJailed: (ctx, operator, jailed) => change(ctx, operator, (wire) => ({ ...wire, jailed })),
    takeStake(ctx, operator, { amount, toModule }) {
      const wire = stakingState.open(ctx.store(STAKING_STORE)).validators.getOrFail(operator);
      const taken = takeable(viewOf(wire), amount);
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
