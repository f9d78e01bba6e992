import { expect } from "chai";
import fc from "fast-check";
import {
  DEC_ONE,
  DEC_ZERO,
  addDec,
  decFromInt,
  mulDec,
  mulDecInt,
  parseDec,
  quoDec,
  subDec,
  toDec,
  toUopen,
  truncateInt,
} from "../../../chain/primitives/index.js";
import type { Dec } from "../../../chain/primitives/index.js";
import { formatTally, judge, tally } from "./tally.js";
import type { Count, Tally } from "./tally.js";
import { OPTIONS } from "./weights.js";
import type { Weights } from "./weights.js";

interface Delegation {
  readonly voter: number;
  readonly validator: number;
  readonly shares: Dec;
}

interface World {
  readonly validators: readonly { readonly tokens: bigint; readonly shares: Dec; readonly own: Weights | undefined }[];
  readonly delegations: readonly Delegation[];
  /** Voter -> vote; those who are absent did not vote. */
  readonly votes: readonly (Weights | undefined)[];
}

/** Up to four answers with weights in hundredths that sum to one. */
const weights: fc.Arbitrary<Weights> = fc
  .uniqueArray(fc.constantFrom(...OPTIONS), { minLength: 1, maxLength: 4 })
  .chain((options) =>
    fc.array(fc.integer({ min: 1, max: 25 }), { minLength: options.length - 1, maxLength: options.length - 1 }).map((parts) => {
      const rest = 100 - parts.reduce((a, b) => a + b, 0);
      return new Map(options.map((o, i) => [o, parseDec(((parts[i] ?? rest) / 100).toFixed(2))]));
    }),
  );

const world: fc.Arbitrary<World> = fc
  .record({
    delegations: fc.array(
      fc.record({ voter: fc.nat(5), validator: fc.nat(2), shares: fc.bigInt({ min: 1n, max: 10n ** 33n }) }),
      { maxLength: 12 },
    ),
    votes: fc.array(fc.option(weights, { nil: undefined }), { minLength: 6, maxLength: 6 }),
    own: fc.array(fc.option(weights, { nil: undefined }), { minLength: 3, maxLength: 3 }),
    silent: fc.array(fc.bigInt({ min: 1n, max: 10n ** 33n }), { minLength: 3, maxLength: 3 }),
    /** Per mille of what the shares were worth that slashing has left. */
    left: fc.array(fc.bigInt({ min: 1n, max: 1000n }), { minLength: 3, maxLength: 3 }),
  })
  .map(({ delegations, votes, own, silent, left }) => ({
    votes,
    delegations: delegations.map((d) => ({ ...d, shares: toDec(d.shares) })),
    validators: [0, 1, 2].map((validator) => {
      const held = delegations.filter((d) => d.validator === validator).map((d) => d.shares);
      const shares = toDec(held.reduce((a, b) => a + b, silent[validator] ?? 1n));
      return { shares, tokens: (truncateInt(shares) * (left[validator] ?? 1n)) / 1000n + 1n, own: own[validator] };
    }),
  }));

/** What ballots.ts keeps, from a world at rest. */
function countsOf({ validators, delegations, votes }: World): Count[] {
  return validators.map(({ tokens, shares, own }, validator) => {
    const delegated = new Map<number, bigint>();
    for (const d of delegations.filter((each) => each.validator === validator)) {
      for (const [option, weight] of votes[d.voter] ?? []) {
        delegated.set(option, (delegated.get(option) ?? 0n) + d.shares * weight);
      }
    }
    return { tokens, shares, own, delegated };
  });
}

/** The SDK's algorithm, voter by voter, with its roundings. */
function naive({ validators, delegations, votes }: World): Tally {
  const results = new Map<number, Dec>(OPTIONS.map((o) => [o, DEC_ZERO]));
  const add = (vote: Weights, power: Dec): void => {
    for (const [option, weight] of vote) results.set(option, addDec(results.get(option) ?? DEC_ZERO, mulDec(power, weight)));
  };
  const deductions = validators.map(() => DEC_ZERO);
  votes.forEach((vote, voter) => {
    if (vote === undefined) return;
    for (const { validator, shares } of delegations.filter((d) => d.voter === voter)) {
      const { tokens, shares: all } = validators[validator] ?? { tokens: 0n, shares: DEC_ONE };
      deductions[validator] = addDec(deductions[validator] ?? DEC_ZERO, shares);
      add(vote, quoDec(mulDecInt(shares, tokens), all));
    }
  });
  validators.forEach(({ tokens, shares, own }, i) => {
    if (own === undefined) return;
    const rest = subDec(shares, deductions[i] ?? DEC_ZERO);
    add(own, quoDec(mulDecInt(rest, tokens), shares));
  });
  const [yes, abstain, no, veto] = OPTIONS.map((o) => results.get(o) ?? DEC_ZERO) as [Dec, Dec, Dec, Dec];
  return { yes, abstain, no, veto, total: [yes, abstain, no, veto].reduce(addDec, DEC_ZERO) };
}

