import {
  MsgCreatePeriodicVestingAccount,
  MsgCreatePermanentLockedAccount,
  MsgCreateVestingAccount,
} from "../../proto/gen/cosmos/vesting/v1beta1.js";
import { formatAddress } from "../../chain/codec/index.js";
import { toAddress, u64be } from "../../chain/primitives/index.js";
import type { Draw, Factory } from "../../chain/testkit/draw.js";

const oneOf = (draw: Draw, accounts: readonly string[]): string => accounts[draw(accounts.length)] ?? "";
const coins = (amount: number) => [{ denom: "uopen", amount: amount.toString() }];
/** 2026-01-01, where simulations begin; they last for minutes. */
const BEGIN = 1_767_225_600n;

/** Mostly somebody new: an account that exists gets no schedule. */
function recipient(draw: Draw, accounts: readonly string[]): string {
  const bytes = new Uint8Array(20);
  bytes.set(u64be(BigInt(1 + draw(1_000_000))));
  return draw(5) === 0 ? oneOf(draw, accounts) : formatAddress(toAddress(bytes));
}

const vesting: Factory = (draw, accounts) => ({
  typeUrl: `/${MsgCreateVestingAccount.typeName}`,
  value: MsgCreateVestingAccount.encode({
    fromAddress: oneOf(draw, accounts),
    toAddress: recipient(draw, accounts),
    amount: coins(draw(10_000)),
    endTime: BEGIN + BigInt(draw(600)),
    delayed: draw(2) === 0,
  }),
});

const permanent: Factory = (draw, accounts) => ({
  typeUrl: `/${MsgCreatePermanentLockedAccount.typeName}`,
  value: MsgCreatePermanentLockedAccount.encode({
    fromAddress: oneOf(draw, accounts),
    toAddress: recipient(draw, accounts),
    amount: coins(draw(10_000)),
  }),
});

const periodic: Factory = (draw, accounts) => ({
  typeUrl: `/${MsgCreatePeriodicVestingAccount.typeName}`,
  value: MsgCreatePeriodicVestingAccount.encode({
    fromAddress: oneOf(draw, accounts),
    toAddress: recipient(draw, accounts),
    startTime: BEGIN + BigInt(draw(100)),
    vestingPeriods: Array.from({ length: draw(4) }, () => ({ length: BigInt(draw(60)), amount: coins(1 + draw(1_000)) })),
  }),
});

/** One factory per message. */
export const factories: readonly Factory[] = [vesting, permanent, periodic];
