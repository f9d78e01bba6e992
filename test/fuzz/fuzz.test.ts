import { expect } from "chai";
import * as fc from "fast-check";
import { APPLICATION_TARGETS } from "./application-targets.js";
import { CONSENSUS_TARGETS } from "./consensus-targets.js";
import { MODEL_TARGETS } from "./model-targets.js";
import { mutateBytes, mutateTextBytes, mutations } from "./mutations.js";
import { runOnce } from "./target.js";
import type { FuzzTarget } from "./target.js";
import { TEXT_TARGETS } from "./text-targets.js";

/** Inputs for each target in CI; OPENLEDGER_FUZZ_SECONDS fuzzes each for so long instead. */
const RUNS = 250;
const seconds = Number(process.env["OPENLEDGER_FUZZ_SECONDS"] ?? "0");
/** An input that takes so much CPU is a way to stop a node. */
const HANG_MS = 5_000;
/** What an input of 64 KiB may leave behind on the heap while it is looked at. */
const HEAP_BYTES = 512 * 1024 * 1024;

export const TARGETS: readonly FuzzTarget[] = [...CONSENSUS_TARGETS, ...APPLICATION_TARGETS, ...TEXT_TARGETS, ...MODEL_TARGETS];

async function look(target: FuzzTarget, input: Uint8Array): Promise<"taken" | "refused"> {
  const [cpu, heap] = [process.cpuUsage(), process.memoryUsage().heapUsed];
  const result = await runOnce(target, input);
  const used = process.cpuUsage(cpu);
  expect((used.user + used.system) / 1_000, "milliseconds of CPU").to.be.lessThan(HANG_MS);
  expect(process.memoryUsage().heapUsed - heap, "bytes of heap").to.be.lessThan(HEAP_BYTES);
  return result;
}

describe("whatever others send", function () {
  this.timeout(Math.max(120_000, seconds * 3_000));

  for (const target of TARGETS) {
    it(`is taken or refused with a code: ${target.name}, from a ${target.from}`, async () => {
      const whole = await Promise.all(target.seeds.map((seed) => runOnce(target, seed)));
      expect(whole, "what is well-formed").to.include("taken");
      const mutate = target.form === "bytes" ? mutateBytes : mutateTextBytes;
      let inputs = 0;
      let refused = 0;
      const property = fc.asyncProperty(fc.constantFrom(...target.seeds), mutations, async (seed, list) => {
        inputs++;
        if ((await look(target, mutate(seed, list))) === "refused") refused++;
      });
      const budget = seconds === 0 ? { numRuns: RUNS } : { numRuns: Number.MAX_SAFE_INTEGER, interruptAfterTimeLimit: seconds * 1_000, markInterruptAsFailure: false };
      await fc.assert(property, budget);
      if (seconds > 0) process.stdout.write(`      ${target.name}: ${inputs} inputs, ${refused} refused\n`);
    });
  }
});
