import { parseOperatorAddress, parseUopen } from "../../chain/codec/index.js";
import type { Context } from "../../chain/kernel/index.js";
import {
  DEC_ZERO,
  UOPEN,
  compareBytes,
  decFromInt,
  equalBytes,
  parseScaledDec,
  quoDecInt,
  toUopen,
} from "../../chain/primitives/index.js";
import type { Address, Dec, Uopen, VotingPower } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";
import type { StakingPorts } from "./ports.js";
import { tokensOfShares } from "./rules/shares.js";
import { slash, takeTokens } from "./slash.js";
import type { Infraction } from "./slash.js";
import { BONDED_POOL } from "./state.js";
import { TOKENS_PER_POWER, powerOf, viewOf } from "./validator.js";
import type { ValidatorView } from "./validator.js";
import {
  findByConsensus,
  getValidator,
  isBonded,
  operatorsByPower,
  reading,
  setJailed,
} from "./validators.js";

/** What others may ask of validators. Fits AttestValidators of chain/attest. */
export interface StakingService {
  /** In order of operator address. */
  validators(stores: ReadStores): readonly ValidatorView[];
  byConsensusAddress(stores: ReadStores, address: Uint8Array): ValidatorView | undefined;
  /** Asked for everyone who could have signed a block, hence without a view. undefined: no such validator. */
  isJailed(stores: ReadStores, address: Uint8Array): boolean | undefined;
  /** Validators with power, by operator; each by its consensus address. Cost: the set. */
  members(stores: ReadStores): readonly { readonly validator: Address; readonly power: VotingPower }[];
  consensusKey(stores: ReadStores, validator: Uint8Array): Uint8Array | undefined;
  /** Account of the operator: the same 20 bytes as the operator address. */
  operator(stores: ReadStores, validator: Address): Address | undefined;
  byOperator(stores: ReadStores, operator: Address): ValidatorView | undefined;
  /** Shares of one delegation. */
  delegation(stores: ReadStores, delegator: Address, operator: Address): Dec | undefined;
  /** All delegations of an account, by operator. */
  delegationsOf(
    stores: ReadStores,
    delegator: Address,
  ): readonly { readonly operator: Address; readonly shares: Dec }[];
  /** All delegations to a validator, by delegator. Cost: one read for each. */
  validatorDelegations(
    stores: ReadStores,
    operator: Address,
  ): readonly { readonly delegator: Address; readonly shares: Dec }[];
  /** uopen of bonded validators together. */
  totalBonded(stores: ReadStores): Uopen;
  /** Part of the supply that is bonded. */
  bondedRatio(stores: ReadStores): Dec;
  /** Bonded validators out of jail, the strongest first, as the SDK orders them. Cost: the set, however many wait outside of it. */
  bondedByPower(stores: ReadStores): readonly ValidatorView[];
  /** Whether another than this operator is out of jail with power, in the set or not. Cost: two reads, however many there are. */
  hasOther(stores: ReadStores, operator: Address): boolean;
  /** What shares of this validator are worth in uopen, to eighteen places; zero where it has no shares. */
  tokensFromShares(validator: ValidatorView, shares: Dec): Dec;
  readonly bondDenom: string;
  /** Out of the validator set, or back into it; the engine is told at the end of the block. @throws Reject staking/3. */
  setJailed(ctx: Context, operator: Address, jailed: boolean): void;
  /** The same by consensus address; nothing for the unknown and for those who are there already. */
  jail(ctx: Context, consensusAddress: Uint8Array): void;
  unjail(ctx: Context, consensusAddress: Uint8Array): void;
  /**
   * Takes a fraction of the stake behind a validator at a height to the community pool: from what left it since, too.
   * Returns what the validator itself paid; 0 for the unknown and the unbonded.
   *
   * @throws Fault on a negative fraction or a height to come.
   */
  slash(ctx: Context, infraction: Infraction): Uopen;
  /**
   * Takes up to `amount` of a validator's stake to a module's account and returns how much. One OPEN stays: a validator
   * leaves the set by being jailed, never by losing its last unit of power. Delegators bear the loss in proportion, since
   * their shares stay as they are.
   */
  takeStake(
    ctx: Context,
    operator: Address,
    taking: { readonly amount: Uopen; readonly toModule: string },
  ): Uopen;
}

function find(stores: ReadStores, address: Uint8Array): ValidatorView | undefined {
  const validator = findByConsensus(stores, address);
  return validator && viewOf(validator);
}

