import { defineErrors } from "../../chain/primitives/index.js";

/** Codespace `distribution`: numbers and texts are the SDK's. Append-only. */
export const DistributionError = defineErrors("distribution", {
  EmptyDelegationDistInfo: { code: 5, text: "no delegation distribution info" },
  NoValidatorDistInfo: { code: 6, text: "no validator distribution info" },
  NoValidatorCommission: { code: 7, text: "no validator commission to withdraw" },
  SetWithdrawAddrDisabled: { code: 8, text: "set withdraw address disabled" },
  BadDistribution: { code: 9, text: "community pool does not have sufficient coins to distribute" },
  NoValidatorExists: { code: 12, text: "validator does not exist" },
  NoDelegationExists: { code: 13, text: "delegation does not exist" },
  /** Ours: records that contradict each other, or coins that are not there. */
  InvalidGenesis: { code: 100, text: "invalid distribution genesis" },
});

/** What the SDK's staking says when it is asked for what is not there; these reach clients of distribution as they are. */
export const AbsentStake = defineErrors("staking", {
  NoValidatorFound: { code: 3, text: "validator does not exist" },
  NoDelegation: { code: 19, text: "no delegation for (address, validator) tuple" },
});
