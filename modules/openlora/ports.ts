import type { Attester, TaskOpener } from "../../chain/attest/index.js";
import type { Context } from "../../chain/kernel/context.js";
import type { Address, Uopen } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";

/** Moves OPEN. @throws Reject sdk/5 when the payer has too little. */
export interface Token {
  toModule(ctx: Context, from: Address, module: string, amount: Uopen): void;
  fromModule(ctx: Context, module: string, to: Address, amount: Uopen): void;
  moduleToModule(ctx: Context, from: string, to: string, amount: Uopen): void;
  moduleBalance(stores: ReadStores, module: string): Uopen;
}

/** Adapters as serving needs them. The ModelFactory's service fits. */
export interface Adapters {
  adapter(
    stores: ReadStores,
    adapterId: bigint,
  ):
    | {
        readonly isPublished: boolean;
        /** Its training, or one that it goes on from, was proven wrong. */
        readonly isMarked: boolean;
        readonly adapter: {
          readonly baseModelId: bigint;
          readonly adapterHash: Uint8Array;
          readonly rateIn: string;
          readonly rateOut: string;
        };
        readonly base: { readonly baseHash: Uint8Array };
      }
    | undefined;
}

/** Rates in uopen per 1,000 tokens, the platform fee in uopen. */
export interface Prices {
  readonly rateIn: Uopen;
  readonly rateOut: Uopen;
  readonly platformFee: Uopen;
}

/** The fee rule, and who takes over once an answer is agreed. The attribution module's service fits. */
export interface Attribution {
  feeOf(usage: { readonly promptTokens: number; readonly answerTokens: number }, prices: Prices): Uopen;
  /** Calls `settle` or `refund` of this module's service later, once. */
  open(
    ctx: Context,
    answer: {
      readonly inferenceId: bigint;
      readonly user: Address;
      readonly adapterId: bigint;
      readonly prompt: string;
      readonly promptTokens: readonly number[];
      readonly answerTokens: readonly number[];
      readonly outputHash: Uint8Array;
      readonly prices: Prices;
      readonly attesters: readonly Attester[];
    },
  ): void;
}

/** What serving needs of others. */
export interface OpenLoraPorts {
  readonly token: Token;
  readonly adapters: Adapters;
  readonly attribution: Attribution;
  readonly tasks: TaskOpener;
}
