import { parseAddress } from "../../chain/codec/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { SdkError } from "../../chain/kernel/errors.js";
import type { MsgClaimRewards, MsgDisputeAttribution } from "../../proto/gen/openledger/attribution/v1.js";

/** Pays out everything the account has earned. */
export interface ClaimRewards {
  readonly account: Address;
}

/** @throws Reject sdk/7. */
export function parseClaimRewards(wire: MsgClaimRewards): ClaimRewards {
  return { account: parseAddress(wire.account) };
}

/** Has a fresh committee redo a record. */
export interface DisputeAttribution {
  readonly challenger: Address;
  readonly inferenceId: bigint;
}

/** @throws Reject sdk/7; sdk/18 without an inference. */
export function parseDisputeAttribution(wire: MsgDisputeAttribution): DisputeAttribution {
  if (wire.inferenceId === 0n) throw SdkError.InvalidRequest("inference_id must be positive");
  return { challenger: parseAddress(wire.challenger), inferenceId: wire.inferenceId };
}
