import { expect } from "chai";
import { CLAUSES, proposerAt } from "../../consensus/index.js";
import { planOf, simulate } from "./index.js";
import type { Plan } from "./index.js";
import { validatorSetOf } from "./symbolic.js";

const SEEDS = 200;
/** L32 needs polkas for two values in two rounds and the older one proposed again; core.test.ts scripts it. */
const SCRIPTED_ONLY = ["L32"];

/** Four honest nodes and no faults: what remains is what the test itself does. */
function quiet(seed: number): Plan {
  return {
    ...planOf(seed),
    powers: [10n, 10n, 10n, 10n],
    liars: 0,
    lie: null,
    healMs: 1_000,
    dropPercent: 0,
    duplicatePercent: 0,
    voteDropPercent: 0,
    slowPercent: 0,
    partitionMs: 0,
    crashPerTenThousand: 0,
    clocks: [100, 100, 100, 100],
  };
}

describe("consensus under simulation", () => {
  it(`keeps agreement, validity, honesty and liveness in ${SEEDS} seeded runs`, function () {
    this.timeout(180_000);
    const reached = new Map<string, number>();
    let crashes = 0;
    let evidence = 0;
    const lies = new Set<string>();
    for (let seed = 0; seed < SEEDS; seed++) {
      const plan = planOf(seed);
      const report = simulate(plan);
      expect(report.violations, `seed ${seed}`).to.deep.equal([]);
      for (const [clause, times] of report.clauses) reached.set(clause, (reached.get(clause) ?? 0) + times);
      crashes += report.crashes;
      evidence += report.evidence;
      if (plan.lie !== null) lies.add(plan.lie === "twins" ? "twins" : plan.lie.name);
    }
    const unreached = CLAUSES.filter(
      (clause) => !SCRIPTED_ONLY.includes(clause) && (reached.get(clause) ?? 0) === 0,
    );
    expect(unreached, "clauses of the paper that no run took").to.deep.equal([]);
    expect(crashes).to.be.greaterThan(100);
    expect(evidence).to.be.greaterThan(100);
    expect([...lies].length).to.equal(7);
  });

  it("gives the same run for the same seed", () => {
    const lines: [string[], string[]] = [[], []];
    for (const run of lines) simulate(planOf(41), { print: (line) => run.push(line) });
    expect(lines[0]).to.deep.equal(lines[1]);
    expect(lines[0].length).to.be.greaterThan(100);
  });

  it("keeps a lock when one node alone has decided, and an unlocked one proposes a new value", () => {
    const set = validatorSetOf([10n, 10n, 10n, 10n]);
    const proposer = (round: number): number =>
      set.validators.findIndex((v) => v.publicKey === proposerAt(set, round).publicKey);
    const unlocked = proposer(1);
    const decider = proposer(2);
    const report = simulate(
      { ...quiet(5), healMs: 12_000 },
      {
        isLost(from, to, message) {
          if (message.kind === "decided") return true;
          if (message.kind === "certificate") return from === decider || to === unlocked;
          if (message.kind === "proposal") return to === unlocked && message.proposal.round === 0;
          if (message.kind !== "vote" || message.vote.index !== decider) return false;
          return message.vote.type === "precommit" || to === unlocked;
        },
      },
    );
    expect(report.violations).to.deep.equal([]);
    expect(report.clauses.get("L26"), "locked nodes refuse the new value").to.be.greaterThan(0);
  });

  it("never double signs and goes on when a process dies at any one point of two heights", function () {
    this.timeout(60_000);
    let crashes = 0;
    for (let point = 0; point < 90; point++) {
      const report = simulate(quiet(1), { crashAt: { node: point % 4, point: point >> 1 } });
      expect(report.violations, `point ${point}`).to.deep.equal([]);
      crashes += report.crashes;
    }
    expect(crashes).to.equal(90);
  });
});
