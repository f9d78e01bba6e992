import { MsgSend } from "../../proto/gen/cosmos/bank/v1beta1.js";
import {
  MsgBeginRedelegate,
  MsgCancelUnbondingDelegation,
  MsgDelegate,
  MsgUndelegate,
} from "../../proto/gen/cosmos/staking/v1beta1.js";
import type { Any } from "../../proto/gen/google/protobuf.js";
import { parseAddress, parseOperatorAddress } from "../../chain/codec/index.js";
import { parseCoins } from "../../chain/kernel/index.js";
import type { Use } from "./rules/accept.js";
import { SEND_URL, STAKE_URLS } from "./rules/authorization.js";

function staking(wire: { readonly validatorAddress: string; readonly amount: MsgDelegate["amount"] }): Use {
  return { target: parseOperatorAddress(wire.validatorAddress), amount: parseCoins([wire.amount]) };
}

/** Target and amount of the messages that limits can be set for; undefined for every other. */
export function useOfMessage({ typeUrl, value }: Any): Use | undefined {
  switch (typeUrl) {
    case SEND_URL: {
      const { toAddress, amount } = MsgSend.decode(value);
      return { target: parseAddress(toAddress), amount: parseCoins(amount) };
    }
    case STAKE_URLS.delegate:
      return staking(MsgDelegate.decode(value));
    case STAKE_URLS.undelegate:
      return staking(MsgUndelegate.decode(value));
    case STAKE_URLS["cancel-unbonding"]:
      return staking(MsgCancelUnbondingDelegation.decode(value));
    case STAKE_URLS.redelegate: {
      const { validatorDstAddress, amount } = MsgBeginRedelegate.decode(value);
      return { target: parseOperatorAddress(validatorDstAddress), amount: parseCoins([amount]) };
    }
    default:
      return undefined;
  }
}
