import { MsgMultiSend, MsgSend } from "../../proto/gen/cosmos/bank/v1beta1.js";
import type { Draw, Factory } from "../../chain/testkit/draw.js";

const oneOf = (draw: Draw, accounts: readonly string[]): string => accounts[draw(accounts.length)] ?? "";
const coins = (amount: number) => [{ denom: "uopen", amount: amount.toString() }];

const send: Factory = (draw, accounts) => ({
  typeUrl: `/${MsgSend.typeName}`,
  value: MsgSend.encode({ fromAddress: oneOf(draw, accounts), toAddress: oneOf(draw, accounts), amount: coins(draw(5_000_000)) }),
});

const multiSend: Factory = (draw, accounts) => {
  const [one, other] = [1 + draw(1_000), 1 + draw(1_000)];
  const spoiled = draw(10) === 0 ? 1 : 0;
  return {
    typeUrl: `/${MsgMultiSend.typeName}`,
    value: MsgMultiSend.encode({
      inputs: [{ address: oneOf(draw, accounts), coins: coins(one + other) }],
      outputs: [
        { address: oneOf(draw, accounts), coins: coins(one) },
        { address: oneOf(draw, accounts), coins: coins(other + spoiled) },
      ],
    }),
  };
};

/** One factory per message. */
export const factories: readonly Factory[] = [send, multiSend];
