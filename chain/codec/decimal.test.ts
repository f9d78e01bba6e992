import { expect } from "chai";
import fc from "fast-check";
import { WeightedVoteOption } from "../../proto/gen/cosmos/gov/v1.js";
import { Params as SlashingParams } from "../../proto/gen/cosmos/slashing/v1beta1.js";
import { MsgEditValidator, Pool, GenesisState as StakingGenesis } from "../../proto/gen/cosmos/staking/v1beta1.js";
import { Reject, utf8 } from "../primitives/index.js";
import { formatDecimal, parseDecimal } from "./decimal.js";
import { fromJson } from "./json-read.js";
import { toJson } from "./json-write.js";
import type { JsonObject } from "./json.js";

describe("decimals of eighteen places", () => {
  it("match the SDK's two texts", () => {
    expect(formatDecimal("100000000000000000")).to.equal("0.100000000000000000");
    expect(formatDecimal("")).to.equal("0.000000000000000000");
    expect(formatDecimal("-1")).to.equal("-0.000000000000000001");
    expect(parseDecimal("0.1")).to.equal("100000000000000000");
    expect(parseDecimal("12")).to.equal("12000000000000000000");
  });

  it("read back what they write", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(1n << 200n), max: 1n << 200n }), (n) => {
        expect(parseDecimal(formatDecimal(n.toString()))).to.equal(n.toString());
      }),
    );
  });

  it("refuse more places, exponents and empty texts", () => {
    for (const bad of ["", ".", "1.", ".5", "1e3", "0.0000000000000000001", "+1"])
      expect(() => parseDecimal(bad), bad).to.throw(Reject);
  });
});

describe("decimal fields of messages", () => {
  it("are decimals in JSON, whether the wire holds text or bytes", () => {
    expect(toJson(SlashingParams, SlashingParams.create({ slashFractionDowntime: utf8("10000000000000000") }))).to.include({
      slash_fraction_downtime: "0.010000000000000000",
      min_signed_per_window: "0.000000000000000000",
    });
    const read = fromJson(SlashingParams, { slash_fraction_downtime: "0.01" });
    expect(read.slashFractionDowntime).to.deep.equal(utf8("10000000000000000"));
  });

  it("are null where nothing was given and nothing may be", () => {
    const edit = MsgEditValidator.create({});
    const json = toJson(MsgEditValidator, edit) as JsonObject;
    expect(json).to.include({ commission_rate: null, min_self_delegation: null });
    expect(fromJson(MsgEditValidator, json)).to.deep.equal(edit);
  });

  it("of governance stay as they are written", () => {
    expect(toJson(WeightedVoteOption, { option: 1, weight: "0.3" })).to.deep.equal({
      option: "VOTE_OPTION_YES",
      weight: "0.3",
    });
  });

  it("are refused by the decoder unless they are digits", () => {
    for (const rate of ["0.1", "-", "+1", "0x10", "1".repeat(101)]) {
      const bytes = MsgEditValidator.encode(MsgEditValidator.create({ commissionRate: rate }));
      expect(() => MsgEditValidator.decode(bytes), rate).to.throw(Reject).with.property("code", 2);
    }
    const odd = SlashingParams.encode(SlashingParams.create({ minSignedPerWindow: Uint8Array.of(0xff) }));
    expect(() => SlashingParams.decode(odd)).to.throw(Reject).with.property("code", 2);
  });
});

describe("whole numbers of messages that the wire carries as text", () => {
  it("are decimal texts in JSON, whether the wire holds text or bytes, and zero where nothing was given", () => {
    expect(toJson(StakingGenesis, StakingGenesis.create({ lastTotalPower: utf8("40") }))).to.include({ last_total_power: "40" });
    expect(toJson(StakingGenesis, StakingGenesis.create({}))).to.include({ last_total_power: "0" });
    expect(toJson(Pool, Pool.create({ bondedTokens: "7" }))).to.deep.equal({ not_bonded_tokens: "0", bonded_tokens: "7" });
    expect(fromJson(StakingGenesis, { last_total_power: "40" }).lastTotalPower).to.deep.equal(utf8("40"));
    expect(() => fromJson(StakingGenesis, { last_total_power: "4x" })).to.throw(Reject);
  });
});
