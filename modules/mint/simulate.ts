import { MsgUpdateParams } from "../../proto/gen/cosmos/mint/v1beta1.js";
import { formatAddress } from "../../chain/codec/index.js";
import { GOV_AUTHORITY } from "../../chain/kernel/index.js";
import { DEFAULT_PARAMS } from "./params.js";
import type { Factory } from "../../chain/testkit/draw.js";

/** Signed by nobody who may: refused, or run by a proposal; refused there too when it would mint. */
const update: Factory = (draw, accounts) => ({
  typeUrl: `/${MsgUpdateParams.typeName}`,
  value: MsgUpdateParams.encode({
    authority: draw(4) === 0 ? (accounts[draw(accounts.length)] ?? "") : formatAddress(GOV_AUTHORITY),
    params: {
      ...DEFAULT_PARAMS,
      inflationMax: draw(3) === 0 ? (BigInt(draw(100)) * 10n ** 15n).toString() : "0",
      blocksPerYear: BigInt(draw(10_000_000)),
    },
  }),
});

/** One factory per message. */
export const factories: readonly Factory[] = [update];
