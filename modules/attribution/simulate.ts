import { MsgClaimRewards } from "../../proto/gen/openledger/attribution/v1.js";

/** A number from 0 to below - 1, from a seeded source. */
export type Draw = (below: number) => number;

/** Makes a message that is often valid; `accounts` are bech32 texts. */
export type Factory = (
  draw: Draw,
  accounts: readonly string[],
) => { readonly typeUrl: string; readonly value: Uint8Array };

const claim: Factory = (draw, accounts) => ({
  typeUrl: `/${MsgClaimRewards.typeName}`,
  value: MsgClaimRewards.encode({ account: accounts[draw(accounts.length)] ?? "" }),
});

/** One factory per message. */
export const factories: readonly Factory[] = [claim];
