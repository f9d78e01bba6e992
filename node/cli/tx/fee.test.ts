import { expect } from "chai";
import fc from "fast-check";
import { parseClientSettings } from "../../config/client-settings.js";
import { adjustGas, feeOf, gasOf } from "./fee.js";
import type { TxOptions } from "./tx-options.js";

const SETTINGS = parseClientSettings("");
const options = (partial: Partial<TxOptions>): TxOptions => ({ offline: false, note: "", unordered: false, dryRun: false, generateOnly: false, yes: true, ...partial });
const NOBODY = { payer: "", granter: "" };

describe("what a transaction pays", () => {
  it("is an estimate times the adjustment, rounded up", () => {
    expect(adjustGas(100_001n, options({}), SETTINGS)).to.equal(140_002n);
    fc.assert(
      fc.property(fc.bigInt(1n, 10n ** 9n), fc.integer({ min: 1_000, max: 5_000 }), (used, thousandths) => {
        const gas = adjustGas(used, options({ gasAdjustment: thousandths / 1_000 }), SETTINGS);
        expect(gas * 1_000n >= used * BigInt(thousandths)).to.equal(true);
        expect((gas - 1n) * 1_000n < used * BigInt(thousandths)).to.equal(true);
      }),
    );
  });

  it("is the price times the gas, rounded up, or the fees that are given", () => {
    expect(feeOf(1n, NOBODY, options({}), SETTINGS).amount).to.deep.equal([{ denom: "uopen", amount: "1" }]);
    expect(feeOf(200_000n, NOBODY, options({ gasPrices: "0.025uopen" }), SETTINGS).amount).to.deep.equal([{ denom: "uopen", amount: "5000" }]);
    expect(feeOf(200_000n, NOBODY, options({ fees: "7uopen" }), SETTINGS).amount).to.deep.equal([{ denom: "uopen", amount: "7" }]);
    for (const free of [{ fees: "0uopen" }, { gasPrices: "0uopen" }]) expect(feeOf(9n, NOBODY, options(free), SETTINGS).amount).to.deep.equal([]);
  });

  it("is estimated unless a number is given, or nobody can be asked", () => {
    expect(gasOf(options({}), SETTINGS)).to.equal(undefined);
    expect(gasOf(options({ gas: 5n }), SETTINGS)).to.equal(5n);
    expect(gasOf(options({ offline: true }), SETTINGS)).to.equal(200_000n);
    expect(() => gasOf(options({ offline: true, gas: "auto" }), SETTINGS)).to.throw("cannot be estimated offline");
    expect(gasOf(options({}), parseClientSettings('gas = "77"'))).to.equal(77n);
  });
});
