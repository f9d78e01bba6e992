import { SdkError, checkAuthority } from "../../../chain/kernel/index.js";
import type { TxContext } from "../../../chain/kernel/index.js";
import type { MsgCommunityPoolSpendResponse } from "../../../proto/gen/cosmos/distribution/v1beta1.js";
import type { CommunityPoolSpend } from "../messages.js";
import type { CommunityPool } from "../pool.js";
import type { DistributionPorts } from "../ports.js";

/** @throws Reject gov/13 for anybody but governance, sdk/4 for an account of a module, distribution/9 when the pool has less. */
export function communityPoolSpend(
  ctx: TxContext,
  { ports, pool }: { readonly ports: DistributionPorts; readonly pool: CommunityPool },
  msg: CommunityPoolSpend,
): MsgCommunityPoolSpendResponse {
  checkAuthority(msg.authorityText);
  const { address, text } = msg.recipient;
  if (ports.isModuleAccount(address)) throw SdkError.Unauthorized(`${text} is not allowed to receive external funds`);
  pool.spend(ctx, address, msg.amount);
  return {};
}
