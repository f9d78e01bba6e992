import { formatAddress } from "../../chain/codec/index.js";
import { GOV_AUTHORITY } from "../../chain/kernel/authority.js";
import { MsgClaimEmission, MsgUpdateParams, MsgVoidAllocations } from "../../proto/gen/openledger/emission/v1.js";
import { DEFAULT_PARAMS } from "./params.js";
import type { Draw, Factory } from "../../chain/testkit/draw.js";

const oneOf = (draw: Draw, accounts: readonly string[]): string => accounts[draw(accounts.length)] ?? "";
const message = <M>(codec: { readonly typeName: string; encode(m: M): Uint8Array }, value: M) => ({
  typeUrl: `/${codec.typeName}`,
  value: codec.encode(value),
});

const claim: Factory = (draw, accounts) => message(MsgClaimEmission, { account: oneOf(draw, accounts) });

/** Signed by nobody who may: refused, or run by a proposal. */
const authority = (draw: Draw, accounts: readonly string[]): string =>
  draw(4) === 0 ? oneOf(draw, accounts) : formatAddress(GOV_AUTHORITY);

const voidAllocations: Factory = (draw, accounts) =>
  message(MsgVoidAllocations, { authority: authority(draw, accounts), datanetId: BigInt(1 + draw(3)), fromEpoch: BigInt(draw(4)) });

/** Short epochs, as a simulation needs them. */
const update: Factory = (draw, accounts) =>
  message(MsgUpdateParams, {
    authority: authority(draw, accounts),
    params: {
      ...DEFAULT_PARAMS,
      epochBlocks: BigInt(8 + draw(10)),
      amount: (draw(4) * 1_000_000).toString(),
      holdEpochs: draw(3),
      weights: [1n, 2n, 3n].filter(() => draw(3) > 0).map((datanetId) => ({ datanetId, weight: 1 + draw(5) })),
    },
  });

/** One factory per message. */
export const factories: readonly Factory[] = [claim, claim, voidAllocations, update];
