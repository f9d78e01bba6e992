import { expect } from "chai";
import { quantise } from "../attribution/quantise.js";
import { scoreVectors } from "../../modules/attribution/rules/score.js";
import { SidecarError } from "../errors.js";
import { frozenDecoder } from "../model/assemble.js";
import { parseConfig } from "../model/config.js";
import { parseSafetensors } from "../model/safetensors.js";
import { tfjsBackend } from "../ops/tfjs-backend.js";
import { tinyBase, tinyJob } from "../testkit/tiny.js";
import { parseTokenizer } from "../tokenizer/file.js";
import { Tokenizer } from "../tokenizer/tokenizer.js";
import type { CorpusRow } from "../types.js";
import { prepareData, rowSequences } from "./data.js";
import { lossGradient } from "./gradient.js";
import type { LoraContext } from "./gradient.js";
import { layoutOf } from "./layout.js";
import { loraLearner } from "./samples.js";
import { initialState, trainStep } from "./trainer.js";

const CONTRIBUTORS = 6;
const STEPS = 20;

/** Six contributors with words of their own, some shared with a neighbour. */
function rows(): CorpusRow[] {
  const words = ["wheat corn mill", "whale ship sea", "bank coin debt", "iron road steam", "law court judge", "sea wind sail"];
  return Array.from({ length: 72 }, (_, i) => {
    const c = i % CONTRIBUTORS;
    const own = (words[c] ?? "").split(" ");
    const text = [0, 1, 2, 3, 4].map((k) => own[(i * 7 + k * (1 + (i % 2))) % 3] ?? "").join(" ");
    return { rowId: `r${i}`, contributor: `c${c}`, text: `the ${text}` };
  });
}

function pearson(a: readonly number[], b: readonly number[]): number {
  const mean = (x: readonly number[]): number => x.reduce((s, v) => s + v, 0) / x.length;
  const [ma, mb] = [mean(a), mean(b)];
  const sum = (f: (i: number) => number): number => a.reduce((s, _, i) => s + f(i), 0);
  const cov = sum((i) => ((a[i] ?? 0) - ma) * ((b[i] ?? 0) - mb));
  return cov / Math.sqrt(sum((i) => ((a[i] ?? 0) - ma) ** 2) * sum((i) => ((b[i] ?? 0) - mb) ** 2));
}

function ranks(a: readonly number[]): number[] {
  return a.map((x) => a.filter((y) => y < x).length);
}

describe("tangent-v1 against leave-one-out retraining", () => {
  it("predicts what the loss of an answer becomes without each contributor", async () => {
    const files = tinyBase();
    const config = parseConfig(files.config);
    const backend = await tfjsBackend();
    const tokenizer = new Tokenizer(parseTokenizer(files.tokenizer, SidecarError.BadModel));
    const { model, release } = frozenDecoder(config, parseSafetensors(files.weights, SidecarError.BadModel), backend);
    const lora = { rank: 4, alpha: 8, targets: ["q", "v", "up"] as const };
    const context: LoraContext = { backend, base: model, layout: layoutOf(config, lora) };
    const data = prepareData(rows(), tokenizer, 40);
    const adam = { ...tinyJob(new Uint8Array(32)).adam, rateNano: 2_000_000 };
    const recipe = { adam, batchSize: 24, seed: 4n, tangents: false };
    const pause = (): Promise<void> => Promise.resolve();

    const train = async ({ tangents, weights }: { tangents: boolean; weights?: readonly number[] }) => {
      const chosen = { ...recipe, tangents, ...(weights && { weights: data.sequences.map((s) => weights[s.contributor] ?? 1) }) };
      const state = initialState(loraLearner(context), data, chosen);
      while (state.step < STEPS) await trainStep(loraLearner(context), data, state, { recipe: chosen, pause });
      return state;
    };

    const whole = await train({ tangents: true });
    const nudged = async (w: number) => (await train({ tangents: false, weights: [1, w, 1, 1, 1, 1] })).adapter.theta;
    const [above, below] = [await nudged(1 + 1 / 32), await nudged(1 - 1 / 32)];
    const difference = Array.from(above, (x, i) => 16 * (x - (below[i] ?? 0)));
    expect(pearson(difference, [...(whole.tangents[1]?.theta ?? [])]), "tangent against retraining").to.be.greaterThan(0.98);
    const queries = ["the whale sea sail", "the bank debt coin", "the corn mill wheat", "the judge law road"].map((text) =>
      rowSequences(tokenizer.encode(text), tokenizer, 40).slice(0, 1),
    );
    const tangents = whole.tangents.map((t, c) => ({ contributor: `c${c}`, ...quantise(t.theta) }));
    const predicted = queries.map((query) => {
      const { gradient } = lossGradient(context, whole.adapter.theta, query, 1 / 16);
      return scoreVectors(quantise(gradient), tangents).scores.map((s) => Number(s.score));
    });
    const actual: number[][] = queries.map(() => []);
    for (let c = 0; c < CONTRIBUTORS; c++) {
      const { adapter } = await train({ tangents: false, weights: Array.from({ length: CONTRIBUTORS }, (_, i) => (i === c ? 0 : 1)) });
      queries.forEach((query, q) => {
        const there = lossGradient(context, adapter.theta, query, 1 / 16).loss;
        actual[q]?.push(there - lossGradient(context, whole.adapter.theta, query, 1 / 16).loss);
      });
    }
    release();
    const linear = queries.map((_, q) => pearson(predicted[q] ?? [], actual[q] ?? []));
    const ordinal = queries.map((_, q) => pearson(ranks(predicted[q] ?? []), ranks(actual[q] ?? [])));
    const mean = (x: readonly number[]): number => x.reduce((s, v) => s + v, 0) / x.length;
    expect(mean(linear), `Pearson ${linear.join(" ")}`).to.be.greaterThan(0.85);
    expect(mean(ordinal), `Spearman ${ordinal.join(" ")}`).to.be.greaterThan(0.75);
  }).timeout(240_000);
});
