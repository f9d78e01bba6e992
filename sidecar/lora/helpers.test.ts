import { expect } from "chai";
import { Reject, toHex } from "../../chain/primitives/index.js";
import { createRuntime } from "../runtime.js";
import { tinyBase, tinyJob } from "../testkit/tiny.js";
import type { TrainResult } from "../types.js";
import { startHelpers } from "./helpers.js";

describe("helper threads", () => {
  async function train(helpers: number): Promise<{ result: TrainResult; roots: string[] }> {
    const runtime = await createRuntime({ helpers });
    const { baseId } = await runtime.loadBase(tinyBase());
    const roots: string[] = [];
    const result = await runtime.train(tinyJob(baseId), { onCheckpoint: (c) => void roots.push(toHex(c.stateHash)) });
    runtime.dispose();
    return { result, roots };
  }

  it("leave every bit of a job as it is without them", async () => {
    const [alone, helped] = [await train(0), await train(3)];
    expect(helped.roots).to.deep.equal(alone.roots);
    expect(toHex(helped.result.tangentRoot)).to.equal(toHex(alone.result.tangentRoot));
    expect(toHex(helped.result.adapterId)).to.equal(toHex(alone.result.adapterId));
  }).timeout(120_000);

  it("pass on that a product left the finite numbers, and answer no more once closed", async () => {
    const helpers = startHelpers(1, { files: tinyBase(), lora: { rank: 1, alpha: 1, targets: ["q"] } });
    const size = 64;
    const theta = new Float32Array(size).fill(1);
    const at = { theta, samples: [0], weights: [1], gradient: new Float32Array(size) };
    const sequences = [{ tokens: [1, 2, 3], from: 0 }];
    const [zero] = await helpers.hessianTimes([new Float32Array(size)], sequences, at);
    expect(zero?.every((x) => x === 0)).to.equal(true);
    const far = { ...at, theta: new Float32Array(size).fill(3e38) };
    const refused = await helpers.hessianTimes([theta], sequences, far).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(Reject);
    expect((refused as Reject).code).to.equal(12);
    await helpers.close();
    const closed = await helpers.hessianTimes([theta], sequences, at).catch((error: unknown) => error);
    expect(closed).to.be.instanceOf(Error);
  }).timeout(60_000);
});
