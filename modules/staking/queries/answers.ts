import { parseAddress, parseOperatorAddress } from "../../../chain/codec/index.js";
import { SdkError } from "../../../chain/kernel/index.js";
import { UOPEN, parseScaledDec, truncateInt } from "../../../chain/primitives/index.js";
import type { Address } from "../../../chain/primitives/index.js";
import type { ReadStores } from "../../../chain/store/index.js";
import type {
  Delegation,
  DelegationResponse,
  Redelegation,
  RedelegationResponse,
  Validator,
} from "../../../proto/gen/cosmos/staking/v1beta1.js";
import { tokensOfShares } from "../rules/shares.js";
import { getValidator, reading, stakeOf } from "../validators.js";

/** What the queries share: their addresses, and records with what they are worth now. */

export function validatorAddress(text: string): Address {
  if (text === "") throw SdkError.InvalidRequest("validator address cannot be empty");
  return parseOperatorAddress(text);
}

export function delegatorAddress(text: string): Address {
  if (text === "") throw SdkError.InvalidRequest("delegator address cannot be empty");
  return parseAddress(text);
}

function worth(validator: Validator | undefined, shares: string): string {
  const stake = validator && stakeOf(validator);
  if (stake === undefined || stake.shares === 0n) return "0";
  return truncateInt(tokensOfShares(stake, parseScaledDec(shares))).toString();
}

export function withBalance(stores: ReadStores, delegation: Delegation): DelegationResponse {
  const validator = getValidator(stores, parseOperatorAddress(delegation.validatorAddress));
  return { delegation, balance: { denom: UOPEN, amount: worth(validator, delegation.shares) } };
}

/** The entries stand beside the record, not in it, each with what its shares are worth now. */
export function withBalances(stores: ReadStores, redelegation: Redelegation): RedelegationResponse {
  const destination = reading(stores).validators.get(parseOperatorAddress(redelegation.validatorDstAddress));
  return {
    redelegation: { ...redelegation, entries: [] },
    entries: redelegation.entries.map((entry) => {
      return { redelegationEntry: entry, balance: worth(destination, entry.sharesDst) };
    }),
  };
}
