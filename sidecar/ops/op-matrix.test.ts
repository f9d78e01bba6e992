import { execFile } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";
import type { OpHashes } from "../testkit/op-matrix.js";
import { opMatrix } from "../testkit/op-matrix.js";
import { tfjsBackend } from "./tfjs-backend.js";

const run = promisify(execFile);
const CHILD = fileURLToPath(new URL("../testkit/op-matrix-child.ts", import.meta.url));
const GOLDEN = new URL("./op-matrix.golden.json", import.meta.url);

/** Twenty seconds of CPU at most: generous, since a busy machine is no reason to fail. */
const CHILD_MS = 580_000;

interface Answer {
  readonly name: string;
  readonly ops: OpHashes;
  /** State hash after each of 20 training steps: weights, moments, tangents. */
  readonly chain: readonly string[];
  readonly tangents: string;
}

async function inProcess(...args: readonly string[]): Promise<Answer> {
  const { stdout } = await run(process.execPath, ["--import", "tsx", CHILD, ...args], { timeout: CHILD_MS });
  return JSON.parse(stdout) as Answer;
}

/** Rewritten by `UPDATE_GOLDEN=1 npx mocha sidecar/ops/op-matrix.test.ts`; a change of it is a change of OP_SET. */
describe("the op matrix", () => {
  let reference: Answer;
  before(async () => {
    reference = await inProcess("simd");
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(GOLDEN, `${JSON.stringify(reference.ops, undefined, 2)}\n`);
  });

  const golden = (): OpHashes => JSON.parse(readFileSync(GOLDEN, "utf8")) as OpHashes;

  it("has the golden hashes in this process and in another", async () => {
    expect(opMatrix(await tfjsBackend())).to.deep.equal(golden());
    expect(reference.ops).to.deep.equal(golden());
  });

  it("holds for the scalar binary, with the same chain of 20 training states", async () => {
    const scalar = await inProcess("scalar", "1");
    expect([reference.name, scalar.name]).to.deep.equal(["tfjs-wasm-simd", "tfjs-wasm-scalar"]);
    expect(scalar.ops).to.deep.equal(golden());
    expect(scalar.chain).to.deep.equal(reference.chain);
    expect(scalar.tangents).to.equal(reference.tangents);
    expect(new Set(scalar.chain).size).to.equal(20);
  });

  // Workers that wait for work burn whole cores, so the chain is shorter where there are more threads than cores.
  for (const [threads, steps] of [["2", "20"], ["4", "3"]] as const) {
    it(`holds for the threaded binary with ${threads} threads`, async () => {
      const threaded = await inProcess("threads", threads, steps);
      expect(threaded.name).to.equal("tfjs-wasm-threads");
      expect(threaded.ops).to.deep.equal(golden());
      expect(threaded.chain).to.deep.equal(reference.chain.slice(0, Number(steps)));
    });
  }
}).timeout(600_000);