const distance = (a: bigint, b: bigint): bigint => (a > b ? a - b : b - a);

describe("a tally", () => {
  it("is what the SDK's walk over voters and delegations finds, but for its roundings", () => {
    fc.assert(
      fc.property(world, (given) => {
        const [found, expected] = [tally(countsOf(given)), naive(given)];
        const steps = BigInt(4 * (given.delegations.length + given.validators.length) + 4);
        for (const key of ["yes", "abstain", "no", "veto", "total"] as const)
          expect(distance(found[key], expected[key]) <= steps, key).to.equal(true);
      }),
      { numRuns: 300 },
    );
  });

  it("equals it to the last place where a share is worth a uopen and votes are undivided", () => {
    const whole = world.map(({ validators, delegations, votes }): World => {
      const shares = delegations.map((d) => ({ ...d, shares: decFromInt(truncateInt(d.shares) + 1n) }));
      const first = (vote: Weights | undefined): Weights | undefined => vote && new Map([[[...vote.keys()][0] ?? 1, DEC_ONE]]);
      return {
        delegations: shares,
        votes: votes.map(first),
        validators: validators.map(({ own }, i) => {
          const sum = shares.filter((d) => d.validator === i).reduce((a, d) => addDec(a, d.shares), decFromInt(7n));
          return { tokens: truncateInt(sum), shares: sum, own: first(own) };
        }),
      };
    });
    fc.assert(
      fc.property(whole, (given) => void expect(tally(countsOf(given))).to.deep.equal(naive(given))),
      { numRuns: 200 },
    );
  });

  it("never finds more power than there is stake, and all of it when every validator votes", () => {
    fc.assert(
      fc.property(world, weights, (given, vote) => {
        const stake = decFromInt(given.validators.reduce((sum, v) => sum + v.tokens, 0n));
        expect(tally(countsOf(given)).total <= stake).to.equal(true);
        const all = { ...given, validators: given.validators.map((v) => ({ ...v, own: vote })) };
        expect(distance(tally(countsOf(all)).total, stake) <= 12n).to.equal(true);
      }),
    );
  });

  it("lets a delegator's vote replace what its validator says for these shares, and no others", () => {
    const yes: Weights = new Map([[1, DEC_ONE]]);
    const delegated = new Map([[3, 40n * 10n ** 36n]]);
    const found = tally([{ tokens: 100n, shares: decFromInt(100n), own: yes, delegated }]);
    expect(formatTally(found)).to.deep.equal({ yesCount: "60", abstainCount: "0", noCount: "40", noWithVetoCount: "0" });
  });

  it("counts a validator without shares, or without tokens, as nothing", () => {
    const own: Weights = new Map([[1, DEC_ONE]]);
    expect(tally([{ tokens: 0n, shares: DEC_ZERO, own, delegated: new Map() }]).total).to.equal(0n);
    expect(tally([{ tokens: 0n, shares: DEC_ONE, own, delegated: new Map() }]).total).to.equal(0n);
  });
});

const powers = (yes: bigint, no: bigint, abstain = 0n, veto = 0n): Tally => {
  const [y, n, a, v] = [yes, no, abstain, veto].map(decFromInt) as [Dec, Dec, Dec, Dec];
  return { yes: y, no: n, abstain: a, veto: v, total: decFromInt(yes + no + abstain + veto) };
};
const thresholds = { quorum: parseDec("0.334"), threshold: parseDec("0.5"), veto: parseDec("0.334") };
const verdict = (found: Tally, bonded = 1000n): string => judge(found, toUopen(bonded), thresholds);

describe("the verdict on a tally", () => {
  it("asks for stake, quorum, decided votes, no veto and a majority, in this order", () => {
    expect(verdict(powers(500n, 0n), 0n)).to.equal("no stake");
    expect(verdict(powers(333n, 0n))).to.equal("no quorum");
    expect(verdict(powers(334n, 0n))).to.equal("passed");
    expect(verdict(powers(0n, 0n, 900n))).to.equal("rejected");
    expect(verdict(powers(600n, 0n, 0n, 400n))).to.equal("vetoed");
    expect(verdict(powers(666n, 0n, 0n, 334n))).to.equal("passed");
    expect(verdict(powers(400n, 400n))).to.equal("rejected");
    expect(verdict(powers(401n, 400n))).to.equal("passed");
  });

  it("does not count abstentions against a proposal, but towards its quorum", () => {
    expect(verdict(powers(2n, 1n, 900n))).to.equal("passed");
    expect(verdict(powers(2n, 1n))).to.equal("no quorum");
  });
});
