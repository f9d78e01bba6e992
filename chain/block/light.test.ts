import { expect } from "chai";
import { parseHex, toTimeNs } from "../primitives/index.js";
import { cometVectors } from "../testkit/comet-vectors.js";
import { rejection } from "../testkit/rejects.js";
import { decodeCommit } from "./commit.js";
import { decodeHeader } from "./header.js";
import { DEFAULT_TRUST_LEVEL, verifyAdjacent, verifySkipping } from "./light.js";
import type { LightBlock, LightOptions } from "./light.js";
import type { ValidatorSet } from "./types.js";
import { decodeValidatorSet } from "./validator-codec.js";

interface Step extends LightBlock {
  readonly nextValidators: ValidatorSet;
}

const chain: readonly Step[] = cometVectors.light.blocks.map((b) => ({
  header: decodeHeader(parseHex(b.header)),
  commit: decodeCommit(parseHex(b.commit)),
  validators: decodeValidatorSet(parseHex(b.set)),
  nextValidators: decodeValidatorSet(parseHex(b.next)),
}));

const at = (i: number): Step => chain[i] ?? expect.fail(`no height ${i}`);
const HOUR = 3_600_000_000_000n;
const now = toTimeNs(1_750_000_000n + 900n, 0);
const options: LightOptions = { now, trustingPeriodNs: 3n * HOUR, maxClockDriftNs: 10_000_000_000n };
const trust = (
  i: number,
): { header: Step["header"]; nextValidators: ValidatorSet; level: typeof DEFAULT_TRUST_LEVEL } => ({
  header: at(i).header,
  nextValidators: at(i).nextValidators,
  level: DEFAULT_TRUST_LEVEL,
});

describe("a light client", () => {
  it("follows adjacent headers across set changes", () => {
    for (let i = 1; i < chain.length; i++) verifyAdjacent(at(i - 1).header, at(i), options);
  });

  it("skips as far as more than a third of the trusted set still signs", () => {
    verifySkipping(trust(0), at(4), options);
    expect(rejection(() => verifySkipping(trust(0), at(9), options))).to.equal("comet/17");
  });

  it("refuses a trusted header that has expired and a new one from the future", () => {
    const late = { ...options, now: toTimeNs(1_750_000_000n + 4n * 3600n, 0) };
    expect(rejection(() => verifyAdjacent(at(0).header, at(1), late))).to.equal("comet/19");
    const early = { ...options, now: toTimeNs(1_750_000_000n, 0) };
    expect(rejection(() => verifyAdjacent(at(0).header, at(1), early))).to.equal("comet/19");
  });

  it("refuses going back, standing still, and the wrong kind of step", () => {
    expect(rejection(() => verifySkipping(trust(5), at(2), options))).to.equal("comet/19");
    expect(rejection(() => verifySkipping(trust(5), at(5), options))).to.equal("comet/19");
    expect(rejection(() => verifySkipping(trust(5), at(6), options))).to.equal("comet/19");
    expect(rejection(() => verifyAdjacent(at(0).header, at(2), options))).to.equal("comet/19");
  });

  it("refuses a header that is not later than the trusted one", () => {
    const trusted = { ...at(0).header, time: at(1).header.time };
    expect(rejection(() => verifyAdjacent(trusted, at(1), options))).to.equal("comet/19");
  });

  it("refuses a header that the commit is not of, validators that are not the header's, another chain", () => {
    const next = at(1);
    const forged: LightBlock[] = [
      { ...next, header: { ...next.header, appHash: new Uint8Array(32) } },
      { ...next, commit: at(2).commit },
      { ...next, validators: at(5).validators },
      { ...next, header: { ...next.header, chainId: "other" } },
    ];
    for (const each of forged)
      expect(rejection(() => verifyAdjacent(at(0).header, each, options))).to.equal("comet/19");
  });

  it("refuses an adjacent header whose validators were not announced", () => {
    const trusted = { ...at(0).header, nextValidatorsHash: at(5).header.validatorsHash };
    expect(rejection(() => verifyAdjacent(trusted, at(1), options))).to.equal("comet/19");
  });

  it("refuses a commit that lost its signatures", () => {
    const next = at(1);
    const signatures = next.commit.signatures.map((s) => ({ ...s, signature: new Uint8Array(64) }));
    const unsigned = { ...next, commit: { ...next.commit, signatures } };
    expect(rejection(() => verifyAdjacent(at(0).header, unsigned, options))).to.equal("comet/16");
  });

  it("takes trust levels from a third to all", () => {
    const level = (numerator: bigint, denominator: bigint): ReturnType<typeof trust> => ({
      ...trust(0),
      level: { numerator, denominator },
    });
    for (const bad of [level(1n, 4n), level(4n, 3n), level(1n, 0n), level(-1n, -3n)]) {
      expect(rejection(() => verifySkipping(bad, at(4), options))).to.equal("comet/4");
    }
    verifySkipping(level(2n, 5n), at(2), options);
    expect(rejection(() => verifySkipping(level(1n, 1n), at(4), options))).to.equal("comet/17");
  });
});
