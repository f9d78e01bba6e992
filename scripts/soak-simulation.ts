import { kindOf, soak } from "../chain/testkit/app-simulation/soak.js";
import { createModules } from "../modules/app.js";
import { silentSource } from "../chain/attest/index.js";

/**
 * Called by hand: `npm exec tsx scripts/soak-simulation.ts -- 1 1000 100`: the whole application under random messages, from
 * seed 1 to 1000, a hundred blocks each. Prints what each seed did, and at the end which messages were never sent or never
 * succeeded. A seed that fails is printed with what broke, and the rest goes on; the exit code then is 1.
 */

const [from = 1, to = 100, blocks = 100] = process.argv.slice(2).map(Number);
const [sent, succeeded, codes] = [new Map<string, number>(), new Map<string, number>(), new Map<string, number>()];
const failed: number[] = [];
let done = 0;

function merge(into: Map<string, number>, more: ReadonlyMap<string, number>): void {
  for (const [key, count] of more) into.set(key, (into.get(key) ?? 0) + count);
}

const sum = (map: ReadonlyMap<string, number>): number => [...map.values()].reduce((a, b) => a + b, 0);

function summary(): void {
  const handled = createModules(silentSource).modules.flatMap((m) => m.messages.map((r) => r.typeUrl));
  console.log(`${done} seeds, ${done * blocks} blocks, ${sum(codes)} transactions, ${sum(sent)} messages, ${sum(succeeded)} of them successful`);
  console.log(`${handled.filter((t) => sent.has(t)).length} of ${handled.length} message types sent, ${handled.filter((t) => succeeded.has(t)).length} successful`);
  console.log("never sent:", handled.filter((t) => !sent.has(t)).join(" ") || "none");
  console.log("never successful:", handled.filter((t) => !succeeded.has(t)).join(" ") || "none");
  const rare = handled.map((t) => [succeeded.get(t) ?? 0, sent.get(t) ?? 0, t] as const).toSorted(([a], [b]) => a - b).slice(0, 30);
  for (const [good, all, type] of rare) console.log(`  ${good} of ${all} ${type}`);
  console.log("failed seeds:", failed.join(" ") || "none");
}

for (let seed = from; seed <= to; seed++) {
  try {
    const report = soak(seed, blocks);
    merge(sent, report.sent);
    merge(succeeded, report.succeeded);
    merge(codes, report.codes);
    done++;
  } catch (error) {
    failed.push(seed);
    console.log(`seed ${seed} (${kindOf(seed)}) failed:`, error);
  }
  if (seed % 5 === 0) summary();
}
summary();
process.exitCode = failed.length === 0 ? 0 : 1;
