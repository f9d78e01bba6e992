import { expect } from "chai";
import fc from "fast-check";
import { concatBytes, toHex } from "../../../chain/primitives/index.js";
import type { StepRecord } from "../../../proto/gen/openledger/modelfactory/v1.js";
import {
  STEP_RECORD_BYTES,
  decodeSteps,
  encodeStepRecord,
  encodeSteps,
  isSameStep,
  stepPath,
  stepRoot,
  verifyStep,
} from "./step-record.js";

const record = (step: number, over: Partial<StepRecord> = {}): StepRecord => ({
  step,
  lossMicroNats: BigInt(4_000_000 - step),
  dataCursor: BigInt(16 * step),
  stateRoot: new Uint8Array(32).fill(step),
  ...over,
});
const segment = (from: number, to: number): StepRecord[] => Array.from({ length: to - from }, (_, i) => record(from + 1 + i));
const u64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const anyRecord: fc.Arbitrary<StepRecord> = fc.record({
  step: fc.integer({ min: 0, max: 0xffffffff }),
  lossMicroNats: u64,
  dataCursor: u64,
  stateRoot: fc.uint8Array({ minLength: 32, maxLength: 32 }),
});

describe("a step record", () => {
  it("is 52 bytes: step, loss, cursor, state root", () => {
    const bytes = encodeStepRecord(record(258, { lossMicroNats: 3n, dataCursor: 4n, stateRoot: new Uint8Array(32).fill(0xab) }));
    expect(toHex(bytes)).to.equal(`00000102${"0".repeat(15)}3${"0".repeat(15)}4${"ab".repeat(32)}`);
  });
  it("is refused where a number does not fit", () => {
    expect(() => encodeStepRecord(record(1, { lossMicroNats: -1n }))).to.throw();
    expect(() => encodeStepRecord(record(1, { dataCursor: 1n << 64n }))).to.throw();
  });
  it("comes back from the blob of its segment", () => {
    fc.assert(
      fc.property(fc.array(anyRecord, { minLength: 1, maxLength: 20 }), (records) => {
        expect(decodeSteps(encodeSteps(records))).to.deep.equal(records);
      }),
    );
  });
  it("is read from a view into a larger buffer as well", () => {
    const whole = concatBytes(new Uint8Array(3), encodeSteps(segment(0, 4)));
    expect(decodeSteps(whole.subarray(3))).to.deep.equal(segment(0, 4));
  });
  it("does not come from bytes that are no list of records", () => {
    const bytes = encodeSteps(segment(0, 2));
    for (const bad of [new Uint8Array(0), bytes.subarray(1), concatBytes(bytes, new Uint8Array(1))]) {
      expect(decodeSteps(bad)).to.equal(undefined);
    }
  });
  it("is the same only if every field is", () => {
    const one = record(7);
    expect(isSameStep(one, record(7))).to.equal(true);
    for (const over of [{ step: 8 }, { lossMicroNats: 1n }, { dataCursor: 1n }, { stateRoot: new Uint8Array(32) }]) {
      expect(isSameStep(one, { ...one, ...over })).to.equal(false);
    }
  });
});

describe("the tree of a segment", () => {
  const bounds = fc.tuple(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 1, max: 70 }));
  it("proves each of its steps, at its place only", () => {
    fc.assert(
      fc.property(bounds, fc.nat(), ([from, length], at) => {
        const records = segment(from, from + length);
        const index = at % length;
        const one = records[index]!;
        const path = stepPath(records, index)!;
        const tree = { root: stepRoot(records), from, to: from + length };
        expect(verifyStep(one, path, tree)).to.equal(true);
        expect(verifyStep({ ...one, lossMicroNats: one.lossMicroNats + 1n }, path, tree)).to.equal(false);
        expect(verifyStep({ ...one, stateRoot: new Uint8Array(32) }, path, tree)).to.equal(false);
        expect(verifyStep(one, [...path, new Uint8Array(32)], tree)).to.equal(false);
        expect(verifyStep(one, path, { ...tree, root: new Uint8Array(32) })).to.equal(false);
      }),
    );
  });
  it("proves no step under another number", () => {
    const records = segment(0, 8);
    const tree = { root: stepRoot(records), from: 0, to: 8 };
    for (let step = 0; step <= 9; step++) {
      expect(verifyStep(record(step), stepPath(records, 4)!, tree), `step ${step}`).to.equal(step === 5);
    }
    expect(verifyStep(record(5), stepPath(records, 4)!, { ...tree, to: 9 })).to.equal(false);
    expect(verifyStep(record(5), stepPath(records, 4)!, { root: tree.root, from: 1, to: 9 })).to.equal(false);
  });
  it("refuses paths and roots of any other shape without failing", () => {
    const records = segment(0, 8);
    const tree = { root: stepRoot(records), from: 0, to: 8 };
    const path = stepPath(records, 0)!;
    for (const bad of [[], path.slice(1), path.map((p) => p.subarray(1)), Array.from({ length: 1_000 }, () => new Uint8Array(32))]) {
      expect(verifyStep(record(1), bad, tree)).to.equal(false);
    }
    expect(verifyStep(record(1, { stateRoot: new Uint8Array(31) }), path, tree)).to.equal(false);
    expect(stepPath(records, 8)).to.equal(undefined);
  });
  it("has one leaf that is its own root where the segment is one step", () => {
    expect(stepRoot(segment(4, 5)).length).to.equal(32);
    expect(verifyStep(record(5), [], { root: stepRoot(segment(4, 5)), from: 4, to: 5 })).to.equal(true);
  });
  it("has STEP_RECORD_BYTES in each leaf", () => expect(encodeSteps(segment(0, 3)).length).to.equal(3 * STEP_RECORD_BYTES));
});
