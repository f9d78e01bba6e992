import {
  createStakingModule,
  createStakingService,
  DEFAULT_PARAMS,
  NOT_BONDED_POOL,
  BONDED_POOL,
  bondedValidator,
  selfDelegation,
} from "../../modules/staking/index.js";
import type { StakingHooks, StakingPorts, StakingService } from "../../modules/staking/index.js";
import { GenesisState } from "../../proto/gen/cosmos/staking/v1beta1.js";
import type { Params } from "../../proto/gen/cosmos/staking/v1beta1.js";
import { PubKey } from "../../proto/gen/cosmos/crypto/ed25519.js";
import type { ValidatorUpdate } from "../abci/index.js";
import { createTypeRegistry, toJson } from "../codec/index.js";
import { moduleAddress } from "../crypto/index.js";
import { SdkError } from "../kernel/index.js";
import type { Module } from "../kernel/index.js";
import { toAddress, toHeight, toTimeNs, toUopen } from "../primitives/index.js";
import type { Address } from "../primitives/index.js";
import { createMultiBranch } from "../store/index.js";
import { createLedger } from "./ledger.js";
import type { Ledger } from "./ledger.js";
import { passes } from "./rejects.js";
import { createScratchContext } from "./scratch-context.js";
import type { ScratchContext } from "./scratch-context.js";

/** Staking alone, over a ledger: validators by number, whose operators and keys follow from it, and a diary of its hooks. */

const REGISTRY = createTypeRegistry([PubKey]);

export const stakingKey = (i: number): Uint8Array => new Uint8Array(32).fill(i + 1);
export const operator = (i: number): Address => toAddress(new Uint8Array(20).fill(i + 1));
/** Somebody who does not validate. */
export const delegator = (i: number): Address => toAddress(new Uint8Array(20).fill(i + 101));

export interface StakingLab {
  readonly ledger: Ledger;
  readonly ctx: ScratchContext;
  readonly module: Module;
  readonly service: StakingService;
  /** What genesis told the engine. */
  readonly updates: readonly ValidatorUpdate[];
  /** Hooks that were called, with the first byte of each address. */
  readonly diary: string[];
  /** What slashes brought to the community, in uopen. */
  community(): bigint;
  /** Names of the invariants that do not hold. */
  broken(): string[];
  /** Runs on a branch, as a transaction does: what is refused leaves nothing behind. Whether it passed. */
  attempt(run: (ctx: ScratchContext) => void): boolean;
  /** Ends this block and begins another, so much later. */
  next(seconds?: bigint): readonly ValidatorUpdate[];
}

export interface StakingLabOptions {
  readonly params?: Partial<Params>;
  /** What each of the first five delegators has, in uopen. */
  readonly purse?: bigint;
  readonly change?: (state: GenesisState) => GenesisState;
  /** Power of those that `change` makes unbonded, in OPEN. */
  readonly idle?: bigint;
}

function writeDiary(diary: string[]): StakingHooks {
  const note =
    (name: keyof StakingHooks) =>
    (_: unknown, ...of: readonly (Uint8Array | bigint)[]): void =>
      void diary.push(
        [name, ...of.map((x) => (typeof x === "bigint" ? x.toString() : (x[0] ?? 0).toString()))].join(" "),
      );
  return {
    afterValidatorCreated: note("afterValidatorCreated"),
    beforeValidatorModified: note("beforeValidatorModified"),
    afterValidatorRemoved: (_, consensus, who) =>
      void diary.push(`afterValidatorRemoved ${consensus.length} ${who[0] ?? 0}`),
    afterValidatorBonded: (_, consensus, who) =>
      void diary.push(`afterValidatorBonded ${consensus.length} ${who[0] ?? 0}`),
    afterValidatorBeginUnbonding: (_, consensus, who) =>
      void diary.push(`afterValidatorBeginUnbonding ${consensus.length} ${who[0] ?? 0}`),
    beforeDelegationCreated: note("beforeDelegationCreated"),
    beforeDelegationSharesModified: note("beforeDelegationSharesModified"),
    beforeDelegationRemoved: note("beforeDelegationRemoved"),
    afterDelegationModified: note("afterDelegationModified"),
    beforeValidatorSlashed: note("beforeValidatorSlashed"),
  };
}

/** The ports of staking over a ledger, on which an account cannot delegate more than it has. */
export function stakingLabPorts(ledger: Ledger, hooks: readonly StakingHooks[] = []): StakingPorts {
  return {
    token: {
      ...ledger,
      delegate(ctx, from, module, amount) {
        if (ledger.balance(ctx, from) < amount) throw SdkError.InsufficientFunds();
        ledger.delegate(ctx, from, module, amount);
      },
    },
    communityPool: { fund: (ctx, from, amount) => ledger.moduleToModule(ctx, from, "community", amount) },
    hooks: () => hooks,
  };
}

/** `powers`: of bonded validators, whose operators delegated all of it, in OPEN. */
export function stakingLab(powers: readonly bigint[], options: StakingLabOptions = {}): StakingLab {
  const {
    params = {},
    purse = 1_000_000_000n,
    change = (s: GenesisState): GenesisState => s,
    idle = 0n,
  } = options;
  const [ledger, ctx, diary] = [createLedger(), createScratchContext(), [] as string[]];
  const ports = stakingLabPorts(ledger, [writeDiary(diary)]);
  const staked = powers.reduce((sum, p) => sum + p, 0n);
  ledger.mint(ctx, moduleAddress(BONDED_POOL), (staked - idle) * 1_000_000n);
  ledger.mint(ctx, moduleAddress(NOT_BONDED_POOL), idle * 1_000_000n);
  for (let i = 0; i < 5; i++) ledger.mint(ctx, delegator(i), toUopen(purse));
  const module = createStakingModule(ports);
  const validators = powers.map((power, i) =>
    bondedValidator({ operator: operator(i), publicKey: stakingKey(i), power, moniker: `v${i}` }),
  );
  const plain = GenesisState.create({
    params: { ...DEFAULT_PARAMS, ...params },
    validators,
    delegations: validators.map(selfDelegation),
  });
  const updates = module.genesis.init(ctx, toJson(GenesisState, change(plain), REGISTRY));
  return {
    ledger,
    ctx,
    module,
    service: createStakingService(ports),
    updates,
    diary,
    community: () => ledger.moduleBalance(ctx, "community"),
    broken: () => module.invariants.filter((i) => i.holds(ctx) !== true).map((i) => i.name),
    attempt(run) {
      const branch = createMultiBranch(ctx);
      const hasPassed = passes(() => run({ ...ctx, store: (name) => branch.store(name) }));
      if (hasPassed) branch.flush();
      return hasPassed;
    },
    next(seconds = 1n) {
      const told = module.endBlock?.(ctx) ?? [];
      const { height, time } = ctx.block;
      ctx.block = {
        ...ctx.block,
        height: toHeight(height + 1n),
        time: toTimeNs(time / 1_000_000_000n + seconds, 0),
      };
      module.beginBlock?.(ctx);
      return told;
    },
  };
}
