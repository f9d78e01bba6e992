import { formatOperatorAddress, parseAddress } from "../../chain/codec/index.js";
import { MsgUnjail, MsgUpdateParams } from "../../proto/gen/cosmos/slashing/v1beta1.js";
import { DEFAULT_PARAMS } from "./params.js";

/** A number from 0 to below - 1, from a seeded source. */
export type Draw = (below: number) => number;

/** Makes a message that is often valid; `accounts` are bech32 texts. */
export type Factory = (
  draw: Draw,
  accounts: readonly string[],
) => { readonly typeUrl: string; readonly value: Uint8Array };

const oneOf = (draw: Draw, accounts: readonly string[]): string => accounts[draw(accounts.length)] ?? "";

const unjail: Factory = (draw, accounts) => ({
  typeUrl: `/${MsgUnjail.typeName}`,
  value: MsgUnjail.encode({ validatorAddr: formatOperatorAddress(parseAddress(oneOf(draw, accounts))) }),
});

/** Of somebody who may not. */
const update: Factory = (draw, accounts) => ({
  typeUrl: `/${MsgUpdateParams.typeName}`,
  value: MsgUpdateParams.encode({ authority: oneOf(draw, accounts), params: { ...DEFAULT_PARAMS, signedBlocksWindow: BigInt(draw(200)) } }),
});

/** One factory per message; the way back is asked for more often than what is refused. */
export const factories: readonly Factory[] = [unjail, unjail, unjail, update];
