import { MsgRequestInference } from "../../proto/gen/openledger/openlora/v1.js";
import type { Factory } from "../../chain/testkit/draw.js";

const request: Factory = (draw, accounts) => ({
  typeUrl: `/${MsgRequestInference.typeName}`,
  value: MsgRequestInference.encode({
    user: accounts[draw(accounts.length)] ?? "",
    adapterId: BigInt(1 + draw(2)),
    prompt: "why ".repeat(1 + draw(5)),
    maxTokens: 5 + draw(10),
    sampling: { temperatureMilli: draw(2) * 700, topK: draw(5), seed: BigInt(draw(100)) },
    maxFee: (20_000 + draw(120_000)).toString(),
    clientNonce: `n${draw(40)}`,
  }),
});

/** One factory per message. */
export const factories: readonly Factory[] = [request];
