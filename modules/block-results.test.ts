import { readFileSync, writeFileSync } from "node:fs";
import { expect } from "chai";
import { sha256 } from "../chain/crypto/index.js";
import { toHex, utf8 } from "../chain/primitives/index.js";
import { ALL_FACTORIES } from "../chain/testkit/app-simulation/factories.js";
import { runSimulation } from "../chain/testkit/app-simulation/run.js";
import type { Simulation } from "../chain/testkit/app-simulation/run.js";

/**
 * What a simulation of every module answered: the app hash of each block, and a digest of all that CheckTx, PrepareProposal and
 * FinalizeBlock said. Whoever makes the application faster must not change one of them. A change of a rule, or of what the simulation
 * draws, does; then, after looking: `UPDATE_VECTORS=1 npx mocha modules/block-results.test.ts`, and a line under "State-breaking".
 */

const VECTORS = new URL("./vectors/block-results.json", import.meta.url);

interface Vectors {
  readonly seed: number;
  readonly appHashes: readonly string[];
  readonly answers: readonly string[];
}

/** All of an answer, in the order in which it was made. */
function digest(answer: unknown): string {
  const text = JSON.stringify(answer, (_, value: unknown) => {
    if (typeof value === "bigint") return value.toString();
    return value instanceof Uint8Array ? toHex(value) : value;
  });
  return toHex(sha256(utf8(text))).slice(0, 16);
}

function record(seed: number, blocks: number): Vectors {
  const answers: string[] = [];
  const around: Simulation["around"] = (chain, txs, run) => {
    const { app } = chain;
    const checks = txs.map((tx) => app.checkTx({ tx, kind: "new" }));
    const rechecks = txs.map((tx) => app.checkTx({ tx, kind: "recheck" }));
    const block = run();
    answers.push(digest([checks, rechecks, block]));
    return block;
  };
  const { appHashes } = runSimulation({ seed, blocks, factories: ALL_FACTORIES, around });
  return { seed, appHashes, answers };
}

describe("the answers of the application", function () {
  this.timeout(600_000);

  it("are those that were recorded, byte for byte, over two hundred mixed blocks", () => {
    if (process.env["UPDATE_VECTORS"] !== undefined) writeFileSync(VECTORS, `${JSON.stringify(record(77, 200), undefined, 1)}\n`);
    const { seed, appHashes, answers } = JSON.parse(readFileSync(VECTORS, "utf8")) as Vectors;
    const now = record(seed, appHashes.length);
    expect(now.answers.findIndex((a, i) => a !== answers[i]), "first block with another answer").to.equal(-1);
    expect(now.appHashes).to.deep.equal(appHashes);
  });
});
