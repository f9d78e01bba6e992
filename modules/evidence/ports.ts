import type { Context } from "../../chain/kernel/index.js";
import type { Address } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";

/** Who may be convicted. Staking's service fits. */
export interface Staking {
  byConsensusAddress(
    stores: ReadStores,
    address: Uint8Array,
  ): { readonly status: "unbonded" | "unbonding" | "bonded" } | undefined;
}

/** What a conviction costs. Slashing's service fits. */
export interface Slashing {
  isTombstoned(stores: ReadStores, validator: Address): boolean;
  punishDoubleSign(
    ctx: Context,
    fault: { readonly consensusAddress: Address; readonly height: bigint; readonly power: bigint },
  ): void;
}
