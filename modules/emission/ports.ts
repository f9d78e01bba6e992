import type { Context } from "../../chain/kernel/context.js";
import type { Address, TimeNs, Uopen } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";

/** Moves OPEN. */
export interface Token {
  fromModule(ctx: Context, module: string, to: Address, amount: Uopen): void;
  moduleBalance(stores: ReadStores, module: string): Uopen;
}

/** Where emission comes from, and where what is not claimable goes back to. Distribution's service fits. */
export interface CommunityPool {
  /** Released and not spent. */
  available(stores: ReadStores, time: TimeNs): Uopen;
  /** @throws Reject when less is available. */
  spendTo(ctx: Context, module: string, amount: Uopen): void;
  fund(ctx: Context, fromModule: string, amount: Uopen): void;
}

/** Accepted data. The datanet module's service fits. */
export interface Datanets {
  /** The next contribution above `after` that is in a version, with the rows that count there. */
  frozenAfter(
    stores: ReadStores,
    datanetId: bigint,
    after: bigint,
  ):
    | {
        readonly id: bigint;
        readonly contributor: Address;
        readonly rows: readonly { readonly hash: Uint8Array; readonly bytes: number }[];
      }
    | undefined;
}

/** What emission needs of others. */
export interface EmissionPorts {
  readonly token: Token;
  readonly communityPool: CommunityPool;
  readonly datanets: Datanets;
}
