import { expect } from "chai";
import { sha256 } from "../../chain/crypto/index.js";
import { utf8 } from "../../chain/primitives/index.js";
import { innerProduct } from "../attribution/trainable.js";
import { encodeVectors } from "../attribution/vectors.js";
import { powerOfTwo } from "../ops/arithmetic.js";
import { QUERIES, mean, pearson, sixVoices, tinyLora } from "../testkit/tiny-lora.js";
import type { TinyLora } from "../testkit/tiny-lora.js";
import { tinyJob } from "../testkit/tiny.js";
import type { TrainState } from "./checkpoint.js";
import { rowSequences } from "./data.js";
import type { TrainingData } from "./data.js";
import { finishTraining, vectorsBy } from "./finish.js";
import { lossGradient } from "./gradient.js";
import { initialState, trainStep } from "./trainer.js";
import type { Parent, Recipe } from "./trainer.js";

const STEPS = 12;
const adapterId = sha256(utf8("adapter"));
const pause = (): Promise<void> => Promise.resolve();

describe("a finished training job", () => {
  let tiny: TinyLora;
  const recipe: Recipe = { adam: { ...tinyJob(new Uint8Array(32)).adam, rateNano: 2_000_000 }, batchSize: 24, seed: 4n, tangents: true };

  before(async () => {
    tiny = await tinyLora();
  });
  after(() => {
    tiny.release();
  });

  async function train(data: TrainingData, options: Partial<Recipe>, parent?: Parent): Promise<TrainState> {
    const chosen = { ...recipe, ...options, ...(parent && { parentContributors: parent.contributors }) };
    const state = initialState(tiny.learner, data, chosen, parent);
    while (state.step < STEPS) await trainStep(tiny.learner, data, state, { recipe: chosen, pause });
    return state;
  }

  const without = (data: TrainingData, name: string): { weights: number[] } => ({
    weights: data.sequences.map((s) => (data.contributors[s.contributor] === name ? 0 : 1)),
  });

  const queryLoss = (text: string, theta: Float32Array): { loss: number; gradient: Float32Array } => {
    const sequences = rowSequences(tiny.tokenizer.encode(text), tiny.tokenizer, 40).slice(0, 1);
    return lossGradient(tiny.context, theta, sequences, 1 / 16);
  };

  it("leaves a vector per contributor for either method, and the same bytes again", async () => {
    const data = tiny.data(sixVoices(0, 48));
    const state = await train(data, {});
    const input = { learner: tiny.learner, data, state, job: { ...recipe, steps: STEPS, metasmoothSubsets: 2 }, adapterId };
    const one = await finishTraining(input, pause);
    const two = await finishTraining(input, pause);
    expect(encodeVectors(one.vectors)).to.deep.equal(encodeVectors(two.vectors));
    expect(encodeVectors(one.fallback)).to.deep.equal(encodeVectors(two.fallback));
    expect(one.metasmoothness).to.deep.equal(two.metasmoothness);
    expect([one.vectors.method, one.fallback.method]).to.deep.equal(["tangent-v1", "ef-v1"]);
    expect(one.vectors.contributors.map((c) => c.contributor)).to.deep.equal(data.contributors);
    for (const method of ["tangent-v1", "ef-v1", "gn-v1", "integrated-v1"] as const) {
      const vectors = await vectorsBy(method, input, pause);
      expect(vectors.method).to.equal(method);
      if (method === "tangent-v1") expect(encodeVectors(vectors)).to.deep.equal(encodeVectors(one.vectors));
      if (method === "ef-v1") expect(encodeVectors(vectors)).to.deep.equal(encodeVectors(one.fallback));
      expect(vectors.contributors.every((c) => c.values.some((x) => x !== 0))).to.equal(true);
    }
    expect(one.metasmoothness).to.include({ subsets: 2, probes: 32 });
    expect(one.metasmoothness?.spearmanPpm).to.be.greaterThan(700_000);
  }).timeout(60_000);

  it("with cohorts divides each shared tangent so that its members' vectors sum to it", async () => {
    const data = tiny.data(sixVoices(0, 48));
    const own = await train(data, {});
    const job = { ...recipe, maxTangents: 4 };
    const state = await train(data, job);
    expect(state.tangents).to.have.lengthOf(4);
    const { vectors } = await finishTraining({ learner: tiny.learner, data, state, job: { ...job, steps: STEPS }, adapterId }, pause);
    expect(vectors.contributors.map((c) => c.contributor)).to.deep.equal(data.contributors);
    const total = (list: readonly ArrayLike<number>[]): number[] => Array.from(list[0] ?? [], (_, i) => list.reduce((sum, v) => sum + (v[i] ?? 0), 0));
    const published = vectors.contributors.map((v) => Array.from(v.values, (x) => x * powerOfTwo(v.exponent)));
    const carried = total(state.tangents.slice(0, 3).map((t) => t.theta));
    expect(pearson(carried, total(own.tangents.map((t) => t.theta)))).to.be.greaterThan(0.999);
    expect(pearson(total(published), carried), "but for int8").to.be.greaterThan(0.98);
    const close = own.tangents.map((t, c) => pearson([...t.theta], published[c] ?? []));
    close.forEach((r) => expect(r, close.join(" ")).to.be.greaterThan(0.2));
    expect(close.filter((r) => r > 0.999), "the two with a tangent of their own").to.have.lengthOf(2);
  }).timeout(60_000);

  it("that goes on from another knows what the parent's rows did: leave-one-out over both stages", async () => {
    const [first, second] = [tiny.data(sixVoices(0, 36)), tiny.data(sixVoices(36, 72).filter((r) => r.contributor !== "c1"))];
    const both = async (change: (data: TrainingData) => { weights?: number[] }, tangents: boolean): Promise<TrainState> => {
      const parent = { state: await train(first, { tangents, ...change(first) }), contributors: tangents ? first.contributors : [] };
      return await train(second, { tangents, ...change(second) }, parent);
    };
    const whole = await both(() => ({}), true);
    expect(whole.tangents).to.have.lengthOf(6);
    const texts = [...QUERIES, "the sea ship whale", "the ship coin", "the iron mill"];
    const predicted = texts.map((q) => whole.tangents.map((t) => -innerProduct(queryLoss(q, whole.adapter.theta).gradient, t.theta)));
    const actual: number[][] = texts.map(() => []);
    for (const name of first.contributors) {
      const { adapter } = await both((data) => without(data, name), false);
      texts.forEach((q, i) => actual[i]?.push(queryLoss(q, adapter.theta).loss - queryLoss(q, whole.adapter.theta).loss));
    }
    const agreement = texts.map((_, q) => pearson(predicted[q] ?? [], actual[q] ?? []));
    expect(mean(agreement), agreement.join(" ")).to.be.greaterThan(0.85);
    const gone = (table: readonly (readonly number[])[]): number[] => table.map((row) => row[1] ?? 0);
    expect(pearson(gone(predicted), gone(actual)), "c1, who has no rows in the second stage").to.be.greaterThan(0.8);
  }).timeout(120_000);

  it("that goes on from cohorts carries them and knows its own metasmoothness", async () => {
    const [first, second] = [tiny.data(sixVoices(0, 36)), tiny.data(sixVoices(36, 72))];
    const parent = { state: await train(first, { maxTangents: 4 }), contributors: first.contributors };
    const job = { ...recipe, maxTangents: 4, parentContributors: first.contributors };
    const state = await train(second, job, parent);
    const input = { learner: tiny.learner, data: second, state, job: { ...job, steps: STEPS, metasmoothSubsets: 1 }, adapterId, parent };
    const { vectors, metasmoothness } = await finishTraining(input, pause);
    expect(vectors.contributors).to.have.lengthOf(6);
    expect(metasmoothness?.spearmanPpm).to.be.greaterThan(700_000);
  }).timeout(120_000);
});
