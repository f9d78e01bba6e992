import type {
  MsgCommunityPoolSpend,
  MsgDepositValidatorRewardsPool,
  MsgFundCommunityPool,
  MsgSetWithdrawAddress,
  MsgWithdrawDelegatorReward,
  MsgWithdrawValidatorCommission,
} from "../../proto/gen/cosmos/distribution/v1beta1.js";
import { parseAddress, parseOperatorAddress } from "../../chain/codec/index.js";
import { parseCoins } from "../../chain/kernel/index.js";
import { Reject } from "../../chain/primitives/index.js";
import type { Address, Uopen } from "../../chain/primitives/index.js";

/** Rewards of `delegator` go to another account from now on. */
export interface SetWithdrawAddress {
  readonly delegator: Address;
  readonly withdraw: { readonly address: Address; readonly text: string };
}

/** Pays what one delegation has earned. */
export interface WithdrawDelegatorReward {
  readonly delegator: Address;
  readonly operator: Address;
}

/** Pays what a validator has earned for its service; the operator's account signs. */
export interface WithdrawValidatorCommission {
  readonly operator: Address;
}

/** A gift to the community. */
export interface FundCommunityPool {
  readonly depositor: Address;
  readonly amount: Uopen;
}

/** Governance spends what the community owns. */
export interface CommunityPoolSpend {
  readonly authority: Address;
  readonly authorityText: string;
  readonly recipient: { readonly address: Address; readonly text: string };
  readonly amount: Uopen;
}

/** A gift to a validator and its delegators. */
export interface DepositValidatorRewardsPool {
  readonly depositor: Address;
  readonly operator: Address;
  readonly amount: Uopen;
}

/** Says whose address it was, as the SDK does. @throws Reject sdk/7. */
function named(whose: string, parse: () => Address): Address {
  try {
    return parse();
  } catch (error) {
    if (error instanceof Reject) throw new Reject(error.codespace, error.code, `invalid ${whose} address: ${error.message}`);
    throw error;
  }
}

const account = (whose: string, text: string): Address => named(whose, () => parseAddress(text));
const validator = (text: string): Address => named("validator", () => parseOperatorAddress(text));

/** @throws Reject sdk/7. */
export function parseSetWithdrawAddress(wire: MsgSetWithdrawAddress): SetWithdrawAddress {
  const { delegatorAddress, withdrawAddress: text } = wire;
  const delegator = account("delegator", delegatorAddress);
  return { delegator, withdraw: { address: account("withdraw", text), text } };
}

/** @throws Reject sdk/7. */
export function parseWithdrawDelegatorReward(wire: MsgWithdrawDelegatorReward): WithdrawDelegatorReward {
  return { operator: validator(wire.validatorAddress), delegator: account("delegator", wire.delegatorAddress) };
}

/** @throws Reject sdk/7. */
export function parseWithdrawValidatorCommission(wire: MsgWithdrawValidatorCommission): WithdrawValidatorCommission {
  return { operator: validator(wire.validatorAddress) };
}

/** @throws Reject sdk/7 on the address, sdk/10 or sdk/5 on the coins. */
export function parseFundCommunityPool(wire: MsgFundCommunityPool): FundCommunityPool {
  return { depositor: account("depositor", wire.depositor), amount: parseCoins(wire.amount) };
}

/** @throws Reject sdk/7 on an address, sdk/10 or sdk/5 on the coins. */
export function parseCommunityPoolSpend(wire: MsgCommunityPoolSpend): CommunityPoolSpend {
  return {
    authority: account("authority", wire.authority),
    authorityText: wire.authority,
    recipient: { address: parseAddress(wire.recipient), text: wire.recipient },
    amount: parseCoins(wire.amount),
  };
}

/** @throws Reject sdk/7 on an address, sdk/10 or sdk/5 on the coins. */
export function parseDepositValidatorRewardsPool(wire: MsgDepositValidatorRewardsPool): DepositValidatorRewardsPool {
  return {
    depositor: parseAddress(wire.depositor),
    operator: parseOperatorAddress(wire.validatorAddress),
    amount: parseCoins(wire.amount),
  };
}
