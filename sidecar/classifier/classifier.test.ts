import { readFileSync } from "node:fs";
import { expect } from "chai";
import { Reject, parseUtf8, utf8 } from "../../chain/primitives/index.js";
import { SidecarError } from "../errors.js";
import { Xoshiro } from "../random/xoshiro.js";
import { TINY_NUMERIC, TINY_TEXT, classifierFiles, tinyClassifier } from "../testkit/tiny-classifier.js";
import { labelOf, readClassifier, rowSequence } from "./classifier.js";
import { encodeClassifierConfig, parseClassifierConfig } from "./config.js";
import type { ClassifierConfig } from "./config.js";
import { featuresOf } from "./features.js";
import { classifierLearner } from "./learner.js";
import { forward } from "./network.js";
import { encodeDelta, parseDelta } from "./weights.js";

interface Golden {
  readonly config: ClassifierConfig;
  readonly weights: readonly number[];
  readonly rows: readonly { prompt: string; label: string; features: number[]; logits: number[]; loss: number; gradient: number[] }[];
}

/** Made by scripts/vectors/classifier.py with torch. */
const golden = JSON.parse(readFileSync(new URL("vectors/classifier.json", import.meta.url), "utf8")) as Golden[];

function codeOf(work: () => unknown): number {
  try {
    work();
  } catch (error) {
    if (error instanceof Reject) return error.code;
    throw error;
  }
  return 0;
}

function expectClose(found: ArrayLike<number>, wanted: readonly number[], tolerance: number): void {
  expect(found.length).to.equal(wanted.length);
  wanted.forEach((w, i) => expect(found[i]).to.be.closeTo(w, tolerance));
}

