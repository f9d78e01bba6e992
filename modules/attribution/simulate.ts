import { MsgClaimRewards, MsgDisputeAttribution } from "../../proto/gen/openledger/attribution/v1.js";

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

const dispute: Factory = (draw, accounts) => ({
  typeUrl: `/${MsgDisputeAttribution.typeName}`,
  value: MsgDisputeAttribution.encode({ challenger: accounts[draw(accounts.length)] ?? "", inferenceId: BigInt(draw(12)) + 1n }),
});

/** One factory per message. */
export const factories: readonly Factory[] = [claim, dispute];
