import { MsgUpdateParams } from "../../proto/gen/cosmos/consensus/v1.js";
import type { Factory } from "../../chain/testkit/draw.js";

/** Of somebody who may not, and now and then in part. */
const update: Factory = (draw, accounts) => ({
  typeUrl: `/${MsgUpdateParams.typeName}`,
  value: MsgUpdateParams.encode({
    authority: accounts[draw(accounts.length)] ?? "",
    block: { maxBytes: BigInt(draw(10_000_000)), maxGas: -1n },
    evidence: { maxAgeNumBlocks: BigInt(draw(100)), maxAgeDuration: { seconds: BigInt(draw(100)), nanos: 0 }, maxBytes: BigInt(draw(1000)) },
    validator: draw(4) === 0 ? undefined : { pubKeyTypes: ["ed25519"] },
    abci: undefined,
  }),
});

export const factories: readonly Factory[] = [update];
