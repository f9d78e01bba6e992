import { expect } from "chai";
import * as wire from "../../proto/gen/cosmos/mint/v1beta1.js";
import { formatAddress, toJson } from "../../chain/codec/index.js";
import { moduleAddress } from "../../chain/crypto/index.js";
import { GOV_AUTHORITY } from "../../chain/kernel/index.js";
import { parseDec } from "../../chain/primitives/index.js";
import { ask, brokenInvariant, deliver } from "../../chain/testkit/deliver.js";
import { rejectOf } from "../../chain/testkit/rejects.js";
import { createScratchContext } from "../../chain/testkit/scratch-context.js";
import { DEFAULT_PARAMS, createMintModule } from "./index.js";
import { mintState } from "./state.js";

const PATH = "/cosmos.mint.v1beta1.Query";

function started() {
  const [ctx, module] = [createScratchContext(), createMintModule()];
  module.genesis.init(ctx, module.genesis.defaults());
  return { ctx, module };
}

const update = ({ ctx, module }: ReturnType<typeof started>, over: Partial<wire.Params>, authority = GOV_AUTHORITY) =>
  deliver(ctx, [module], {
    codec: wire.MsgUpdateParams,
    message: { authority: formatAddress(authority), params: { ...DEFAULT_PARAMS, ...over } },
    response: wire.MsgUpdateParamsResponse,
  });

describe("mint", () => {
  it("answers zero, in the SDK's form", () => {
    const { ctx, module } = started();
    const inflation = ask(ctx, [module], { path: `${PATH}/Inflation`, codec: wire.QueryInflationRequest, response: wire.QueryInflationResponse });
    expect(toJson(wire.QueryInflationResponse, inflation)).to.deep.equal({ inflation: "0.000000000000000000" });
    const codec = wire.QueryAnnualProvisionsRequest;
    const provisions = ask(ctx, [module], { path: `${PATH}/AnnualProvisions`, codec, response: wire.QueryAnnualProvisionsResponse });
    expect(toJson(wire.QueryAnnualProvisionsResponse, provisions)).to.deep.equal({ annual_provisions: "0.000000000000000000" });
    const { params } = ask(ctx, [module], { path: `${PATH}/Params`, codec: wire.QueryParamsRequest, response: wire.QueryParamsResponse });
    expect(params).to.include({ mintDenom: "uopen", inflationMax: "0" });
  });

  it("refuses any inflation, and says why", () => {
    const chain = started();
    for (const rate of ["inflationRateChange", "inflationMax", "inflationMin"] as const) {
      const refused = rejectOf(() => update(chain, { [rate]: parseDec("0.01").toString() }));
      expect(refused).to.include({ codespace: "sdk", code: 18 });
      expect(refused.message).to.contain("the supply of OPEN is fixed at 1,000,000,000 OPEN");
    }
  });

  it("takes the other parameters from governance alone, within the SDK's bounds", () => {
    const chain = started();
    for (const goalBonded of ["1", parseDec("1").toString()]) update(chain, { goalBonded });
    update(chain, { blocksPerYear: 31_557_600n });
    expect(mintState.read(chain.ctx.store("mint")).params.getOrFail().blocksPerYear).to.equal(31_557_600n);
    expect(rejectOf(() => update(chain, {}, moduleAddress("somebody")))).to.include({ codespace: "gov", code: 13 });
    for (const bad of [{ mintDenom: "atom" }, { goalBonded: "0" }, { goalBonded: parseDec("1.5").toString() }, { blocksPerYear: 0n }]) {
      expect(rejectOf(() => update(chain, bad))).to.include({ codespace: "sdk", code: 18 });
    }
  });

  it("exports what it imports, and refuses a genesis that would mint", () => {
    const { ctx, module } = started();
    const exported = module.genesis.export(ctx) as Record<string, unknown>;
    expect(exported).to.deep.equal(module.genesis.defaults());
    for (const minter of [{ inflation: "0.13", annual_provisions: "0.0" }, { inflation: "0.0", annual_provisions: "1.0" }]) {
      expect(rejectOf(() => module.genesis.init(createScratchContext(), { ...exported, minter })).message).to.contain("never inflated");
    }
    const params = { ...(exported["params"] as object), inflation_max: "0.1" };
    expect(rejectOf(() => module.genesis.init(createScratchContext(), { ...exported, params })).message).to.contain("inflation_max must be 0");
  });

  it("has an invariant that would name a parameter that lets inflation in", () => {
    const { ctx, module } = started();
    expect(brokenInvariant(ctx, [module])).to.equal(undefined);
    mintState.open(ctx.store("mint")).params.set({ ...DEFAULT_PARAMS, inflationMax: "1" });
    expect(brokenInvariant(ctx, [module])).to.contain("no inflation");
  });
});
