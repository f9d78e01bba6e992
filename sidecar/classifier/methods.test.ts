import { expect } from "chai";
import { scoreVectors } from "../../modules/attribution/rules/score.js";
import { INTEGRATED_NODES, integratedVectors } from "../attribution/integrated.js";
import { influenceVectors } from "../attribution/influence.js";
import type { CurvatureMethod } from "../attribution/influence.js";
import { quantise } from "../attribution/quantise.js";
import { innerProduct } from "../attribution/trainable.js";
import type { TrainState } from "../lora/checkpoint.js";
import { collectData } from "../lora/data.js";
import type { TrainingData } from "../lora/data.js";
import { meanLoss } from "../lora/learner.js";
import type { Learner } from "../lora/learner.js";
import { replayTraining } from "../lora/replay.js";
import { initialState, trainStep } from "../lora/trainer.js";
import { TINY_NUMERIC, TINY_TEXT, numericRows, textRows, tinyClassifier } from "../testkit/tiny-classifier.js";
import { mean, pearson } from "../testkit/tiny-lora.js";
import type { CorpusRow } from "../types.js";
import { rowSequence } from "./classifier.js";
import type { ClassifierConfig } from "./config.js";
import { classifierLearner } from "./learner.js";

const CONTRIBUTORS = 6;
const QUERIES = 12;
const STEPS = 60;
const adam = { rateNano: 10_000_000, beta1Ppm: 900_000, beta2Ppm: 990_000, epsilonPico: 10_000_000 };
const job = { adam, batchSize: 32, seed: 4n, steps: STEPS };
const pause = (): Promise<void> => Promise.resolve();

/** Per query, a number for each contributor. */
type Table = number[][];

const SETTINGS: readonly { readonly name: string; readonly config: ClassifierConfig; readonly rows: readonly CorpusRow[]; readonly least: number }[] = [
  { name: "words, one hidden layer", config: TINY_TEXT, rows: textRows(96 + QUERIES, CONTRIBUTORS), least: 0.93 },
  { name: "bytes, logistic regression", config: { ...TINY_TEXT, features: { kind: "text", unit: "byte", longest: 3, buckets: 128 }, hidden: [] }, rows: textRows(96 + QUERIES, CONTRIBUTORS), least: 0.93 },
  { name: "numbers, logistic regression", config: TINY_NUMERIC, rows: numericRows(96 + QUERIES, CONTRIBUTORS), least: 0.95 },
  { name: "numbers, two hidden layers", config: { ...TINY_NUMERIC, hidden: [8, 6], activation: "silu" }, rows: numericRows(96 + QUERIES, CONTRIBUTORS), least: 0.9 },
];

for (const { name, config, rows, least } of SETTINGS) {
  describe(`methods on a classifier (${name}), against leave-one-out retraining`, () => {
    let learner: Learner;
    let data: TrainingData;
    let whole: TrainState;
    let gradients: Float32Array[];
    let actual: Table;
    let lossesAt: (theta: Float32Array) => { loss: number; gradient: Float32Array }[];

    async function train(tangents: boolean, weights?: readonly number[]): Promise<TrainState> {
      const recipe = { ...job, tangents, ...(weights && { weights: data.sequences.map((s) => weights[s.contributor] ?? 1) }) };
      const state = initialState(learner, data, recipe);
      while (state.step < STEPS) await trainStep(learner, data, state, { recipe, pause });
      return state;
    }

    before(async function () {
      this.timeout(60_000);
      const classifier = await tinyClassifier(config);
      learner = classifierLearner(classifier);
      data = collectData(rows.slice(0, -QUERIES), (row) => [rowSequence(classifier, row)]);
      const queries = rows.slice(-QUERIES).map((row) => rowSequence(classifier, row));
      lossesAt = (theta) => queries.map((query) => meanLoss(learner, theta, query));
      whole = await train(true);
      const there = lossesAt(whole.adapter.theta);
      gradients = there.map((q) => q.gradient);
      actual = there.map(() => []);
      for (let c = 0; c < CONTRIBUTORS; c++) {
        const { adapter } = await train(false, Array.from({ length: CONTRIBUTORS }, (_, i) => (i === c ? 0 : 1)));
        lossesAt(adapter.theta).forEach((q, i) => actual[i]?.push(q.loss - (there[i]?.loss ?? 0)));
      }
    });

    const scores = (vectors: readonly Float32Array[]): Table => gradients.map((g) => vectors.map((v) => -innerProduct(g, v)));
    const linear = (table: Table): number => mean(table.map((row, q) => pearson(row, actual[q] ?? [])));
    const tangents = (): Float32Array[] => whole.tangents.map((t) => t.theta);

    it("tangent-v1 and integrated-v1 predict it, and the curvature methods run", async () => {
      const owners = data.sequences.map((s) => s.contributor);
      const input = { theta: whole.adapter.theta, owners, count: CONTRIBUTORS, seed: 4n };
      const model = learner.samples(data.sequences);
      const at = async (method: CurvatureMethod): Promise<Table> => scores(await influenceVectors(model, method, input, pause));
      const half = await train(true, Array.from({ length: CONTRIBUTORS }, () => 0.5));
      const found = {
        "tangent-v1": scores(tangents()),
        "integrated-v1": scores(integratedVectors(INTEGRATED_NODES, [half.tangents.map((t) => t.theta), tangents()])),
        "ef-v1": await at("ef-v1"),
        "gn-v1": await at("gn-v1"),
      };
      const table = Object.entries(found).map(([id, t]) => `${id} ${linear(t).toFixed(4)}`).join("; ");
      if (process.env["PRINT_FIGURES"] !== undefined) process.stdout.write(`${table}\n`);
      expect(linear(found["tangent-v1"]), table).to.be.greaterThan(least);
      expect(linear(found["integrated-v1"]), table).to.be.greaterThan(least - 0.05);
      expect(linear(found["tangent-v1"]), table).to.be.greaterThan(linear(found["ef-v1"]));
    }).timeout(60_000);

    it("replay-epoch-v1, backwards, says what tangent-v1 says forwards", async () => {
      const [gradient] = gradients as [Float32Array];
      const epoch = await replayTraining({ learner, data, job: { ...job, tangents: true } }, gradient, pause);
      const forward = tangents().map((t) => -innerProduct(gradient, t));
      expect(pearson(forward, [...epoch.contributors])).to.be.greaterThan(0.99999);
    }).timeout(60_000);

    it("int8 costs at most 0.01", () => {
      const vectors = whole.tangents.map((t, c) => ({ contributor: `c${c}`, ...quantise(t.theta) }));
      const rounded = gradients.map((g) => scoreVectors(quantise(g), vectors).scores.map((s) => Number(s.score)));
      expect(linear(scores(tangents())) - linear(rounded)).to.be.lessThan(0.01);
    });
  });
}
