import { expect } from "chai";
import fc from "fast-check";
import { Reject, toHex } from "../../chain/primitives/index.js";
import { checkAttribute, checkGenerate, checkJob, checkStateSize } from "../request.js";
import { createRuntime } from "../runtime.js";
import { tinyBase, tinyJob } from "../testkit/tiny.js";
import type { BaseFiles, Checkpoint, Runtime, TrainJob, TrainResult } from "../types.js";

const NO_ID = new Uint8Array(0);
const CONTEXT = 48;

/** No whole number, or none that any field allows. */
const nonsense = fc.constantFrom(Number.NaN, Infinity, -Infinity, -1, -0.5, 1.5, 2 ** 41, 2 ** 53, 1e300);

/** The code of a refusal, 0 for none; anything else that is thrown fails the test. */
function codeOf(work: () => unknown): number {
  try {
    work();
  } catch (error) {
    if (error instanceof Reject && error.codespace === "sidecar") return error.code;
    throw error;
  }
  return 0;
}

async function codeOfAsync(work: Promise<unknown>): Promise<number> {
  const [seen] = await Promise.allSettled([work]);
  return codeOf(() => {
    if (seen.status === "rejected") throw seen.reason;
  });
}

describe("bounds of requests", () => {
  const job = tinyJob(NO_ID);
  const numbers: Readonly<Record<string, (n: number) => TrainJob>> = {
    rank: (rank) => ({ ...job, lora: { ...job.lora, rank } }),
    alpha: (alpha) => ({ ...job, lora: { ...job.lora, alpha } }),
    rate: (rateNano) => ({ ...job, adam: { ...job.adam, rateNano } }),
    beta1: (beta1Ppm) => ({ ...job, adam: { ...job.adam, beta1Ppm } }),
    beta2: (beta2Ppm) => ({ ...job, adam: { ...job.adam, beta2Ppm } }),
    epsilon: (epsilonPico) => ({ ...job, adam: { ...job.adam, epsilonPico } }),
    batch: (batchSize) => ({ ...job, batchSize }),
    steps: (steps) => ({ ...job, steps }),
    length: (sequenceLength) => ({ ...job, sequenceLength }),
    checkpoints: (checkpointEvery) => ({ ...job, checkpointEvery }),
    tangents: (maxTangents) => ({ ...job, maxTangents }),
    subsets: (metasmoothSubsets) => ({ ...job, metasmoothSubsets }),
    last: (stopAfter) => ({ ...job, stopAfter }),
  };

  it("refuse every number of a job that is not finite, whole and in range", () => {
    expect(codeOf(() => checkJob(job, CONTEXT))).to.equal(0);
    for (const [name, change] of Object.entries(numbers)) {
      fc.assert(fc.property(nonsense, (n) => void expect(codeOf(() => checkJob(change(n), CONTEXT)), name).to.equal(2)));
    }
    expect(codeOf(() => checkJob({ ...job, seed: -1n }, CONTEXT))).to.equal(2);
    expect(codeOf(() => checkJob({ ...job, seed: 1n << 64n }, CONTEXT))).to.equal(2);
  });

  it("refuse the numbers of a question and of an attribution alike", () => {
    const ids = { baseId: NO_ID, adapterId: NO_ID };
    const question = { ...ids, prompt: "the", maxTokens: 4 };
    const seeded = { kind: "seeded", seed: 1n, temperatureMilli: 700, topK: 4 } as const;
    const about = { ...ids, tangentRoot: NO_ID, corpusId: NO_ID, promptTokens: [1], answerTokens: [2], minSpanTokens: 3, displayRows: 1 };
    expect(codeOf(() => checkGenerate({ ...question, sampling: seeded }, 288, CONTEXT))).to.equal(0);
    expect(codeOf(() => checkAttribute(about, 288, CONTEXT))).to.equal(0);
    fc.assert(
      fc.property(nonsense, (n) => {
        for (const sampling of [{ ...seeded, temperatureMilli: n }, { ...seeded, topK: n }]) {
          expect(codeOf(() => checkGenerate({ ...question, sampling }, 288, CONTEXT))).to.equal(2);
        }
        expect(codeOf(() => checkGenerate({ ...question, maxTokens: n, sampling: seeded }, 288, CONTEXT))).to.equal(2);
        for (const wrong of [{ promptTokens: [n] }, { answerTokens: [1, n] }, { minSpanTokens: n }, { displayRows: n }]) {
          expect(codeOf(() => checkAttribute({ ...about, ...wrong }, 288, CONTEXT))).to.equal(2);
        }
      }),
    );
  });

  it("refuse a state too large for memory before it is allocated, unless cohorts make it small", () => {
    const large = 600_000;
    expect(codeOf(() => checkStateSize(job, large, 4_096))).to.equal(2);
    expect(codeOf(() => checkStateSize({ ...job, maxTangents: 64 }, large, 4_096))).to.equal(0);
    expect(codeOf(() => checkStateSize({ ...job, tangents: false }, large, 4_096))).to.equal(0);
  });
});

