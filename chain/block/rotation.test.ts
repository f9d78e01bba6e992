import { expect } from "chai";
import fc from "fast-check";
import { ed25519Address } from "../crypto/index.js";
import { parseHex, toHex, toVotingPower } from "../primitives/index.js";
import { rotationVectors } from "../testkit/comet-vectors.js";
import { passes, rejection } from "../testkit/rejects.js";
import { MAX_INCREMENTS, centre, incrementPriority, rescale } from "./rotation.js";
import type { ValidatorSet } from "./types.js";
import { applyUpdates, createValidatorSet } from "./validator-set.js";
import type { ValidatorChange } from "./validator-set.js";

const keys = rotationVectors.keys.map(parseHex);
const numbers = new Map(keys.map((key, i) => [toHex(ed25519Address(key)), String(i)]));
const numberOf = (address: Uint8Array): string => numbers.get(toHex(address)) ?? "unknown";

function toChanges(pairs: readonly (readonly [string, string])[]): ValidatorChange[] {
  return pairs.map(([key, power]) => ({
    publicKey: keys[Number(key)] ?? new Uint8Array(0),
    power: toVotingPower(BigInt(power)),
  }));
}

function flat(set: ValidatorSet): string[][] {
  return set.validators.map((v) => [numberOf(v.address), String(v.power), String(v.priority)]);
}

function setOf(powers: readonly number[]): ValidatorSet {
  return createValidatorSet(
    powers.map((p, i) => ({ publicKey: new Uint8Array(32).fill(i + 1), power: toVotingPower(BigInt(p)) })),
  );
}

const anyPowers = fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1, maxLength: 20 });

describe("proposer rotation", () => {
  for (const run of rotationVectors.runs) {
    it(`equals CometBFT over ${run.steps.length} steps: ${run.name}`, () => {
      let set = createValidatorSet(toChanges(run.initial));
      expect(flat(set)).to.deep.equal(run.start);
      run.steps.forEach((step, i) => {
        let updated = set;
        const accepted = passes(() => {
          updated = applyUpdates(set, toChanges(step.changes ?? []));
        });
        expect(accepted, `step ${i} accepts its changes`).to.equal(step.refused !== true);
        set = incrementPriority(updated, step.times);
        expect(flat(set), `set after step ${i}`).to.deep.equal(step.set);
        expect(numberOf(set.proposer.address), `proposer after step ${i}`).to.equal(step.proposer);
      });
    });
  }

  it("centres around zero: the sum of priorities stays below the number of validators before each turn", () => {
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: -(1n << 60n), max: 1n << 60n }), { minLength: 1, maxLength: 30 }),
        (priorities) => {
          const sum = centre(priorities).reduce((a, b) => a + b, 0n);
          expect(sum >= 0n && sum < BigInt(priorities.length)).to.equal(true);
        },
      ),
    );
  });

  it("floors the average where division would truncate", () => {
    expect(centre([-7n, 0n])).to.deep.equal([-3n, 4n]);
  });

  it("rescales into the window and truncates toward zero", () => {
    expect(rescale([-7n, 7n], 7n)).to.deep.equal([-3n, 3n]);
    expect(rescale([-3n, 4n], 7n)).to.deep.equal([-3n, 4n]);
    fc.assert(
      fc.property(
        fc.array(fc.bigInt({ min: -(1n << 61n), max: 1n << 61n }), { minLength: 2, maxLength: 30 }),
        fc.bigInt({ min: 1n, max: 1n << 60n }),
        (priorities, window) => {
          const scaled = [...rescale(priorities, window)].sort((a, b) => (a < b ? -1 : 1));
          expect((scaled.at(-1) ?? 0n) - (scaled[0] ?? 0n) <= window).to.equal(true);
        },
      ),
    );
  });

  it("keeps priorities within the window of twice the total power, whatever the powers", () => {
    fc.assert(
      fc.property(anyPowers, fc.integer({ min: 1, max: 50 }), (powers, times) => {
        const set = incrementPriority(setOf(powers), times);
        const priorities = set.validators.map((v) => v.priority).sort((a, b) => (a < b ? -1 : 1));
        expect(
          (priorities.at(-1) ?? 0n) - (priorities[0] ?? 0n) <= 2n * set.totalPower + set.totalPower,
        ).to.equal(true);
      }),
    );
  });

  it("gives each validator turns in proportion to its power", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 8 }), (powers) => {
        let set = setOf(powers);
        const total = Number(set.totalPower);
        const turns = new Map<string, number>();
        for (let i = 0; i < total * 3; i++) {
          set = incrementPriority(set, 1);
          const who = toHex(set.proposer.address);
          turns.set(who, (turns.get(who) ?? 0) + 1);
        }
        for (const v of set.validators) {
          expect(Math.abs((turns.get(toHex(v.address)) ?? 0) - Number(v.power) * 3)).to.be.at.most(
            1 + powers.length,
          );
        }
      }),
      { numRuns: 30 },
    );
  });

  it("breaks a tie in favour of the lower address", () => {
    const set = setOf([1, 1, 1]);
    const lowest = [...set.validators].map((v) => toHex(v.address)).sort((a, b) => (a < b ? -1 : 1))[0];
    expect(toHex(set.proposer.address)).to.equal(lowest);
  });

  it("leaves its argument as it was", () => {
    const set = setOf([3, 5]);
    const before = flat(set);
    incrementPriority(set, 3);
    expect(flat(set)).to.deep.equal(before);
  });

  it("clips at the ends of int64 instead of growing past them", () => {
    const [a, b] = setOf([1, 1]).validators;
    if (a === undefined || b === undefined) return expect.fail("two validators");
    const limit = (1n << 63n) - 1n;
    const huge: ValidatorSet = {
      validators: [
        { ...a, priority: limit },
        { ...b, priority: -limit },
      ],
      totalPower: toVotingPower(limit / 8n),
      proposer: a,
    };
    for (const v of incrementPriority(huge, 1).validators) {
      expect(v.priority <= limit && v.priority >= -limit - 1n).to.equal(true);
    }
  });

  it("rejects a number of increments that is not from 1 to the bound", () => {
    for (const times of [0, -1, 1.5, Number.NaN, MAX_INCREMENTS + 1]) {
      expect(rejection(() => incrementPriority(setOf([1]), times))).to.equal("comet/4");
    }
  });
});
