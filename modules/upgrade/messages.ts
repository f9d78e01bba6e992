import { formatAddress, parseAddress } from "../../chain/codec/index.js";
import { GOV_AUTHORITY } from "../../chain/kernel/index.js";
import type { Address } from "../../chain/primitives/index.js";
import type { MsgCancelUpgrade, MsgSoftwareUpgrade, Plan } from "../../proto/gen/cosmos/upgrade/v1beta1.js";
import { UpgradeError } from "./errors.js";
import { parsePlan } from "./plan.js";

/** Another program from a height on. */
export interface SoftwareUpgrade {
  readonly authority: string;
  readonly signer: Address;
  readonly plan: Plan;
}

/** No other program after all. */
export interface CancelUpgrade {
  readonly authority: string;
  readonly signer: Address;
}

/** @throws Reject sdk/7, sdk/18. */
export function parseSoftwareUpgrade({ authority, plan }: MsgSoftwareUpgrade): SoftwareUpgrade {
  return { authority, signer: parseAddress(authority), plan: parsePlan(plan) };
}

/** @throws Reject sdk/7. */
export function parseCancelUpgrade({ authority }: MsgCancelUpgrade): CancelUpgrade {
  return { authority, signer: parseAddress(authority) };
}

/** x/upgrade has a refusal of its own for what others refuse with gov/13. @throws Reject upgrade/6. */
export function checkUpgradeAuthority(authority: string): void {
  const expected = formatAddress(GOV_AUTHORITY);
  if (authority !== expected) throw UpgradeError.InvalidSigner(`expected ${expected} got ${authority}`);
}
