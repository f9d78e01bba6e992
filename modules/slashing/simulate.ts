import { formatOperatorAddress, parseAddress } from "../../chain/codec/index.js";
import { MsgUnjail, MsgUpdateParams } from "../../proto/gen/cosmos/slashing/v1beta1.js";
import { DEFAULT_PARAMS } from "./params.js";
import type { Draw, Factory } from "../../chain/testkit/draw.js";

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
