import type { TaskOpener, TaskReader } from "../../chain/attest/index.js";
import type { Context } from "../../chain/kernel/context.js";
import type { Address, Height, Ppm, Uopen } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";
import type { DatasetRef } from "../../proto/gen/openledger/modelfactory/v1.js";

/** Moves OPEN. */
export interface Token {
  /** @throws Reject sdk/5 when the payer has too little. */
  toModule(ctx: Context, from: Address, module: string, amount: Uopen): void;
  fromModule(ctx: Context, module: string, to: Address, amount: Uopen): void;
  /** Lowers the supply. Called only where a governed burn share is above zero. */
  burn(ctx: Context, module: string, amount: Uopen): void;
  moduleBalance(stores: ReadStores, module: string): Uopen;
}

/** The platform's side of each fee. */
export interface CommunityPool {
  /** What stands in PLATFORM payouts. */
  readonly account: Address;
  fund(ctx: Context, fromModule: string, amount: Uopen): void;
}

/** Adapters and their lineage. The ModelFactory's service fits. */
export interface Adapters {
  adapter(
    stores: ReadStores,
    adapterId: bigint,
  ):
    | {
        readonly adapter: {
          readonly owner: string;
          readonly baseModelId: bigint;
          readonly datasets: readonly DatasetRef[];
          readonly adapterHash: Uint8Array;
          readonly tangentsCid: string;
          readonly tangentRoot: Uint8Array;
          /** Whose vectors price answers; empty means the tangents. */
          readonly method: string;
          /** Vectors of the method that prices where the tangents do not predict well enough; empty without. */
          readonly fallbackCid: string;
          readonly fallbackRoot: Uint8Array;
        };
        readonly base: { readonly owner: string; readonly royaltyPpm: number };
      }
    | undefined;
  contributors(stores: ReadStores, adapterId: bigint): readonly Address[];
}

/** Who runs a validator. */
export interface Validators {
  /** Account of the operator of a consensus address; undefined once the validator is forgotten. */
  operator(stores: ReadStores, validator: Address): Address | undefined;
  /** Those with power, by consensus address. */
  members(stores: ReadStores): readonly { readonly validator: Address }[];
}

/** What happens to validators that are proven wrong. The slashing module's service fits. */
export interface Punishment {
  /** Takes a share of the stake to a module's account and returns how much. */
  slash(ctx: Context, validator: Address, share: Ppm, toModule: string): Uopen;
  /** False when too much power would be gone; the validator then stays. */
  jail(ctx: Context, validator: Address, until: Height): boolean;
}

/** What a validator earns with its stake. Distribution's service fits. */
export interface StakeRewards {
  /** Coins of a module for a validator and its delegators, commission first. False, and nothing moves, when it is forgotten. */
  rewardValidator(
    ctx: Context,
    reward: { readonly operator: Address; readonly fromModule: string; readonly amount: Uopen },
  ): boolean;
}

/** The paid requests. openlora's service fits; modules/app.ts ties the knot between the two. */
export interface Inferences {
  /** Moves the fee to this module's account, returns the rest of the escrow, and ends the request. */
  settle(ctx: Context, inferenceId: bigint, toModule: string): void;
  /** Returns the whole escrow and ends the request. */
  refund(ctx: Context, inferenceId: bigint): void;
}

/** What attribution needs of others. */
export interface AttributionPorts {
  readonly token: Token;
  readonly communityPool: CommunityPool;
  readonly adapters: Adapters;
  readonly validators: Validators;
  readonly inferences: Inferences;
  readonly punishment: Punishment;
  readonly rewards: StakeRewards;
  readonly tasks: TaskOpener & TaskReader;
}
