/**
 * Runs the consensus simulator over many seeds, or prints one run. Called by people and by `docs/benchmarks.md`:
 *   npx tsx scripts/simulate-consensus.ts --seeds 1..1000
 *   npx tsx scripts/simulate-consensus.ts --print 17
 */
import { planOf, simulate } from "../chain/testkit/simulator/index.js";

function option(name: string): string | undefined {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv[at + 1];
}

function main(): number {
  const printed = option("--print");
  const range = /^(\d+)\.\.(\d+)$/.exec(
    option("--seeds") ?? (printed === undefined ? "1..200" : `${printed}..${printed}`),
  );
  if (range === null) {
    console.error("usage: simulate-consensus --seeds A..B | --print SEED");
    return 2;
  }
  let failed = 0;
  let runs = 0;
  const clauses = new Map<string, number>();
  const started = performance.now();
  for (let seed = Number(range[1]); seed <= Number(range[2]); seed++) {
    const print = printed === undefined ? {} : { print: (line: string): void => console.log(line) };
    const report = simulate(planOf(seed), print);
    runs++;
    for (const [clause, times] of report.clauses) clauses.set(clause, (clauses.get(clause) ?? 0) + times);
    if (report.violations.length === 0) continue;
    failed++;
    console.log(`seed ${seed}: ${report.violations.join("; ")}`);
  }
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log([...clauses].map(([clause, times]) => `${clause}:${times}`).join(" "));
  console.log(`${runs} runs in ${seconds} s, ${runs - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = main();
