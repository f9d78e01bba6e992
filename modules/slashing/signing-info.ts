import type { ValidatorSigningInfo } from "../../proto/gen/cosmos/slashing/v1beta1.js";
import { formatConsensusAddress } from "../../chain/codec/index.js";
import type { Context } from "../../chain/kernel/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { clearMissed } from "./missed-blocks.js";
import { SLASHING_STORE, slashingState } from "./state.js";

/** Never in jail: the start of Unix time, as the SDK writes it. */
const NEVER = { seconds: 0n, nanos: 0 } as const;

/** Of a validator that has not signed yet. */
export function newSigningInfo(validator: Address, startHeight: bigint): ValidatorSigningInfo {
  return {
    address: formatConsensusAddress(validator),
    startHeight,
    indexOffset: 0n,
    jailedUntil: NEVER,
    tombstoned: false,
    missedBlocksCounter: 0n,
  };
}

/** A validator is bonded: its window counts from here, and it has a window's time before it can be found absent. */
export function startCounting(ctx: Context, validator: Address): void {
  const { infos } = slashingState.open(ctx.store(SLASHING_STORE));
  const before = infos.get(validator) ?? newSigningInfo(validator, 0n);
  infos.set(validator, { ...before, startHeight: ctx.block.height });
}

/** Everyone starts over, since indices of one window mean nothing in another. Work: validators ever bonded, and their chunks. */
export function restartAll(ctx: Context): void {
  const { infos } = slashingState.open(ctx.store(SLASHING_STORE));
  for (const [validator, info] of infos.entries()) {
    clearMissed(ctx, validator);
    infos.set(validator, { ...info, startHeight: ctx.block.height, indexOffset: 0n, missedBlocksCounter: 0n });
  }
}
