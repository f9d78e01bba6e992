import { expect } from "chai";
import fc from "fast-check";
import { LoraHyperparameters } from "../../../proto/gen/openledger/modelfactory/v1.js";
import { defaultParams } from "../params.js";
import { hyperparameterProblem } from "./hyperparameters.js";

const ORDER = ["q", "k", "v", "o", "gate", "up", "down"];
const SOUND = LoraHyperparameters.create({
  rank: 4, alpha: 8, targets: ORDER, rateNano: 1_000_000n, beta1Ppm: 900_000, beta2Ppm: 990_000, epsilonPico: 100_000n,
  batchSize: 16, steps: 20, sequenceLength: 32, seed: 1n, checkpointEvery: 10,
});
const problem = (targets: readonly string[]): string | undefined => hyperparameterProblem({ ...SOUND, targets: [...targets] }, defaultParams);

describe("targets of a job", () => {
  it("may be any choice of the seven projections, in their order", () => {
    fc.assert(
      fc.property(fc.subarray(ORDER, { minLength: 1 }), (targets) => {
        expect(problem(targets)).to.equal(undefined);
      }),
    );
  });

  it("may be in no other order, so that one choice has one spelling", () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...ORDER), { minLength: 2, maxLength: 8 }), (targets) => {
        const inOrder = ORDER.filter((t) => targets.includes(t));
        fc.pre(inOrder.join() !== targets.join());
        expect(problem(targets)).to.match(/^targets must be/);
      }),
    );
  });

  it("may be nothing else", () => {
    for (const other of ["", "Q", "qkv", "lm_head", "constructor"]) expect(problem([other]), other).to.match(/^targets must be/);
  });
});
