import { expect } from "chai";
import fc from "fast-check";
import { parseHex, toHex, toVotingPower } from "../primitives/index.js";
import { cometVectors } from "../testkit/comet-vectors.js";
import { rejection } from "../testkit/rejects.js";
import { MAX_TOTAL_POWER } from "./limits.js";
import { decodeValidatorSet, encodeValidatorSet, validatorSetHash } from "./validator-codec.js";
import {
  applyUpdates,
  compareValidators,
  createValidatorSet,
  findValidator,
  indexOfValidator,
} from "./validator-set.js";
import type { ValidatorChange } from "./validator-set.js";

const change = (key: number, power: bigint): ValidatorChange => ({
  publicKey: new Uint8Array(32).fill(key),
  power: toVotingPower(power),
});

describe("validator sets", () => {
  it("are made, hashed and encoded as CometBFT does, whatever the order of the changes", () => {
    for (const vector of cometVectors.validatorSets) {
      const changes = vector.changes.map(([key, power]) => ({
        publicKey: parseHex(key),
        power: toVotingPower(BigInt(power)),
      }));
      for (const order of [changes, changes.toReversed()]) {
        const set = createValidatorSet(order);
        expect(toHex(encodeValidatorSet(set))).to.equal(vector.bytes);
        expect(toHex(validatorSetHash(set))).to.equal(vector.hash);
        expect(toHex(set.proposer.address)).to.equal(vector.proposer);
      }
      expect(decodeValidatorSet(parseHex(vector.bytes))).to.deep.equal(createValidatorSet(changes));
    }
  });

  it("stand in the order of power, then address, and know their total", () => {
    const powers = fc.array(fc.bigInt({ min: 1n, max: 5n }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(powers, (list) => {
        const set = createValidatorSet(list.map((p, i) => change(i, p)));
        expect(set.totalPower).to.equal(list.reduce((a, b) => a + b, 0n));
        set.validators.forEach((v, i) => {
          const next = set.validators[i + 1];
          if (next !== undefined) expect(compareValidators(v, next)).to.be.below(0);
        });
      }),
    );
  });

  it("find a validator by address, and nobody for a stranger's", () => {
    const set = createValidatorSet([change(1, 10n), change(2, 20n), change(3, 20n)]);
    set.validators.forEach((v, i) => {
      expect(indexOfValidator(set, v.address)).to.equal(i);
      expect(findValidator(set, v.address)).to.equal(v);
    });
    expect(indexOfValidator(set, new Uint8Array(20))).to.equal(-1);
    expect(findValidator(set, new Uint8Array(3))).to.equal(undefined);
  });

  it("are unchanged, not copied, by no updates", () => {
    const set = createValidatorSet([change(1, 10n)]);
    expect(applyUpdates(set, [])).to.equal(set);
  });

  it("start a newcomer at minus 1.125 times the total power, before centring", () => {
    const set = applyUpdates(createValidatorSet([change(1, 100n)]), [change(2, 60n)]);
    // Priorities 0 and -(160 + 20), average -90.
    expect(set.validators.map((v) => v.priority)).to.deep.equal([90n, -90n]);
  });

  it("count a newcomer's start before removals, so that a swap gains nothing", () => {
    const set = applyUpdates(createValidatorSet([change(1, 100n), change(2, 100n)]), [
      change(2, 0n),
      change(3, 10n),
    ]);
    // The kept one had its turn (-100); the newcomer gets -(210 + 26); spread 136 fits the window of 220; average -168.
    expect(set.totalPower).to.equal(110n);
    expect(set.validators.map((v) => v.priority)).to.deep.equal([68n, -68n]);
  });

  it("refuse what would leave no validator", () => {
    expect(rejection(() => createValidatorSet([]))).to.equal("comet/13");
    const set = createValidatorSet([change(1, 10n)]);
    expect(rejection(() => applyUpdates(set, [change(1, 0n)]))).to.equal("comet/13");
    expect(applyUpdates(set, [change(1, 0n), change(2, 5n)]).validators).to.have.length(1);
  });

  it("refuse repeats, strangers' removals, bad keys and new validators without power", () => {
    const set = createValidatorSet([change(1, 10n)]);
    expect(rejection(() => applyUpdates(set, [change(2, 5n), change(2, 6n)]))).to.equal("comet/13");
    expect(rejection(() => applyUpdates(set, [change(2, 0n)]))).to.equal("comet/13");
    expect(rejection(() => createValidatorSet([change(1, 0n)]))).to.equal("comet/13");
    const short = { publicKey: new Uint8Array(31), power: toVotingPower(1n) };
    expect(rejection(() => createValidatorSet([short]))).to.equal("comet/13");
  });

  it("refuse a total above the cap, also through an update", () => {
    expect(createValidatorSet([change(1, MAX_TOTAL_POWER)]).totalPower).to.equal(MAX_TOTAL_POWER);
    expect(rejection(() => createValidatorSet([change(1, MAX_TOTAL_POWER), change(2, 1n)]))).to.equal(
      "comet/4",
    );
    expect(rejection(() => createValidatorSet([change(1, MAX_TOTAL_POWER + 1n)]))).to.equal("comet/4");
    const set = createValidatorSet([change(1, MAX_TOTAL_POWER)]);
    expect(rejection(() => applyUpdates(set, [change(2, 1n)]))).to.equal("comet/4");
    expect(applyUpdates(set, [change(1, 0n), change(2, MAX_TOTAL_POWER)]).totalPower).to.equal(
      MAX_TOTAL_POWER,
    );
  });

  it("refuse bytes out of order, with a foreign proposer or with an address that is not the key's", () => {
    const set = createValidatorSet([change(1, 10n), change(2, 20n)]);
    const swapped = { ...set, validators: set.validators.toReversed() };
    expect(rejection(() => decodeValidatorSet(encodeValidatorSet(swapped)))).to.equal("comet/13");
    const foreign = { ...set, proposer: createValidatorSet([change(3, 1n)]).proposer };
    expect(rejection(() => decodeValidatorSet(encodeValidatorSet(foreign)))).to.equal("comet/13");
    const [first, second] = set.validators;
    if (first === undefined || second === undefined) return expect.fail("two validators");
    const posing = { ...set, validators: [{ ...first, address: second.address }, second] };
    expect(rejection(() => decodeValidatorSet(encodeValidatorSet(posing)))).to.equal("comet/13");
    const repeated = { ...set, validators: [first, first] };
    expect(rejection(() => decodeValidatorSet(encodeValidatorSet(repeated)))).to.equal("comet/13");
  });
});
