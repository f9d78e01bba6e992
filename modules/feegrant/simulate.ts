import {
  AllowedMsgAllowance,
  BasicAllowance,
  MsgGrantAllowance,
  MsgPruneAllowances,
  MsgRevokeAllowance,
  PeriodicAllowance,
} from "../../proto/gen/cosmos/feegrant/v1beta1.js";
import type { Any } from "../../proto/gen/google/protobuf.js";
import type { Draw, Factory } from "../../chain/testkit/draw.js";

const oneOf = (draw: Draw, accounts: readonly string[]): string => accounts[draw(accounts.length)] ?? "";
const coins = (amount: number) => [{ denom: "uopen", amount: amount.toString() }];
/** 2026-01-01, where simulations begin; they last for minutes. */
const BEGIN = 1_767_225_600n;

function basic(draw: Draw): BasicAllowance {
  return {
    spendLimit: draw(3) === 0 ? [] : coins(1 + draw(100_000)),
    expiration: draw(3) === 0 ? undefined : { seconds: BEGIN + BigInt(draw(600)), nanos: 0 },
  };
}

function allowance(draw: Draw): Any {
  switch (draw(3)) {
    case 0: {
      const value = AllowedMsgAllowance.encode({ allowance: allowance(draw), allowedMessages: ["/cosmos.bank.v1beta1.MsgSend"] });
      return { typeUrl: `/${AllowedMsgAllowance.typeName}`, value };
    }
    case 1: {
      const value = PeriodicAllowance.encode({
        basic: basic(draw),
        period: { seconds: BigInt(1 + draw(60)), nanos: 0 },
        periodSpendLimit: coins(draw(10_000)),
        periodCanSpend: coins(1 + draw(10_000)),
        periodReset: { seconds: BEGIN + BigInt(draw(60)), nanos: 0 },
      });
      return { typeUrl: `/${PeriodicAllowance.typeName}`, value };
    }
    default:
      return { typeUrl: `/${BasicAllowance.typeName}`, value: BasicAllowance.encode(basic(draw)) };
  }
}

const grant: Factory = (draw, accounts) => ({
  typeUrl: `/${MsgGrantAllowance.typeName}`,
  value: MsgGrantAllowance.encode({ granter: oneOf(draw, accounts), grantee: oneOf(draw, accounts), allowance: allowance(draw) }),
});

const revoke: Factory = (draw, accounts) => ({
  typeUrl: `/${MsgRevokeAllowance.typeName}`,
  value: MsgRevokeAllowance.encode({ granter: oneOf(draw, accounts), grantee: oneOf(draw, accounts) }),
});

const prune: Factory = (draw, accounts) => ({
  typeUrl: `/${MsgPruneAllowances.typeName}`,
  value: MsgPruneAllowances.encode({ pruner: oneOf(draw, accounts) }),
});

/** One factory per message. */
export const factories: readonly Factory[] = [grant, revoke, prune];
