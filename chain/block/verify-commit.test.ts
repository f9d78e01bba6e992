import { expect } from "chai";
import fc from "fast-check";
import { EMPTY_BYTES, toHeight, toTimeNs } from "../primitives/index.js";
import { passes, rejection } from "../testkit/rejects.js";
import { TEST_CHAIN, testBlockId, testCommit, testValidators } from "../testkit/validators.js";
import { ABSENT_SIG } from "./commit.js";
import { toCommit, toExtendedCommit } from "./extended-commit.js";
import { medianTime } from "./median-time.js";
import type { BlockIdFlag, Commit, CommitSig, ExtendedCommitSig } from "./types.js";
import {
  verifyCommit,
  verifyCommitLight,
  verifyCommitTrusting,
  verifyExtendedCommit,
} from "./verify-commit.js";
import type { CommitClaim } from "./verify-commit.js";

const validators = testValidators([10, 10, 10, 10]);
const claim: CommitClaim = {
  chainId: TEST_CHAIN,
  validators: validators.set,
  height: toHeight(7n),
  blockId: testBlockId(1),
};
const commitOf = (...flags: BlockIdFlag[]): Commit => toCommit(testCommit(validators, flags));
const third = { numerator: 1n, denominator: 3n };

function withPlace(commit: Commit, index: number, change: Partial<CommitSig>): Commit {
  return { ...commit, signatures: commit.signatures.map((s, i) => (i === index ? { ...s, ...change } : s)) };
}

