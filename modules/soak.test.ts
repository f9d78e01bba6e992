import { expect } from "chai";
import { silentSource } from "../chain/attest/index.js";
import { SOAK_KINDS, soak } from "../chain/testkit/app-simulation/soak.js";
import { createModules } from "./app.js";

/** Seeds of the soak in this run: OPENLEDGER_SIMULATION_SEEDS. Two minutes a seed and more; `scripts/soak-simulation.ts` does many. */
const SEEDS = Number(process.env["OPENLEDGER_SIMULATION_SEEDS"] ?? 0);
const BLOCKS = 200;
/** From so many seeds on, every type of message must have come to success. */
const ENOUGH = 10 * SOAK_KINDS.length;
/** x/evidence takes no evidence by message: proofs come with blocks. */
const NEVER_ACCEPTED = ["/cosmos.evidence.v1beta1.MsgSubmitEvidence"];

describe("the whole application over many seeds", function () {
  this.timeout(0);

  it("keeps every invariant and starts again from its export; given enough seeds, every message is sent and succeeds", function () {
    if (!(SEEDS > 0)) {
      process.stdout.write("      skipped: OPENLEDGER_SIMULATION_SEEDS says how many seeds to run\n");
      this.skip();
    }
    const [sent, succeeded] = [new Set<string>(), new Set<string>()];
    for (let seed = 1; seed <= SEEDS; seed++) {
      const report = soak(seed, BLOCKS);
      for (const typeUrl of report.sent.keys()) sent.add(typeUrl);
      for (const typeUrl of report.succeeded.keys()) succeeded.add(typeUrl);
    }
    const handled = createModules(silentSource).modules.flatMap((m) => m.messages.map((r) => r.typeUrl));
    const missed = handled.filter((t) => !sent.has(t) || (!succeeded.has(t) && !NEVER_ACCEPTED.includes(t)));
    if (SEEDS < ENOUGH) process.stdout.write(`      ${missed.length} types not successful in ${SEEDS} seeds: ${missed.join(" ")}\n`);
    else expect(missed).to.deep.equal([]);
    expect(NEVER_ACCEPTED.filter((t) => succeeded.has(t))).to.deep.equal([]);
  });
});
