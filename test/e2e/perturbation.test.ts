import { expect } from "chai";
import { LOAD_ACCOUNTS, expectedBalance, standing, startLoad } from "./perturbation/load.js";
import { PERTURBATIONS, PerturbedNetwork, pause } from "./perturbation/network.js";

/** CometBFT's end-to-end tests give a node this long (performance.md §2.1); other programs share our two CPUs. */
const BACK_MS = 20_000;
const BETWEEN_MS = 3_000;

describe("validators that are cut off, frozen, killed and restarted under load", function () {
  this.timeout(600_000);

  for (const size of [4, 7]) {
    it(`are back at the tip in time, lose nothing and agree: ${size} validators`, async () => {
      const network = await PerturbedNetwork.start(size, LOAD_ACCOUNTS);
      try {
        await network.reached(2, 90_000);
        const load = startLoad(network.rpcs);
        for (const [i, what] of PERTURBATIONS.entries()) {
          const before = await network.height((i + 1) % size);
          await network.perturb(i, what);
          const took = await network.atTheTip(i, BACK_MS);
          process.stdout.write(`      ${what}: back after ${(took / 1_000).toFixed(1)} s, height ${before} to ${await network.height(i)}\n`);
          await pause(BETWEEN_MS);
        }
        const made = await load.stop();
        const top = await network.height(0);
        await network.reached(top + 1, 60_000);
        const histories = await Promise.all(network.rpcs.map((_, i) => network.history(i, top)));
        for (const history of histories) expect(history).to.deep.equal(histories[0]);
        for (const rpc of network.rpcs) {
          for (const [i, { balance, sequence }] of (await standing(rpc)).entries()) {
            expect(sequence, `transfers of sender ${i}`).to.equal(made[i]);
            const received = made[(i + made.length - 1) % made.length] ?? 0;
            expect(balance, `balance of sender ${i}`).to.equal(expectedBalance(made[i] ?? 0, received));
          }
        }
        process.stdout.write(`      ${made.reduce((sum, n) => sum + n, 0)} transfers in ${top} blocks\n`);
      } finally {
        await network.stop();
      }
    });
  }
});
