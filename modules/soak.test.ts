import { expect } from "chai";
import { REFUSED_BY_DESIGN, SOAK_KINDS, createCoverage, soak } from "../chain/testkit/app-simulation/soak.js";

/** Seeds of the soak in this run: OPENLEDGER_SIMULATION_SEEDS. Ten seconds of a core each; `scripts/soak-simulation.ts` does many. */
const SEEDS = Number(process.env["OPENLEDGER_SIMULATION_SEEDS"] ?? 0);
const BLOCKS = 200;
/** From so many seeds on, every type of message must have come to success. */
const ENOUGH = 10 * SOAK_KINDS.length;

describe("the whole application over many seeds", function () {
  this.timeout(0);

  it("keeps every invariant and starts again from its export; given enough seeds, every message is sent and succeeds", function () {
    if (!(SEEDS > 0)) {
      process.stdout.write("      skipped: OPENLEDGER_SIMULATION_SEEDS says how many seeds to run\n");
      this.skip();
    }
    const coverage = createCoverage();
    for (let seed = 1; seed <= SEEDS; seed++) coverage.add(soak(seed, BLOCKS));
    const missing = coverage.missing();
    process.stdout.write(`      refused by design: ${REFUSED_BY_DESIGN.join(" ")}\n`);
    if (SEEDS < ENOUGH) process.stdout.write(`      ${missing.length} types not successful in ${SEEDS} seeds: ${missing.join(" ")}\n`);
    else expect(missing).to.deep.equal([]);
  });
});
