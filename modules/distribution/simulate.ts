import {
  MsgCommunityPoolSpend,
  MsgDepositValidatorRewardsPool,
  MsgFundCommunityPool,
  MsgSetWithdrawAddress,
  MsgUpdateParams,
  MsgWithdrawDelegatorReward,
  MsgWithdrawValidatorCommission,
} from "../../proto/gen/cosmos/distribution/v1beta1.js";
import { formatAddress, formatOperatorAddress, parseAddress } from "../../chain/codec/index.js";
import { GOV_AUTHORITY } from "../../chain/kernel/index.js";
import { DEFAULT_PARAMS } from "./params.js";
import type { Draw, Factory } from "../../chain/testkit/draw.js";

const oneOf = (draw: Draw, accounts: readonly string[]): string => accounts[draw(accounts.length)] ?? "";
const coins = (amount: number) => [{ denom: "uopen", amount: amount.toString() }];
const message = <M>(codec: { readonly typeName: string; encode(m: M): Uint8Array }, value: M) => ({
  typeUrl: `/${codec.typeName}`,
  value: codec.encode(value),
});

/** The operator whose account this is; every account has one, whether or not it validates. */
const operatorOf = (account: string): string => formatOperatorAddress(parseAddress(account));

const withdraw: Factory = (draw, accounts) =>
  message(MsgWithdrawDelegatorReward, {
    delegatorAddress: oneOf(draw, accounts),
    validatorAddress: operatorOf(oneOf(draw, accounts)),
  });

/** What a validator itself has earned. */
const withdrawOwn: Factory = (draw, accounts) => {
  const account = oneOf(draw, accounts);
  return message(MsgWithdrawDelegatorReward, { delegatorAddress: account, validatorAddress: operatorOf(account) });
};

const commission: Factory = (draw, accounts) =>
  message(MsgWithdrawValidatorCommission, { validatorAddress: operatorOf(oneOf(draw, accounts)) });

const redirect: Factory = (draw, accounts) =>
  message(MsgSetWithdrawAddress, { delegatorAddress: oneOf(draw, accounts), withdrawAddress: oneOf(draw, accounts) });

const fund: Factory = (draw, accounts) =>
  message(MsgFundCommunityPool, { depositor: oneOf(draw, accounts), amount: coins(draw(1_000_000)) });

const gift: Factory = (draw, accounts) =>
  message(MsgDepositValidatorRewardsPool, {
    depositor: oneOf(draw, accounts),
    validatorAddress: operatorOf(oneOf(draw, accounts)),
    amount: coins(1 + draw(1_000_000)),
  });

/** Signed by nobody who may: refused, or run by a proposal. */
const spend: Factory = (draw, accounts) =>
  message(MsgCommunityPoolSpend, {
    authority: draw(4) === 0 ? oneOf(draw, accounts) : formatAddress(GOV_AUTHORITY),
    recipient: oneOf(draw, accounts),
    amount: coins(1 + draw(1_000_000)),
  });

const update: Factory = (draw) =>
  message(MsgUpdateParams, {
    authority: formatAddress(GOV_AUTHORITY),
    params: { ...DEFAULT_PARAMS, communityTax: (BigInt(draw(110)) * 10n ** 16n).toString(), withdrawAddrEnabled: draw(5) > 0 },
  });

/** One factory per message; withdrawals stand more than once. */
export const factories: readonly Factory[] = [
  withdraw,
  withdrawOwn,
  withdrawOwn,
  commission,
  redirect,
  fund,
  gift,
  spend,
  update,
];
