import { expect } from "chai";
import { MsgUpdateParams, MsgUpdateParamsResponse, Params } from "../../proto/gen/cosmos/bank/v1beta1.js";
import { formatAddress } from "../codec/index.js";
import { moduleAddress } from "../crypto/index.js";
import { rejection } from "../testkit/rejects.js";
import { createScratchContext } from "../testkit/scratch-context.js";
import { utf8 } from "../primitives/index.js";
import { GOV_AUTHORITY, checkAuthority, updateParamsRoute } from "./authority.js";
import { SdkError } from "./errors.js";
import { createMessageRunner } from "./message-runner.js";
import type { Module } from "./module.js";
import { createRouter } from "./router.js";

const KEY = utf8("params");
const stranger = formatAddress(moduleAddress("stranger"));
const gov = formatAddress(GOV_AUTHORITY);

const governed: Module = {
  name: "governed",
  queries: [],
  invariants: [],
  tasks: [],
  genesis: { defaults: () => ({}), init: () => [], export: () => ({}) },
  messages: [
    updateParamsRoute<MsgUpdateParams, Params, MsgUpdateParamsResponse>({
      request: MsgUpdateParams,
      response: MsgUpdateParamsResponse,
      check({ sendEnabled }) {
        if (sendEnabled.length > 0) throw SdkError.InvalidRequest("bounds");
      },
      set: (ctx, params) => ctx.store("governed").set(KEY, Params.encode(params)),
    }),
  ],
};
const runner = createMessageRunner(() => createRouter([governed]));

function update(authority: string, params: Partial<Params>) {
  const value = MsgUpdateParams.encode({ authority, params: Params.create(params) });
  return runner.parse({ typeUrl: "/cosmos.bank.v1beta1.MsgUpdateParams", value });
}

describe("the authority over parameters", () => {
  it("is the account of the module gov, whose address the SDK derives from its name", () => {
    // cosmos10d07y265gmmuvt4z0w9aw880jnsr700j6zn9kn on the Cosmos Hub: prefix and checksum apart the same.
    expect(gov).to.match(/^open10d07y265gmmuvt4z0w9aw880jnsr700j[a-z0-9]{6}$/);
    expect(checkAuthority(gov)).to.deep.equal(GOV_AUTHORITY);
  });

  it("is refused to anybody else in the SDK's words", () => {
    expect(rejection(() => checkAuthority(stranger))).to.equal("gov/13");
    expect(() => checkAuthority(stranger)).to.throw(
      `invalid authority; expected ${gov}, got ${stranger}: expected gov account as only signer for proposal message`,
    );
  });

  it("replaces a module's parameters as a whole, within the module's bounds", () => {
    const ctx = createScratchContext();
    runner.run(ctx, update(gov, { defaultSendEnabled: true }));
    expect(Params.decode(ctx.store("governed").get(KEY) ?? new Uint8Array(0)).defaultSendEnabled).to.equal(true);
    const wrong = update(gov, { sendEnabled: [{ denom: "uopen", enabled: false }] });
    expect(rejection(() => runner.run(ctx, wrong))).to.equal("sdk/18");
    expect(rejection(() => runner.run(ctx, update(stranger, {})))).to.equal("gov/13");
    expect(Params.decode(ctx.store("governed").get(KEY) ?? new Uint8Array(0)).defaultSendEnabled).to.equal(true);
  });

  it("names its authority as the signer, and refuses what is no address", () => {
    expect(update(stranger, {}).signers.map(formatAddress)).to.deep.equal([stranger]);
    expect(rejection(() => update("", {}))).to.equal("sdk/7");
  });
});
