/**
 * Many seeded runs of the consensus simulator, or one of them printed whole.
 *
 *   npx tsx scripts/simulate-consensus.ts [first seed=0] [count=1000]
 *   npx tsx scripts/simulate-consensus.ts --print SEED
 */
import { CLAUSES } from "../chain/consensus/index.js";
import { planOf, simulate } from "../chain/testkit/simulator/index.js";

const [first = "0", second = "1000"] = process.argv.slice(2);

function describePlan(seed: number): string {
  const plan = planOf(seed);
  const lie = plan.lie === null || plan.lie === "twins" ? plan.lie : plan.lie.name;
  return JSON.stringify({ ...plan, lie }, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value));
}

function printRun(seed: number): number {
  process.stdout.write(`${describePlan(seed)}\n`);
  const { violations } = simulate(planOf(seed), { print: (line) => process.stdout.write(`${line}\n`) });
  for (const line of violations) process.stdout.write(`VIOLATION ${line}\n`);
  return violations.length === 0 ? 0 : 1;
}

function runMany(from: number, count: number): number {
  const totals = { runs: 0, failed: 0, heights: 0, events: 0, crashes: 0, evidence: 0, convicted: 0, virtualMs: 0 };
  const clauses = new Map<string, number>(CLAUSES.map((clause) => [clause, 0]));
  for (let seed = from; seed < from + count; seed++) {
    const report = simulate(planOf(seed));
    totals.runs++;
    totals.heights += report.height;
    totals.events += report.events;
    totals.crashes += report.crashes;
    totals.evidence += report.evidence;
    totals.convicted += report.convicted.size;
    totals.virtualMs += report.virtualMs;
    for (const [clause, times] of report.clauses) clauses.set(clause, (clauses.get(clause) ?? 0) + times);
    if (report.violations.length > 0) {
      totals.failed++;
      process.stdout.write(`seed ${seed}: ${report.violations.join("; ")}\n${describePlan(seed)}\n`);
    }
    if (totals.runs % 1_000 === 0) process.stdout.write(`${totals.runs} runs, ${totals.failed} failed, ${Math.round(process.cpuUsage().user / 1e6)} s of CPU\n`);
  }
  process.stdout.write(`${JSON.stringify(totals)}\n${[...clauses].map(([clause, times]) => `${clause} ${times}`).join(", ")}\n`);
  return totals.failed === 0 ? 0 : 1;
}

process.exitCode = first === "--print" ? printRun(Number(second)) : runMany(Number(first), Number(second));