describe("classifier", () => {
  it("has the features, logits, losses and gradients that torch has", async () => {
    for (const { config, weights, rows } of golden) {
      const classifier = await tinyClassifier(config, weights);
      const sequences = rows.map(({ prompt, label }, i) => rowSequence(classifier, { rowId: `${i}`, contributor: "c", text: `${prompt}\t${label}` }));
      const learner = classifierLearner(classifier);
      const { losses, gradients } = learner.samples(sequences).perSample(learner.first(new Xoshiro(1n)), rows.map((_, i) => i), rows.map(() => 1));
      rows.forEach(({ prompt, features, logits, loss, gradient }, i) => {
        const data = featuresOf(config.features, utf8(prompt), SidecarError.InvalidRequest);
        expectClose(data, features, 1e-7);
        const pass = forward(classifier.network, classifier.weights, { features: { rows: 1, cols: data.length, data }, labels: [0] });
        expectClose(pass.outputs.at(-1)?.data ?? [], logits, 3e-5 * (1 + Math.max(...logits.map(Math.abs))));
        expect(losses[i]).to.be.closeTo(loss, 3e-5 * (1 + loss));
        expectClose(gradients[i] ?? [], gradient, 3e-5 * (1 + Math.max(...gradient.map(Math.abs))));
      });
    }
  });

  it("counts words without regard to capitals and punctuation, and bytes as they are", () => {
    const features = (unit: "word" | "byte", prompt: string): Float32Array =>
      featuresOf({ kind: "text", unit, longest: 1, buckets: 97 }, utf8(prompt), SidecarError.InvalidRequest);
    expect(features("word", "Corn, WHEAT;corn")).to.deep.equal(features("word", "wheat corn corn"));
    expect(features("byte", "ab")).to.deep.equal(features("byte", "ba"));
    expect(features("byte", "ab")).not.to.deep.equal(features("byte", "aB"));
    expect([...features("word", " .,")].every((x) => x === 0)).to.equal(true);
    const lengths = [...features("word", "one two two")].filter((x) => x !== 0).sort((a, b) => a - b);
    expect(lengths).to.deep.equal([Math.fround(1 / Math.sqrt(5)), Math.fround(2 / Math.sqrt(5))]);
  });

  it("reads numbers between commas and refuses what is not one, too many, too few and out of bounds", () => {
    const read = (prompt: string): Float32Array => featuresOf(TINY_NUMERIC.features, utf8(prompt), SidecarError.InvalidRequest);
    expect([...read(" [1, -2.5e1 ,0.5] ")]).to.deep.equal([1, -25, 0.5]);
    for (const bad of ["", "1,2", "1,2,3,4", "1,2,x", "1,2,", "1,2,NaN", "1,2,Infinity", "1,2,0x3", "1,2,101", "1,2,1e999", "[1,2,3", "1 2,3,4", "1,2,+3", "1,2,.5"]) {
      expect(codeOf(() => read(bad)), bad).to.equal(2);
    }
  });

  it("makes a sequence of a row whose answer is the label after the last tab", async () => {
    const classifier = await tinyClassifier(TINY_TEXT);
    const { tokens, from } = rowSequence(classifier, { rowId: "r", contributor: "c", text: "corn\tmill\tfarm" });
    expect(classifier.tokenizer.decode(tokens.slice(0, from + 1))).to.equal("corn\tmill");
    expect(labelOf(classifier, tokens.slice(from + 1))).to.equal(0);
    expect(labelOf(classifier, tokens.slice(from + 2))).to.equal(-1);
  });

  it("names the row that it cannot read", async () => {
    const text = await tinyClassifier(TINY_TEXT);
    const numeric = await tinyClassifier(TINY_NUMERIC);
    const refused = (run: () => unknown): string => {
      try {
        run();
      } catch (error) {
        return error instanceof Reject ? `${error.code} ${error.message}` : "fault";
      }
      return "taken";
    };
    const row = (body: string) => ({ rowId: "4/7", contributor: "c", text: body });
    expect(refused(() => rowSequence(text, row("corn farm")))).to.match(/^2 row 4\/7: a tab/);
    expect(refused(() => rowSequence(text, row("corn\tFarm")))).to.match(/^2 row 4\/7: unknown label/);
    expect(refused(() => rowSequence(text, row(`${"x".repeat(96)}\tfarm`)))).to.match(/^11 row 4\/7/);
    expect(refused(() => rowSequence(numeric, row("1,2\tinside")))).to.match(/^2 row 4\/7: 3 numbers/);
    expect(refused(() => rowSequence(numeric, row("1,2,3e9\tinside")))).to.match(/^2 row 4\/7: number 3/);
  });

  it("reads back the config it writes and refuses any other", () => {
    for (const config of [TINY_TEXT, TINY_NUMERIC]) expect(parseClassifierConfig(encodeClassifierConfig(config))).to.deep.equal(config);
    const fields = JSON.parse(parseUtf8(encodeClassifierConfig(TINY_TEXT))) as Record<string, unknown>;
    const text = { kind: "text", unit: "word", longest: 1, buckets: 8 };
    const bad: Record<string, unknown>[] = [
      { model_type: "gpt2" },
      { features: { ...text, kind: "image" } },
      { features: { ...text, unit: "line" } },
      { features: { ...text, longest: 0 } },
      { features: { ...text, buckets: 1 } },
      { features: { kind: "numeric", size: 0, limit: 1 } },
      { features: { kind: "numeric", size: 4, limit: 0.5 } },
      { features: null },
      { hidden: [0] },
      { hidden: [4097] },
      { hidden: "none" },
      { hidden: [1, 1, 1, 1, 1, 1, 1, 1, 1] },
      { activation: "tanh" },
      { labels: ["one"] },
      { labels: ["same", "same"] },
      { labels: ["a\tb", "c"] },
      { labels: ["", "c"] },
      { labels: ["x".repeat(65), "c"] },
      { labels: [1, 2] },
      { context: 7 },
      { features: { ...text, buckets: 65_536 }, hidden: [64] },
    ];
    for (const change of bad) {
      expect(codeOf(() => parseClassifierConfig(utf8(JSON.stringify({ ...fields, ...change })))), JSON.stringify(change)).to.equal(3);
    }
    expect(codeOf(() => parseClassifierConfig(utf8("{")))).to.equal(3);
  });

  it("refuses weights and additions that are not its own", async () => {
    const text = await tinyClassifier(TINY_TEXT);
    const numeric = await tinyClassifier(TINY_NUMERIC);
    const files = await classifierFiles(TINY_TEXT);
    const other = await classifierFiles(TINY_NUMERIC);
    const { tokenizer, network } = text;
    expect(codeOf(() => readClassifier({ ...files, weights: other.weights }, tokenizer, network.backend))).to.equal(3);
    expect(codeOf(() => readClassifier({ ...files, weights: files.weights.slice(0, -4) }, tokenizer, network.backend))).to.equal(3);
    expect(codeOf(() => readClassifier({ ...files, config: encodeClassifierConfig({ ...TINY_TEXT, context: 8, labels: ["12345678", "2", "3"] }) }, tokenizer, network.backend))).to.equal(3);
    const delta = encodeDelta(network, text.weights);
    expect(parseDelta(network, delta)).to.deep.equal(text.weights);
    expect(codeOf(() => parseDelta(numeric.network, delta))).to.equal(4);
    expect(codeOf(() => parseDelta(network, { ...delta, config: utf8("{}") }))).to.equal(4);
    expect(codeOf(() => parseDelta(network, { ...delta, weights: utf8("no") }))).to.equal(4);
  });
});
