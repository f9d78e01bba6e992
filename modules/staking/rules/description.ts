import { SdkError } from "../../../chain/kernel/index.js";
import { utf8 } from "../../../chain/primitives/index.js";
import type { Description } from "../../../proto/gen/cosmos/staking/v1beta1.js";

/** What an edit leaves as it is. */
const DO_NOT_MODIFY = "[do-not-modify]";

/** Most bytes of each field, with the name that the error gives it. */
const LIMITS = [
  ["moniker", "moniker", 70],
  ["identity", "identity", 3000],
  ["website", "website", 140],
  ["securityContact", "security contact", 140],
  ["details", "details", 280],
] as const;

export function isEmpty(description: Description): boolean {
  return LIMITS.every(([field]) => description[field] === "");
}

/** @throws Reject sdk/18 on a field that is too long. */
export function checkLengths(description: Description): void {
  for (const [field, name, max] of LIMITS) {
    const { length } = utf8(description[field]);
    if (length > max) throw SdkError.InvalidRequest(`invalid ${name} length; got: ${length}, max: ${max}`);
  }
}

/** The fields of `edit`, and where it says "[do-not-modify]" those that were. @throws Reject sdk/18. */
export function editDescription(before: Description, edit: Description): Description {
  const pick = (field: (typeof LIMITS)[number][0]): string =>
    edit[field] === DO_NOT_MODIFY ? before[field] : edit[field];
  const after = {
    moniker: pick("moniker"),
    identity: pick("identity"),
    website: pick("website"),
    securityContact: pick("securityContact"),
    details: pick("details"),
  };
  checkLengths(after);
  return after;
}
