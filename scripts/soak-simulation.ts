import { REFUSED_BY_DESIGN, SOAK_KINDS, createCoverage, handledTypes, kindOf, soak } from "../chain/testkit/app-simulation/soak.js";

/**
 * Called by hand: `npm exec tsx scripts/soak-simulation.ts -- 1 1000 100`: the whole application under random messages, from
 * seed 1 to 1000, a hundred blocks each. Prints what each seed did, and at the end which messages were never sent or never
 * succeeded. A seed that fails is printed with what broke, and the rest goes on; the exit code then is 1, as it is when ten seeds of
 * each kind left a type of message without success.
 */

const [from = 1, to = 100, blocks = 100] = process.argv.slice(2).map(Number);
const ENOUGH = 10 * SOAK_KINDS.length;
const handled = handledTypes();
const coverage = createCoverage();
const codes = new Map<string, number>();
const failed: number[] = [];
let done = 0;

const sum = (map: ReadonlyMap<string, number>): number => [...map.values()].reduce((a, b) => a + b, 0);

function summary(): void {
  const { sent, succeeded } = coverage;
  console.log(`${done} seeds, ${done * blocks} blocks, ${sum(codes)} transactions, ${sum(sent)} messages, ${sum(succeeded)} of them successful`);
  const possible = handled.length - REFUSED_BY_DESIGN.length;
  console.log(`${handled.filter((t) => sent.has(t)).length} of ${handled.length} message types sent, ${handled.filter((t) => succeeded.has(t)).length} of ${possible} successful`);
  console.log(`refused by design: ${REFUSED_BY_DESIGN.join(" ")}`);
  console.log(`missing: ${coverage.missing().join(" ") || "none"}`);
  const rare = handled.map((t) => [succeeded.get(t) ?? 0, sent.get(t) ?? 0, t] as const).toSorted(([a], [b]) => a - b);
  for (const [good, all, type] of rare.slice(0, 30)) console.log(`  ${good} of ${all} ${type}`);
  console.log("failed seeds:", failed.join(" ") || "none");
}

for (let seed = from; seed <= to; seed++) {
  try {
    const report = soak(seed, blocks);
    coverage.add(report);
    for (const [key, count] of report.codes) codes.set(key, (codes.get(key) ?? 0) + count);
    done++;
  } catch (error) {
    failed.push(seed);
    console.log(`seed ${seed} (${kindOf(seed)}) failed:`, error);
  }
  if (seed % 5 === 0) summary();
}
summary();
process.exitCode = failed.length > 0 || (done >= ENOUGH && coverage.missing().length > 0) ? 1 : 0;
