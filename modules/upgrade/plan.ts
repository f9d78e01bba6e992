import { SdkError } from "../../chain/kernel/index.js";
import type { Plan } from "../../proto/gen/cosmos/upgrade/v1beta1.js";

/** Go's zero time, as which a plan without a time is shown. */
const NO_TIME = { seconds: -62_135_596_800n, nanos: 0 } as const;
/** Bytes of a name; it becomes a folder's where cosmovisor runs the node. */
const MAX_NAME = 140;

/**
 * The SDK's ValidateBasic with its texts, and a bound on the name. A time that is absent, or zero by either account, is none.
 * @throws Reject sdk/18.
 */
export function parsePlan({ name, time, height, info, upgradedClientState }: Plan): Plan {
  const isTimed = time.nanos !== 0 || (time.seconds !== 0n && time.seconds !== NO_TIME.seconds);
  if (isTimed) throw SdkError.InvalidRequest("time-based upgrades have been deprecated in the SDK");
  if (upgradedClientState !== undefined) throw SdkError.InvalidRequest("upgrade logic for IBC has been moved to the IBC module");
  if (name.length === 0) throw SdkError.InvalidRequest("name cannot be empty");
  if (name.length > MAX_NAME || !/^[\x20-\x7e]*$/.test(name)) throw SdkError.InvalidRequest("name must be at most 140 printable characters");
  if (height <= 0n) throw SdkError.InvalidRequest("height must be greater than 0");
  return { name, time: NO_TIME, height, info, upgradedClientState };
}