describe("a commit proves its block", () => {
  it("with more than two thirds of the power, not with two thirds", () => {
    verifyCommit(claim, commitOf());
    verifyCommit(claim, commitOf("commit", "absent"));
    expect(rejection(() => verifyCommit(claim, commitOf("absent", "absent")))).to.equal("comet/17");
    const three = testValidators([10, 10, 10]);
    const exact = toCommit(testCommit(three, ["commit", "commit", "absent"]));
    expect(rejection(() => verifyCommit({ ...claim, validators: three.set }, exact))).to.equal("comet/17");
  });

  it("and votes for nil do not count towards it", () => {
    expect(rejection(() => verifyCommit(claim, commitOf("nil", "nil")))).to.equal("comet/17");
  });

  it("exactly when the power for the block is above two thirds, whoever is missing", () => {
    const flags = fc.constantFrom<BlockIdFlag>("absent", "commit", "nil");
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.integer({ min: 1, max: 50 }), flags), { minLength: 1, maxLength: 6 }),
        (places) => {
          const some = testValidators(places.map(([power]) => power));
          const commit = toCommit(
            testCommit(
              some,
              places.map(([, flag]) => flag),
            ),
          );
          const signed = some.set.validators.reduce(
            (sum, v, i) => (places[i]?.[1] === "commit" ? sum + v.power : sum),
            0n,
          );
          const proven = passes(() => verifyCommit({ ...claim, validators: some.set }, commit));
          expect(proven).to.equal(signed * 3n > some.set.totalPower * 2n);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("but not of another height, block, chain or number of validators", () => {
    const commit = commitOf();
    expect(rejection(() => verifyCommit({ ...claim, height: toHeight(8n) }, commit))).to.equal("comet/10");
    expect(rejection(() => verifyCommit({ ...claim, blockId: testBlockId(2) }, commit))).to.equal("comet/10");
    expect(rejection(() => verifyCommit({ ...claim, chainId: "other" }, commit))).to.equal("comet/16");
    expect(
      rejection(() => verifyCommit(claim, { ...commit, signatures: commit.signatures.slice(1) })),
    ).to.equal("comet/10");
    const more = { ...commit, signatures: [...commit.signatures, ABSENT_SIG] };
    expect(rejection(() => verifyCommit(claim, more))).to.equal("comet/10");
  });

  it("and every signature is checked, also beyond the threshold and for nil", () => {
    const signature = new Uint8Array(64);
    expect(rejection(() => verifyCommit(claim, withPlace(commitOf(), 3, { signature })))).to.equal(
      "comet/16",
    );
    const nil = withPlace(commitOf("commit", "commit", "commit", "nil"), 3, { signature });
    expect(rejection(() => verifyCommit(claim, nil))).to.equal("comet/16");
    verifyCommitLight(claim, withPlace(commitOf(), 3, { signature }));
  });

  it("and each place names its own validator, also for nil (CSA-2026-001)", () => {
    const validator = validators.keys[0]?.address ?? EMPTY_BYTES;
    expect(rejection(() => verifyCommit(claim, withPlace(commitOf(), 1, { validator })))).to.equal(
      "comet/18",
    );
    const nil = withPlace(commitOf("commit", "commit", "commit", "nil"), 3, { validator });
    expect(rejection(() => verifyCommit(claim, nil))).to.equal("comet/18");
  });

  it("to a light client with a third of a trusted set, looked up by address", () => {
    const commit = commitOf();
    const overlap = testValidators([10, 10, 10, 10, 10, 10, 10, 10, 10, 10]);
    verifyCommitTrusting(TEST_CHAIN, overlap.set, commit, third);
    const stranger = {
      ...overlap.set,
      validators: overlap.set.validators.filter(
        (v) => !validators.set.validators.some((w) => w.address.join() === v.address.join()),
      ),
    };
    expect(rejection(() => verifyCommitTrusting(TEST_CHAIN, stranger, commit, third))).to.equal("comet/17");
    const first = commit.signatures[0] ?? ABSENT_SIG;
    const twice = { ...commit, signatures: [first, first, ...commit.signatures.slice(2)] };
    expect(rejection(() => verifyCommitTrusting(TEST_CHAIN, overlap.set, twice, third))).to.equal("comet/10");
    const forged = withPlace(commit, 0, { signature: new Uint8Array(64) });
    expect(rejection(() => verifyCommitTrusting(TEST_CHAIN, overlap.set, forged, third))).to.equal(
      "comet/16",
    );
  });
});

describe("an extended commit", () => {
  const extended = testCommit(validators, ["commit", "commit", "commit", "nil"]);
  const spoil = (index: number, change: Partial<ExtendedCommitSig>): typeof extended => ({
    ...extended,
    signatures: extended.signatures.map((s, i) => (i === index ? { ...s, ...change } : s)),
  });

  it("needs a valid extension signature on each vote for the block", () => {
    verifyExtendedCommit(claim, extended, true);
    for (const change of [
      { extensionSignature: EMPTY_BYTES, extension: EMPTY_BYTES },
      { extensionSignature: new Uint8Array(64) },
      { extension: Uint8Array.of(99) },
    ]) {
      expect(rejection(() => verifyExtendedCommit(claim, spoil(1, change), true))).to.equal("comet/16");
    }
    const plain = toExtendedCommit(toCommit(extended));
    expect(rejection(() => verifyExtendedCommit(claim, plain, true))).to.equal("comet/16");
  });

  it("has no extension on a vote for nil, and none at all where extensions are off", () => {
    const onNil = spoil(3, { extensionSignature: new Uint8Array(64) });
    expect(rejection(() => verifyExtendedCommit(claim, onNil, true))).to.equal("comet/10");
    expect(rejection(() => verifyExtendedCommit(claim, extended, false))).to.equal("comet/10");
    verifyExtendedCommit(claim, toExtendedCommit(toCommit(extended)), false);
  });

  it("is a commit first", () => {
    expect(
      rejection(() => verifyExtendedCommit({ ...claim, height: toHeight(1n) }, extended, true)),
    ).to.equal("comet/10");
  });
});

describe("the median time of a commit", () => {
  const at = (...seconds: (number | null)[]): Commit => {
    const commit = commitOf();
    const signatures = commit.signatures.map((s, i) => {
      const second = seconds[i] ?? null;
      return second === null ? ABSENT_SIG : { ...s, time: toTimeNs(BigInt(second), 0) };
    });
    return { ...commit, signatures };
  };
  const median = (...seconds: (number | null)[]): number =>
    Number(medianTime(at(...seconds), validators.set) / 1_000_000_000n);

  it("is the lower middle of equal powers, whatever the order", () => {
    expect(median(4, 1, 3, 2)).to.equal(2);
    expect(median(1, 2, 3, 4)).to.equal(2);
    expect(median(9, null, 5, 7)).to.equal(7);
    expect(median(null, null, 5, null)).to.equal(5);
  });

  it("weighs by power and stays among the honest times while less than a third lies", () => {
    const weighted = testValidators([60, 20, 20]);
    const commit = toCommit(testCommit(weighted, []));
    const times = [5n, 1000n, 0n];
    const signatures = commit.signatures.map((s, i) => ({ ...s, time: toTimeNs(times[i] ?? 0n, 0) }));
    expect(medianTime({ ...commit, signatures }, weighted.set)).to.equal(toTimeNs(5n, 0));
  });

  it("is refused when an address is not in the set, or when nobody voted", () => {
    const commit = withPlace(at(1, 2, 3, 4), 2, { validator: new Uint8Array(20) });
    expect(rejection(() => medianTime(commit, validators.set))).to.equal("comet/18");
    expect(rejection(() => medianTime(at(null, null, null, null), validators.set))).to.equal("comet/10");
  });
});
