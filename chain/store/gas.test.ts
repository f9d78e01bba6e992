import { expect } from "chai";
import fc from "fast-check";
import { MAX_UINT64, Reject, toGas } from "../primitives/index.js";
import {
  createGasMeter,
  createInfiniteGasMeter,
  createScratchStore,
  meterReadStore,
  meterStore,
} from "./index.js";
import type { GasMeter, Store } from "./index.js";

function rejection(run: () => unknown): Reject {
  try {
    run();
  } catch (error) {
    if (error instanceof Reject) return error;
    throw error;
  }
  throw new Error("nothing was rejected");
}

describe("a gas meter", () => {
  it("allows exactly its limit", () => {
    const meter = createGasMeter(toGas(10n));
    meter.consume(4n, "a");
    meter.consume(6n, "b");
    expect(meter.consumed).to.equal(10n);
  });

  it("rejects with code 11 and the SDK's text, and keeps what was used", () => {
    const meter = createGasMeter(toGas(100n));
    meter.consume(90n, "a");
    const error = rejection(() => meter.consume(30n, "WriteFlat"));
    expect([error.codespace, error.code]).to.deep.equal(["sdk", 11]);
    expect(error.message).to.equal(
      "out of gas in location: WriteFlat; gasWanted: 100, gasUsed: 120: out of gas",
    );
    expect(meter.consumed).to.equal(120n);
  });

  it("stays within 64 bits", () => {
    const meter = createGasMeter(toGas(5n));
    expect(rejection(() => meter.consume(MAX_UINT64 + 1n, "x")).code).to.equal(11);
    expect(meter.consumed).to.equal(MAX_UINT64);
  });

  it("counts the same in whole numbers and in bigints, to the step that runs out and beyond", () => {
    const steps = fc.array(fc.oneof(fc.integer({ min: 0, max: 60 }), fc.bigInt({ min: 0n, max: 1n << 62n })), { maxLength: 40 });
    const limits = fc.oneof(fc.bigInt({ min: 0n, max: 500n }), fc.constantFrom(1n << 52n, 1n << 53n, MAX_UINT64));
    fc.assert(
      fc.property(limits, steps, (limit, given) => {
        const meter = createGasMeter(toGas(limit));
        let total = 0n;
        for (const step of given) {
          const run = (): void => (typeof step === "number" ? meter.charge(step, "x") : meter.consume(step, "x"));
          const sum = total + BigInt(step);
          total = sum > MAX_UINT64 ? MAX_UINT64 : sum;
          if (sum > limit) expect(rejection(run).message).to.include(`gasUsed: ${total}: out of gas`);
          else run();
          if (total % 3n === 0n) expect(meter.consumed).to.equal(total);
        }
        expect(meter.consumed).to.equal(total);
      }),
    );
  });

  it("without a limit only counts", () => {
    const meter = createInfiniteGasMeter();
    meter.consume(1n << 60n, "x");
    expect(meter.consumed).to.equal(1n << 60n);
    expect(meter.limit).to.equal(MAX_UINT64);
  });
});

describe("a metered store", () => {
  const key = Uint8Array.of(1, 2);
  const value = Uint8Array.of(1, 2, 3);

  function metered(): { meter: GasMeter; store: Store } {
    const parent = createScratchStore();
    parent.set(key, value);
    parent.set(Uint8Array.of(9), Uint8Array.of(9));
    const meter = createInfiniteGasMeter();
    return { meter, store: meterStore(parent, meter) };
  }

  const cases: readonly [string, (store: Store) => unknown, bigint][] = [
    ["reading 5 bytes", (s) => s.get(key), 1015n],
    ["reading nothing under 1 byte", (s) => s.get(Uint8Array.of(7)), 1003n],
    ["asking for a key", (s) => s.has(key), 1000n],
    ["writing 5 bytes", (s) => s.set(key, value), 2150n],
    ["deleting", (s) => s.delete(key), 1000n],
    ["walking two entries to the end", (s) => [...s.iterate()], 30n + 15n + 30n + 6n + 30n],
    ["walking nothing", (s) => [...s.iterate(Uint8Array.of(0xff))], 30n],
  ];
  for (const [what, run, cost] of cases) {
    it(`charges ${cost} for ${what}`, () => {
      const { meter, store } = metered();
      run(store);
      expect(meter.consumed).to.equal(cost);
    });
  }

  it("charges an abandoned iteration for what was seen", () => {
    const { meter, store } = metered();
    for (const entry of store.iterate()) {
      expect(entry[0]).to.deep.equal(key);
      break;
    }
    expect(meter.consumed).to.equal(45n);
  });

  it("does not write once the gas is gone", () => {
    const parent = createScratchStore();
    const store = meterStore(parent, createGasMeter(toGas(2000n)));
    expect(rejection(() => store.set(key, value)).code).to.equal(11);
    expect(parent.has(key)).to.equal(false);
  });

  it("meters a read-only view alike", () => {
    const parent = createScratchStore();
    parent.set(key, value);
    const meter = createInfiniteGasMeter();
    expect(meterReadStore(parent, meter).get(key)).to.deep.equal(value);
    expect(meter.consumed).to.equal(1015n);
  });
});
