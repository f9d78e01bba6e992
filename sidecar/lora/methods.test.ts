import { expect } from "chai";
import { scoreVectors } from "../../modules/attribution/rules/score.js";
import { influenceVectors } from "../attribution/influence.js";
import { INTEGRATED_NODES, integratedVectors } from "../attribution/integrated.js";
import { quantise } from "../attribution/quantise.js";
import { epochGradient } from "../attribution/replay.js";
import { doubledRanks } from "../attribution/spearman.js";
import { innerProduct } from "../attribution/trainable.js";
import { QUERIES, mean, pearson, sixVoices, tinyLora } from "../testkit/tiny-lora.js";
import type { TinyLora } from "../testkit/tiny-lora.js";
import type { TrainState } from "./checkpoint.js";
import { rowSequences } from "./data.js";
import type { TrainingData } from "./data.js";
import { lossGradient } from "./gradient.js";
import { replayTraining } from "./replay.js";
import { loraSamples } from "./samples.js";
import { initialState, trainStep } from "./trainer.js";

const STEPS = 40;
const CONTRIBUTORS = 6;
const TEXTS = [...QUERIES, "the wheat bank", "the ship coin sea", "the iron mill", "the court debt"];
const pause = (): Promise<void> => Promise.resolve();

/** Per query, a number for each contributor. */
type Table = number[][];

describe("methods on a tiny adapter, against leave-one-out retraining", () => {
  let tiny: TinyLora;
  let data: TrainingData;
  let whole: TrainState;
  let gradients: Float32Array[];
  let actual: Table;
  const adam = { rateNano: 5_000_000, beta1Ppm: 900_000, beta2Ppm: 990_000, epsilonPico: 10_000_000 };
  const job = { adam, batchSize: 36, seed: 4n, steps: STEPS };

  async function train(tangents: boolean, weights?: readonly number[]): Promise<TrainState> {
    const recipe = { ...job, tangents, ...(weights && { weights: data.sequences.map((s) => weights[s.contributor] ?? 1) }) };
    const state = initialState(tiny.learner, data, recipe);
    while (state.step < STEPS) await trainStep(tiny.learner, data, state, { recipe, pause });
    return state;
  }

  function queriesAt(theta: Float32Array): { loss: number; gradient: Float32Array }[] {
    return TEXTS.map((text) => lossGradient(tiny.context, theta, rowSequences(tiny.tokenizer.encode(text), tiny.tokenizer, 40).slice(0, 1), 1 / 16));
  }

  before(async function () {
    this.timeout(120_000);
    tiny = await tinyLora();
    data = tiny.data(sixVoices(0, 72));
    whole = await train(true);
    const before = queriesAt(whole.adapter.theta);
    gradients = before.map((q) => q.gradient);
    actual = before.map(() => []);
    for (let c = 0; c < CONTRIBUTORS; c++) {
      const { adapter } = await train(false, Array.from({ length: CONTRIBUTORS }, (_, i) => (i === c ? 0 : 1)));
      queriesAt(adapter.theta).forEach((q, i) => actual[i]?.push(q.loss - (before[i]?.loss ?? 0)));
    }
  });
  after(() => {
    tiny.release();
  });

  const scores = (vectors: readonly Float32Array[]): Table => gradients.map((g) => vectors.map((v) => -innerProduct(g, v)));
  const spearman = (table: Table): number => mean(table.map((row, q) => pearson(doubledRanks(row), doubledRanks(actual[q] ?? []))));
  const linear = (table: Table): number => mean(table.map((row, q) => pearson(row, actual[q] ?? [])));
  const tangents = (): Float32Array[] => whole.tangents.map((t) => t.theta);

  it("tangent-v1 and integrated-v1 are close to it, curvature methods less, and all above the product of gradients", async () => {
    const model = loraSamples(tiny.context, data.sequences);
    const input = { theta: whole.adapter.theta, owners: data.sequences.map((s) => s.contributor), count: CONTRIBUTORS, seed: 4n };
    const influence = async (method: "ef-v1" | "gn-v1"): Promise<Table> => scores(await influenceVectors(model, method, input, pause));
    const far = async (): Promise<Table> => scores(await influenceVectors(model, "ef-v1", { ...input, damping: 1e9 }, pause));
    const half = await train(true, Array.from({ length: CONTRIBUTORS }, () => 0.5));
    const integrated = integratedVectors(INTEGRATED_NODES, [half.tangents.map((t) => t.theta), tangents()]);
    const found = {
      "tangent-v1": scores(tangents()),
      "integrated-v1": scores(integrated),
      "ef-v1": await influence("ef-v1"),
      "gn-v1": await influence("gn-v1"),
      "grad-dot": await far(),
    };
    const table = Object.entries(found).map(([name, t]) => `${name} ${spearman(t).toFixed(3)} ${linear(t).toFixed(3)}`);
    expect(linear(found["tangent-v1"]), table.join("; ")).to.be.greaterThan(0.9);
    expect(spearman(found["tangent-v1"]), table.join("; ")).to.be.greaterThan(0.9);
    expect(linear(found["integrated-v1"]), table.join("; ")).to.be.greaterThan(0.85);
    expect(spearman(found["ef-v1"]), table.join("; ")).to.be.greaterThan(spearman(found["grad-dot"]));
    expect(linear(found["tangent-v1"])).to.be.greaterThan(linear(found["ef-v1"]) + 0.1);
    if (process.env["PRINT_FIGURES"] !== undefined) process.stdout.write(`${table.join("\n")}\n`);
  }).timeout(120_000);

  it("replay-epoch-v1 says of a whole epoch what tangent-v1 says", async () => {
    const paid = gradients.map((g, i) => ({ gradient: quantise(g), fee: BigInt(100 + 7 * i) }));
    const gradient = epochGradient(paid, tiny.context.layout.size);
    const epoch = await replayTraining({ learner: tiny.learner, data, job: { ...job, tangents: true } }, gradient, pause);
    const forward = tangents().map((t) => -innerProduct(gradient, t));
    expect(pearson(forward, [...epoch.contributors])).to.be.greaterThan(0.9999);
    const sums = forward.map((_, c) => data.sequences.reduce((sum, s, n) => sum + (s.contributor === c ? (epoch.rows[n] ?? 0) : 0), 0));
    sums.forEach((x, c) => expect(x).to.be.closeTo(epoch.contributors[c] ?? 0, 1e-12));
  }).timeout(120_000);

  it("int8 costs at most 0.01", () => {
    const vectors = whole.tangents.map((t, c) => ({ contributor: `c${c}`, ...quantise(t.theta) }));
    const rounded = gradients.map((g) => scoreVectors(quantise(g), vectors).scores.map((s) => Number(s.score)));
    expect(linear(scores(tangents())) - linear(rounded)).to.be.lessThan(0.01);
    expect(spearman(scores(tangents())) - spearman(rounded)).to.be.at.most(0.01);
  });
});
