import { expect } from "chai";
import { parseDec, toTimeNs } from "../../../chain/primitives/index.js";
import { rejection } from "../../../chain/testkit/rejects.js";
import type { Description } from "../../../proto/gen/cosmos/staking/v1beta1.js";
import { checkNewRate, checkRates } from "./commission.js";
import { checkLengths, editDescription, isEmpty } from "./description.js";

const rates = (rate: string, maxRate: string, maxChangeRate: string) => ({
  rate: parseDec(rate),
  maxRate: parseDec(maxRate),
  maxChangeRate: parseDec(maxChangeRate),
});

describe("commission rates", () => {
  it("lie between nothing and the maximum, which is at most the whole, each with its own refusal", () => {
    checkRates(rates("0", "0", "0"));
    checkRates(rates("1", "1", "1"));
    expect(rejection(() => checkRates(rates("0", "-0.1", "0")))).to.equal("staking/9");
    expect(rejection(() => checkRates(rates("0", "1.000000000000000001", "0")))).to.equal("staking/10");
    expect(rejection(() => checkRates(rates("-0.1", "0.1", "0")))).to.equal("staking/9");
    expect(rejection(() => checkRates(rates("0.2", "0.1", "0")))).to.equal("staking/11");
    expect(rejection(() => checkRates(rates("0.1", "0.1", "-0.1")))).to.equal("staking/13");
    expect(rejection(() => checkRates(rates("0.1", "0.1", "0.2")))).to.equal("staking/14");
  });

  it("change once a day, up by a step at most, down as far as one likes", () => {
    const held = rates("0.1", "0.3", "0.05");
    const day = 86_400n;
    const change = (to: string, seconds = day): string => {
      try {
        checkNewRate(held, parseDec(to), {
          now: toTimeNs(1_000n + seconds, 0),
          changed: toTimeNs(1_000n, 0),
        });
        return "ok";
      } catch {
        return rejection(() =>
          checkNewRate(held, parseDec(to), {
            now: toTimeNs(1_000n + seconds, 0),
            changed: toTimeNs(1_000n, 0),
          }),
        );
      }
    };
    expect(change("0.15")).to.equal("ok");
    expect(change("0")).to.equal("ok");
    expect(change("0.15", day - 1n)).to.equal("staking/12");
    expect(change("-0.01")).to.equal("staking/9");
    expect(change("0.31")).to.equal("staking/11");
    expect(change("0.150000000000000001")).to.equal("staking/15");
  });
});

describe("descriptions", () => {
  const full: Description = { moniker: "m", identity: "i", website: "w", securityContact: "s", details: "d" };
  const limits = [
    ["moniker", 70],
    ["identity", 3000],
    ["website", 140],
    ["securityContact", 140],
    ["details", 280],
  ] as const;

  it("are bounded field by field, in bytes, with the SDK's words", () => {
    for (const [field, max] of limits) {
      checkLengths({ ...full, [field]: "x".repeat(max) });
      const long = { ...full, [field]: "ä".repeat(max / 2) + "x" };
      expect(
        rejection(() => checkLengths(long)),
        field,
      ).to.equal("sdk/18");
    }
    expect(() => checkLengths({ ...full, securityContact: "x".repeat(141) })).to.throw(
      "invalid security contact length; got: 141, max: 140: invalid request",
    );
  });

  it("keep what an edit says not to modify, and take everything else, emptiness too", () => {
    const keep = "[do-not-modify]";
    expect(
      editDescription(full, {
        moniker: keep,
        identity: keep,
        website: keep,
        securityContact: keep,
        details: keep,
      }),
    ).to.deep.equal(full);
    expect(editDescription(full, { ...full, moniker: "new", website: "" })).to.deep.equal({
      ...full,
      moniker: "new",
      website: "",
    });
    expect(rejection(() => editDescription(full, { ...full, details: "x".repeat(281) }))).to.equal("sdk/18");
  });

  it("are empty when every field is", () => {
    expect(isEmpty({ moniker: "", identity: "", website: "", securityContact: "", details: "" })).to.equal(
      true,
    );
    for (const [field] of limits)
      expect(
        isEmpty({ moniker: "", identity: "", website: "", securityContact: "", details: "", [field]: "x" }),
      ).to.equal(false);
  });
});
