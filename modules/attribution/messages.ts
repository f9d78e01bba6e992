import { parseAddress } from "../../chain/codec/index.js";
import type { Address } from "../../chain/primitives/index.js";
import type { MsgClaimRewards } from "../../proto/gen/openledger/attribution/v1.js";

/** Pays out everything the account has earned. */
export interface ClaimRewards {
  readonly account: Address;
}

/** @throws Reject sdk/7. */
export function parseClaimRewards(wire: MsgClaimRewards): ClaimRewards {
  return { account: parseAddress(wire.account) };
}
