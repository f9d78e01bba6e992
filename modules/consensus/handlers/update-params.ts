import { SdkError, changeParams, checkAuthority, currentParams, event } from "../../../chain/kernel/index.js";
import type { TxContext } from "../../../chain/kernel/index.js";
import type { MsgUpdateParamsResponse } from "../../../proto/gen/cosmos/consensus/v1.js";
import type { ConsensusParams } from "../../../chain/block/index.js";
import type { UpdateParams } from "../messages.js";

/** As long as the longest transaction: header, commit and transaction 0 fit besides, so that the next block can be proposed. */
const MIN_BLOCK_BYTES = 1_048_576n;
/** Enough for the proposal and the votes that would raise it again. */
const MIN_BLOCK_GAS = 10_000_000n;

/** CometBFT takes limits that no block fits into, or no vote; nobody could take them back. @throws Reject sdk/18. */
function checkRoom({ block: { maxBytes, maxGas } }: ConsensusParams): void {
  if (maxBytes >= 0n && maxBytes < MIN_BLOCK_BYTES)
    throw SdkError.InvalidRequest(`block.max_bytes must be at least ${MIN_BLOCK_BYTES}, got ${maxBytes}`);
  if (maxGas >= 0n && maxGas < MIN_BLOCK_GAS)
    throw SdkError.InvalidRequest(`block.max_gas must be -1 or at least ${MIN_BLOCK_GAS}, got ${maxGas}`);
}

/** Governance changes the engine's limits, from the next block on. @throws Reject gov/13, comet/4, comet/14, sdk/18. */
export function updateParams(
  ctx: TxContext,
  { authority, text, apply }: UpdateParams,
): MsgUpdateParamsResponse {
  checkAuthority(authority);
  const next = apply(currentParams(ctx));
  changeParams(ctx, next);
  checkRoom(next);
  ctx.emit(event("update_consensus_params", { authority, parameters: text }));
  return {};
}
