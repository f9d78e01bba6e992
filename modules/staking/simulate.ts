import {
  MsgBeginRedelegate,
  MsgCancelUnbondingDelegation,
  MsgCreateValidator,
  MsgDelegate,
  MsgEditValidator,
  MsgUndelegate,
} from "../../proto/gen/cosmos/staking/v1beta1.js";
import { PubKey } from "../../proto/gen/cosmos/crypto/ed25519.js";
import { formatOperatorAddress, parseAddress } from "../../chain/codec/index.js";
import { ED25519_URL } from "../../chain/kernel/index.js";
import { UOPEN } from "../../chain/primitives/index.js";
import type { Draw, Factory } from "../../chain/testkit/draw.js";

const OPEN = 1_000_000;
const oneOf = (draw: Draw, accounts: readonly string[]): string => accounts[draw(accounts.length)] ?? "";
const operatorOf = (draw: Draw, accounts: readonly string[]): string =>
  formatOperatorAddress(parseAddress(oneOf(draw, accounts)));
const coin = (amount: number) => ({ denom: UOPEN, amount: amount.toString() });
/** Whole coins, crumbs, and now and then far too much. */
const someCoins = (draw: Draw) => {
  const kind = draw(10);
  if (kind === 0) return coin(1 + draw(1_000));
  return coin(kind === 1 ? 1_000_000 * OPEN : (1 + draw(30)) * OPEN + draw(OPEN));
};
const scaled = (percent: number): string => (BigInt(percent) * 10n ** 16n).toString();
const NAMES = { moniker: "simulated", identity: "", website: "", securityContact: "", details: "" };

const delegate: Factory = (draw, accounts) => ({
  typeUrl: `/${MsgDelegate.typeName}`,
  value: MsgDelegate.encode({
    delegatorAddress: oneOf(draw, accounts),
    validatorAddress: operatorOf(draw, accounts),
    amount: someCoins(draw),
  }),
});

const undelegate: Factory = (draw, accounts) => ({
  typeUrl: `/${MsgUndelegate.typeName}`,
  value: MsgUndelegate.encode({
    delegatorAddress: oneOf(draw, accounts),
    validatorAddress: operatorOf(draw, accounts),
    amount: someCoins(draw),
  }),
});

const redelegate: Factory = (draw, accounts) => ({
  typeUrl: `/${MsgBeginRedelegate.typeName}`,
  value: MsgBeginRedelegate.encode({
    delegatorAddress: oneOf(draw, accounts),
    validatorSrcAddress: operatorOf(draw, accounts),
    validatorDstAddress: operatorOf(draw, accounts),
    amount: someCoins(draw),
  }),
});

const cancel: Factory = (draw, accounts) => ({
  typeUrl: `/${MsgCancelUnbondingDelegation.typeName}`,
  value: MsgCancelUnbondingDelegation.encode({
    delegatorAddress: oneOf(draw, accounts),
    validatorAddress: operatorOf(draw, accounts),
    amount: coin(1 + draw(2 * OPEN)),
    creationHeight: BigInt(draw(60)),
  }),
});

const create =
  (keys: readonly Uint8Array[]): Factory =>
  (draw, accounts) => {
    const account = oneOf(draw, accounts);
    const key = keys[draw(keys.length)] ?? new Uint8Array(32);
    return {
      typeUrl: `/${MsgCreateValidator.typeName}`,
      value: MsgCreateValidator.encode({
        description: NAMES,
        commission: {
          rate: scaled(draw(12)),
          maxRate: scaled(10 + draw(20)),
          maxChangeRate: scaled(draw(5)),
        },
        minSelfDelegation: (1 + draw(2 * OPEN)).toString(),
        delegatorAddress: "",
        validatorAddress: formatOperatorAddress(parseAddress(account)),
        pubkey: { typeUrl: ED25519_URL, value: PubKey.encode({ key }) },
        value: coin(1 + draw(60 * OPEN)),
      }),
    };
  };

const edit: Factory = (draw, accounts) => ({
  typeUrl: `/${MsgEditValidator.typeName}`,
  value: MsgEditValidator.encode({
    description: { ...NAMES, moniker: draw(3) === 0 ? "[do-not-modify]" : `edited ${draw(100)}` },
    validatorAddress: operatorOf(draw, accounts),
    commissionRate: draw(2) === 0 ? "" : scaled(draw(25)),
    minSelfDelegation: draw(3) > 0 ? "" : (1 + draw(80 * OPEN)).toString(),
  }),
});

/** One factory per message. `keys`: ed25519 keys that new validators may have. */
export function stakingFactories(keys: readonly Uint8Array[]): readonly Factory[] {
  return [delegate, undelegate, redelegate, cancel, create(keys), edit];
}
