import { parseUopen } from "../../../chain/codec/index.js";
import { checkAuthority } from "../../../chain/kernel/authority.js";
import type { TxContext } from "../../../chain/kernel/context.js";
import { sumUopen } from "../../../chain/primitives/index.js";
import type { MsgVoidAllocationsResponse } from "../../../proto/gen/openledger/emission/v1.js";
import { EmissionError } from "../errors.js";
import { allocationVoided } from "../events.js";
import type { VoidAllocations } from "../messages.js";
import type { EmissionPorts } from "../ports.js";
import { EMISSION_STORE, emissionState } from "../state.js";

/** Allocations that one message looks at; another message goes on. */
export const MAX_ALLOCATIONS_PER_VOID = 100;

/**
 * What was allocated goes back to the community, and the shares in it are worth nothing. Mature allocations stand: pay that
 * could be claimed is nobody's to take.
 *
 * @throws Reject gov/13 for anybody but governance, emission/4 when there is nothing to take back.
 */
export function voidAllocations(ctx: TxContext, ports: EmissionPorts, msg: VoidAllocations): MsgVoidAllocationsResponse {
  checkAuthority(msg.authorityText);
  const { datanetId, fromEpoch } = msg;
  const { allocations } = emissionState.open(ctx.store(EMISSION_STORE));
  const found = allocations.entries({ prefix: [datanetId], start: [datanetId, fromEpoch], limit: MAX_ALLOCATIONS_PER_VOID });
  const held = [...found].filter(([, a]) => a.matureHeight > ctx.block.height && parseUopen(a.amount) > 0n);
  if (held.length === 0) throw EmissionError.NothingToVoid(`datanet ${datanetId} from epoch ${fromEpoch}`);
  const amount = sumUopen(held.map(([, allocation]) => parseUopen(allocation.amount)));
  for (const [key, allocation] of held) {
    allocations.set(key, { ...allocation, amount: "0" });
    ctx.emit(allocationVoided(allocation));
  }
  ports.communityPool.fund(ctx, EMISSION_STORE, amount);
  return { amount: amount.toString() };
}
