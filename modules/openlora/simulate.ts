import { MsgRequestInference } from "../../proto/gen/openledger/openlora/v1.js";

/** A number from 0 to below - 1, from a seeded source. */
export type Draw = (below: number) => number;

/** Makes a message that is often valid; `accounts` are bech32 texts. */
export type Factory = (
  draw: Draw,
  accounts: readonly string[],
) => { readonly typeUrl: string; readonly value: Uint8Array };

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