describe("a runtime that is fed damage", () => {
  let runtime: Runtime;
  let baseId: Uint8Array;
  let trained: TrainResult;
  const checkpoints: Checkpoint[] = [];
  before(async () => {
    runtime = await createRuntime();
    ({ baseId } = await runtime.loadBase(tinyBase()));
    trained = await runtime.train(tinyJob(baseId), { onCheckpoint: (c) => void checkpoints.push(c) });
  });
  after(() => runtime.dispose());

  /** Some bytes of a file overwritten, cut off or added. */
  const damage = fc.record({ at: fc.nat(), value: fc.uint8Array({ minLength: 1, maxLength: 8 }), cut: fc.boolean(), grow: fc.boolean() });
  type Damage = typeof damage extends fc.Arbitrary<infer T> ? T : never;
  function damaged(bytes: Uint8Array, { at, value, cut, grow }: Damage): Uint8Array {
    const copy = Uint8Array.from(grow ? [...bytes, ...value] : bytes);
    const from = at % copy.length;
    copy.set(value.subarray(0, copy.length - from), from);
    return cut ? copy.subarray(0, from) : copy;
  }

  it("refuses with a code, or uses what is still whole: adapters, tangents, states, base models", async () => {
    const base = tinyBase();
    const state = checkpoints[0]?.state ?? NO_ID;
    await fc.assert(
      fc.asyncProperty(damage, fc.constantFrom<keyof BaseFiles>("config", "tokenizer", "weights"), async (d, file) => {
        const { config, weights } = trained.adapter;
        expect(await codeOfAsync(runtime.loadAdapter(baseId, { config, weights: damaged(weights, d) }))).to.be.oneOf([0, 4]);
        expect(await codeOfAsync(runtime.loadAdapter(baseId, { config: damaged(config, d), weights }))).to.be.oneOf([0, 4]);
        expect(await codeOfAsync(runtime.loadTangents(damaged(trained.tangents, d)))).to.be.oneOf([0, 5]);
        const resumed = tinyJob(baseId, { resumeFrom: damaged(state, d), stopAfter: 5, tangents: true });
        expect(await codeOfAsync(runtime.train(resumed, {}))).to.be.oneOf([0, 2, 6, 12]);
        expect(await codeOfAsync(runtime.loadBase({ ...base, [file]: damaged(base[file], d) }))).to.be.oneOf([0, 3]);
        await runtime.loadBase(base);
      }),
      { numRuns: 40 },
    );
  }).timeout(600_000);

  it("refuses numbers that are not finite wherever it would compute with them", async () => {
    const nan = (bytes: Uint8Array): Uint8Array => {
      const copy = bytes.slice();
      new DataView(copy.buffer).setFloat32(copy.length - 4, Number.NaN, true);
      return copy;
    };
    const { config, weights } = trained.adapter;
    const state = nan(checkpoints[0]?.state ?? NO_ID);
    expect(await codeOfAsync(runtime.loadAdapter(baseId, { config, weights: nan(weights) }))).to.equal(4);
    expect(await codeOfAsync(runtime.loadBase({ ...tinyBase(), weights: nan(tinyBase().weights) }))).to.equal(3);
    expect(await codeOfAsync(runtime.train(tinyJob(baseId, { resumeFrom: state }), {}))).to.equal(6);
  });

  it("keeps its tensors and its answers over loads, trainings and cancelled trainings", async () => {
    const job = tinyJob(baseId, { steps: 3, checkpointEvery: 3, tangents: true });
    const once = await runtime.train(job, {});
    const before = runtime.info().tensors;
    for (let i = 0; i < 5; i++) {
      const abort = new AbortController();
      const watch = {
        onProgress: ({ step }: { readonly step: number }): void => {
          if (step === 1 + (i % 2)) abort.abort();
        },
      };
      expect(await codeOfAsync(runtime.train(job, watch, abort.signal))).to.equal(13);
      await runtime.loadAdapter(baseId, once.adapter);
      await runtime.loadTangents(once.tangents);
    }
    expect(toHex((await runtime.train(job, {})).stateHash)).to.equal(toHex(once.stateHash));
    expect(runtime.info().tensors).to.equal(before);
  }).timeout(600_000);
});
