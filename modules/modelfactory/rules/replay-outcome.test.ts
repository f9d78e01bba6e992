import { expect } from "chai";
import fc from "fast-check";
import { concatBytes } from "../../../chain/primitives/index.js";
import { ReplayOutcome, ReplayStatus, ReplayTask } from "../../../proto/gen/openledger/modelfactory/v1.js";
import { ABSTENTION, MAX_OUTCOME_BYTES, isAbstention, isOutOfReach, isSameOutput, parseReplayOutcome } from "./replay-outcome.js";

const HASH = new Uint8Array(32).fill(9);
const DONE = ReplayStatus.REPLAY_STATUS_DONE;
const last = { step: 21, lossMicroNats: 4n, dataCursor: 5n, stateRoot: HASH };
const output = {
  adapterHash: HASH,
  tangentRoot: HASH,
  fallbackRoot: HASH,
  metasmoothSubsets: 3,
  metasmoothnessPpm: -900_000,
  runtimeId: HASH,
};
const task = (over: Partial<ReplayTask> = {}): ReplayTask =>
  ReplayTask.create({ jobId: 1n, from: 20, to: 21, stateCid: "b", stateRoot: HASH, runtimeId: HASH, ...over });
const bytes = (over: Partial<ReplayOutcome> = {}): Uint8Array =>
  ReplayOutcome.encode(ReplayOutcome.create({ status: DONE, last, stepRoot: HASH, ...over }));
const isValid = (over: Partial<ReplayOutcome>, of: Partial<ReplayTask> = {}): boolean => parseReplayOutcome(bytes(over), task(of)) !== undefined;

describe("what a committee may find", () => {
  it("is the record of the last step and the root of all that were run", () => {
    expect(parseReplayOutcome(bytes(), task())?.last).to.deep.equal(last);
  });
  it("has a result exactly where one was asked for", () => {
    expect(isValid({ output }, { result: true })).to.equal(true);
    expect(isValid({ output })).to.equal(false);
    expect(isValid({}, { result: true })).to.equal(false);
  });
  it("may say that the starting state is missing or wrong, where there is one, and nothing more", () => {
    const nothing = { last: undefined, stepRoot: new Uint8Array(0) };
    for (const status of [ReplayStatus.REPLAY_STATUS_UNAVAILABLE, ReplayStatus.REPLAY_STATUS_CORRUPT]) {
      expect(isValid({ ...nothing, status })).to.equal(true);
      expect(isValid({ ...nothing, status }, { stateCid: "" })).to.equal(false);
      expect(isValid({ status })).to.equal(false);
      expect(isValid({ ...nothing, status, output })).to.equal(false);
    }
  });
  it("may be no opinion, with any task, and then says nothing else", () => {
    const nothing = { status: ReplayStatus.REPLAY_STATUS_OTHER_RUNTIME, last: undefined, stepRoot: new Uint8Array(0) };
    expect(bytes(nothing)).to.deep.equal(ABSTENTION);
    for (const of of [{}, { stateCid: "" }, { result: true }]) expect(isValid(nothing, of)).to.equal(true);
    for (const over of [{ last }, { stepRoot: HASH }, { output }]) expect(isValid({ ...nothing, ...over })).to.equal(false);
    expect([ABSTENTION, bytes(), new Uint8Array(0)].map(isAbstention)).to.deep.equal([true, false, false]);
  });
  const wrong: readonly (readonly [string, Partial<ReplayOutcome>])[] = [
    ["no status", { status: 0 }],
    ["an unknown status", { status: 5 }],
    ["no record", { last: undefined }],
    ["the record of another step", { last: { ...last, step: 22 } }],
    ["a short state root", { last: { ...last, stateRoot: HASH.slice(1) } }],
    ["a short step root", { stepRoot: HASH.slice(1) }],
  ];
  for (const [what, over] of wrong) it(`is refused with ${what}`, () => expect(isValid(over)).to.equal(false));
  const outputs: readonly (readonly [string, Partial<typeof output>])[] = [
    ["a short adapter hash", { adapterHash: HASH.slice(1) }],
    ["no tangent root", { tangentRoot: new Uint8Array(0) }],
    ["a short fallback root", { fallbackRoot: HASH.slice(1) }],
    ["no runtime", { runtimeId: new Uint8Array(0) }],
    ["another runtime than the trainer's", { runtimeId: new Uint8Array(32) }],
    ["a correlation above one", { metasmoothnessPpm: 1_000_001 }],
    ["a correlation below minus one", { metasmoothnessPpm: -1_000_001 }],
  ];
  for (const [what, over] of outputs) {
    it(`is refused with ${what}`, () => expect(isValid({ output: { ...output, ...over } }, { result: true })).to.equal(false));
  }
  it("may lack fallback vectors", () => {
    expect(isValid({ output: { ...output, fallbackRoot: new Uint8Array(0) } }, { result: true })).to.equal(true);
  });
  it("has one encoding, and room for the largest", () => {
    expect(parseReplayOutcome(concatBytes(bytes(), Uint8Array.of(0x28, 0)), task())).to.equal(undefined);
    expect(parseReplayOutcome(concatBytes(Uint8Array.of(8, 1), bytes()), task())).to.equal(undefined);
    const top = (1n << 64n) - 1n;
    const wide = { step: 0xffffffff, lossMicroNats: top, dataCursor: top, stateRoot: HASH };
    const largest = bytes({ last: wide, output: { ...output, metasmoothSubsets: 0xffffffff, metasmoothnessPpm: -1_000_000 } });
    expect(largest.length).to.be.at.most(MAX_OUTCOME_BYTES);
    expect(parseReplayOutcome(largest, task({ to: 0xffffffff, result: true }))).to.not.equal(undefined);
  });
  it("is never anything else, whatever bytes come", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (noise) => {
        const outcome = parseReplayOutcome(noise, task());
        return outcome === undefined || ReplayOutcome.encode(outcome).length === noise.length;
      }),
    );
  });
  it("is out of reach where more than a third of the whole committee abstains, whatever the others say", () => {
    const power = fc.bigInt({ min: 0n, max: 100n });
    fc.assert(
      fc.property(power, power, power, (abstain, opinion, silent) => {
        const values = [{ power: abstain, value: ABSTENTION }, { power: opinion, value: bytes() }];
        const whole = abstain + opinion + silent;
        const outOfReach = isOutOfReach(values, whole);
        // Then no opinion can have more than two thirds.
        expect(outOfReach && 3n * (whole - abstain) > 2n * whole).to.equal(false);
        return outOfReach === 3n * abstain > whole;
      }),
    );
    const halves = (abstain: bigint): boolean => isOutOfReach([{ power: abstain, value: ABSTENTION }], 3n);
    expect([halves(1n), halves(2n)]).to.deep.equal([false, true]);
  });
  it("is another result if any field is", () => {
    expect(isSameOutput(output, { ...output })).to.equal(true);
    for (const [field, value] of Object.entries(output)) {
      const other = typeof value === "number" ? value + 1 : new Uint8Array(32);
      expect(isSameOutput(output, { ...output, [field]: other }), field).to.equal(false);
    }
  });
});
