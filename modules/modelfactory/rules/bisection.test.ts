import { expect } from "chai";
import fc from "fast-check";
import type { StepRecord } from "../../../proto/gen/openledger/modelfactory/v1.js";
import { isNarrow, narrow, segmentStart, stepDue } from "./bisection.js";

const highRecord: StepRecord = { step: 1, lossMicroNats: 0n, dataCursor: 0n, stateRoot: new Uint8Array(32) };

describe("the halving of a segment", () => {
  it("begins at the checkpoint before", () => {
    const starts = [1, 19, 20, 21, 40, 41, 50].map((step) => segmentStart({ checkpointEvery: 20 }, step));
    expect(starts).to.deep.equal([0, 0, 0, 20, 20, 40, 40]);
    expect([1, 2, 3].map((step) => segmentStart({ checkpointEvery: 1 }, step))).to.deep.equal([0, 1, 2]);
  });
  it("asks for the end first, then for the middle, rounded down", () => {
    expect(stepDue({ low: 20, high: 40, highRecord: undefined })).to.equal(40);
    expect(stepDue({ low: 20, high: 40, highRecord })).to.equal(30);
    expect(stepDue({ low: 20, high: 23, highRecord })).to.equal(21);
    expect(stepDue({ low: 4_000_000_000, high: 4_000_000_003, highRecord })).to.equal(4_000_000_001);
  });
  it("ends at the step that was tampered with, within the logarithm of the segment's length", () => {
    const lengths = fc.integer({ min: 1, max: 4_096 });
    fc.assert(
      fc.property(fc.nat(1_000), lengths, fc.nat(), (start, length, at) => {
        const lie = start + 1 + (at % length);
        let interval = { low: start, high: start + length };
        let rounds = 0;
        while (!isNarrow(interval)) {
          const middle = stepDue({ ...interval, highRecord });
          interval = narrow(interval, middle, middle < lie);
          rounds++;
        }
        expect(interval).to.deep.equal({ low: lie - 1, high: lie });
        expect(rounds).to.be.at.most(Math.ceil(Math.log2(length)));
      }),
    );
  });
});
