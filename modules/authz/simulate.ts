import { GenericAuthorization, MsgExec, MsgGrant, MsgRevoke } from "../../proto/gen/cosmos/authz/v1beta1.js";
import { MsgSend, SendAuthorization } from "../../proto/gen/cosmos/bank/v1beta1.js";
import { StakeAuthorization } from "../../proto/gen/cosmos/staking/v1beta1.js";
import type { Any } from "../../proto/gen/google/protobuf.js";
import { formatOperatorAddress, parseAddress } from "../../chain/codec/index.js";
import { SEND_URL } from "./rules/authorization.js";
import type { Draw, Factory } from "../../chain/testkit/draw.js";

const oneOf = (draw: Draw, accounts: readonly string[]): string => accounts[draw(accounts.length)] ?? "";
const coins = (amount: number) => [{ denom: "uopen", amount: amount.toString() }];
/** 2026-01-01, where simulations begin; they last for minutes. */
const BEGIN = 1_767_225_600n;

function authorization(draw: Draw, accounts: readonly string[]): Any {
  switch (draw(3)) {
    case 0: {
      const allowList = draw(2) === 0 ? [] : [oneOf(draw, accounts)];
      const value = SendAuthorization.encode({ spendLimit: coins(1 + draw(10_000)), allowList });
      return { typeUrl: `/${SendAuthorization.typeName}`, value };
    }
    case 1: {
      const list = { address: [formatOperatorAddress(parseAddress(oneOf(draw, accounts)))] };
      const value = StakeAuthorization.encode({
        maxTokens: draw(2) === 0 ? undefined : coins(draw(5_000_000))[0],
        allowList: draw(2) === 0 ? list : undefined,
        denyList: undefined,
        authorizationType: draw(5),
      });
      return { typeUrl: `/${StakeAuthorization.typeName}`, value };
    }
    default: {
      const value = GenericAuthorization.encode({ msg: draw(4) === 0 ? `/${MsgExec.typeName}` : SEND_URL });
      return { typeUrl: `/${GenericAuthorization.typeName}`, value };
    }
  }
}

const grant: Factory = (draw, accounts) => ({
  typeUrl: `/${MsgGrant.typeName}`,
  value: MsgGrant.encode({
    granter: oneOf(draw, accounts),
    grantee: oneOf(draw, accounts),
    grant: {
      authorization: authorization(draw, accounts),
      expiration: draw(3) === 0 ? undefined : { seconds: BEGIN + BigInt(draw(600)), nanos: 0 },
    },
  }),
});

const revoke: Factory = (draw, accounts) => ({
  typeUrl: `/${MsgRevoke.typeName}`,
  value: MsgRevoke.encode({ granter: oneOf(draw, accounts), grantee: oneOf(draw, accounts), msgTypeUrl: SEND_URL }),
});

function inner(draw: Draw, accounts: readonly string[], depth: number): Any {
  if (depth < 8 && draw(3) === 0) return execOf(draw, accounts, depth + 1);
  const value = MsgSend.encode({ fromAddress: oneOf(draw, accounts), toAddress: oneOf(draw, accounts), amount: coins(draw(2_000)) });
  return { typeUrl: SEND_URL, value };
}

function execOf(draw: Draw, accounts: readonly string[], depth: number): Any {
  const msgs = Array.from({ length: 1 + draw(2) }, () => inner(draw, accounts, depth));
  return { typeUrl: `/${MsgExec.typeName}`, value: MsgExec.encode({ grantee: oneOf(draw, accounts), msgs }) };
}

const exec: Factory = (draw, accounts) => execOf(draw, accounts, 1);

/** One factory per message. */
export const factories: readonly Factory[] = [grant, revoke, exec];
