import type { TaskOpener } from "../../chain/attest/index.js";
import type { Context } from "../../chain/kernel/context.js";
import type { Address, Uopen } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";

/** Moves OPEN. @throws Reject sdk/5 when the payer has too little. */
export interface Token {
  toModule(ctx: Context, from: Address, module: string, amount: Uopen): void;
  fromModule(ctx: Context, module: string, to: Address, amount: Uopen): void;
  moduleBalance(stores: ReadStores, module: string): Uopen;
}

/** Where the part of a training fee goes that is nobody's. */
export interface CommunityPool {
  fund(ctx: Context, fromModule: string, amount: Uopen): void;
}

/** Terms of a Datanet as training needs them. */
export interface DatasetTerms {
  readonly isPublished: boolean;
  readonly license: {
    readonly commercialUse: boolean;
    readonly derivatives: boolean;
    /** Unix seconds; 0 never. */
    readonly expiresAt: bigint;
  };
}

/** Dataset versions and who earns for them. The Datanet module's service fits. */
export interface Datasets {
  terms(stores: ReadStores, datanetId: bigint): DatasetTerms | undefined;
  hasVersion(stores: ReadStores, datanetId: bigint, version: bigint): boolean;
  contributors(
    stores: ReadStores,
    datanetId: bigint,
    version: bigint,
  ): readonly { readonly account: Address; readonly rows: number }[];
}

/** What the ModelFactory needs of others. */
export interface ModelFactoryPorts {
  readonly token: Token;
  readonly communityPool: CommunityPool;
  readonly datasets: Datasets;
  readonly tasks: TaskOpener;
}