type Stakes = "delegation" | "delegationsOf" | "validatorDelegations" | "tokensFromShares";

const stakes: Pick<StakingService, Stakes> = {
  delegation(stores, delegator, operator) {
    const found = reading(stores).delegations.get([delegator, operator]);
    return found && parseScaledDec(found.shares);
  },
  delegationsOf(stores, delegator) {
    const found = reading(stores).delegations.entries({ prefix: [delegator] });
    return [...found].map(([[, operator], { shares }]) => ({ operator, shares: parseScaledDec(shares) }));
  },
  validatorDelegations(stores, operator) {
    const { delegations, delegators } = reading(stores);
    return [...delegators.keys({ prefix: [operator] })].map(([, delegator]) => {
      return { delegator, shares: parseScaledDec(delegations.getOrFail([delegator, operator]).shares) };
    });
  },
  tokensFromShares: ({ tokens, delegatorShares }, shares) =>
    delegatorShares === 0n ? DEC_ZERO : tokensOfShares({ tokens, shares: delegatorShares }, shares),
};

function strongestFirst(a: ValidatorView, b: ValidatorView): number {
  if (a.stakedPower !== b.stakedPower) return a.stakedPower > b.stakedPower ? -1 : 1;
  return compareBytes(a.operator, b.operator);
}

type Validators =
  | "hasOther"
  | "validators"
  | "byConsensusAddress"
  | "isJailed"
  | "byOperator"
  | "members"
  | "operator"
  | "consensusKey"
  | "bondedByPower";

const validators: Pick<StakingService, Validators> = {
  validators: (stores) => [...reading(stores).validators.values()].map(viewOf),
  byConsensusAddress: find,
  isJailed: (stores, address) => findByConsensus(stores, address)?.jailed,
  byOperator(stores, operator) {
    const wire = reading(stores).validators.get(operator);
    return wire && viewOf(wire);
  },
  members: (stores) =>
    [...reading(stores).told.keys()]
      .map((operator) => viewOf(getValidator(stores, operator)))
      .filter((v) => v.power > 0n)
      .map((v) => ({ validator: v.consensusAddress, power: v.power })),
  hasOther(stores, operator) {
    for (const other of operatorsByPower(stores)) {
      if (powerOf(parseUopen(getValidator(stores, other).tokens)) === 0n) return false;
      if (!equalBytes(other, operator)) return true;
    }
    return false;
  },
  operator: (stores, validator) => find(stores, validator)?.operator,
  consensusKey: (stores, validator) => find(stores, validator)?.publicKey,
  bondedByPower(stores) {
    const { told, params } = reading(stores);
    const bonded = [...told.keys()]
      .map((operator) => getValidator(stores, operator))
      .filter((v) => isBonded(v) && !v.jailed);
    return bonded.map(viewOf).toSorted(strongestFirst).slice(0, params.getOrFail().maxValidators);
  },
};

/** What can be taken of a validator with so many tokens: all above one OPEN. */
function takeable(tokens: Uopen, amount: Uopen): Uopen {
  const most = tokens > TOKENS_PER_POWER ? tokens - TOKENS_PER_POWER : 0n;
  return toUopen(amount < most ? amount : most);
}

function jailByConsensus(ctx: Context, address: Uint8Array, jailed: boolean): void {
  const validator = findByConsensus(ctx, address);
  if (validator !== undefined) setJailed(ctx, parseOperatorAddress(validator.operatorAddress), jailed);
}

export function createStakingService(ports: StakingPorts): StakingService {
  const { token } = ports;
  const totalBonded = (stores: ReadStores): Uopen => token.moduleBalance(stores, BONDED_POOL);
  return {
    ...stakes,
    ...validators,
    totalBonded,
    bondedRatio(stores) {
      const supply = token.supply(stores);
      return supply === 0n ? DEC_ZERO : quoDecInt(decFromInt(totalBonded(stores)), supply);
    },
    bondDenom: UOPEN,
    setJailed,
    jail: (ctx, address) => jailByConsensus(ctx, address, true),
    unjail: (ctx, address) => jailByConsensus(ctx, address, false),
    slash: (ctx, infraction) => slash(ctx, ports, infraction),
    takeStake(ctx, operator, { amount, toModule }) {
      const taken = takeable(parseUopen(getValidator(ctx, operator).tokens), amount);
      const move = (pool: string, uopen: Uopen): void => token.moduleToModule(ctx, pool, toModule, uopen);
      takeTokens(ctx, ports, operator, { amount: taken, move });
      return taken;
    },
  };
}
