import { expect } from "chai";
import fc from "fast-check";
import { Reject, utf8 } from "../../chain/primitives/index.js";
import { SidecarError } from "../errors.js";
import { TINY_NUMERIC, TINY_TEXT, tinyClassifier } from "../testkit/tiny-classifier.js";
import { labelOf, promptFeatures, rowSequence } from "./classifier.js";
import { encodeClassifierConfig, parseClassifierConfig } from "./config.js";
import { featuresOf } from "./features.js";
import type { TextRule } from "./features.js";
import { createNetwork } from "./network.js";
import { encodeWeights, parseWeights } from "./weights.js";

/** What a call gives, or the code it refuses with. Anything but a Reject is a failure of ours. */
function outcome<T>(work: () => T): T | number {
  try {
    return work();
  } catch (error) {
    if (error instanceof Reject) return error.code;
    throw error;
  }
}

const LINE = fc.string({ unit: "grapheme", maxLength: 40 }).filter((s) => s.isWellFormed() && !s.includes("\n"));
const RULE: fc.Arbitrary<TextRule> = fc.record({
  kind: fc.constant("text" as const),
  unit: fc.constantFrom("word" as const, "byte" as const),
  longest: fc.integer({ min: 1, max: 8 }),
  buckets: fc.integer({ min: 2, max: 300 }),
});

describe("classifiers under any input", () => {
  it("any text has features of length one, or none where it has no units", () => {
    fc.assert(
      fc.property(RULE, LINE, (rule, line) => {
        const features = featuresOf(rule, utf8(line), SidecarError.InvalidRequest);
        const square = features.reduce((sum, x) => sum + x * x, 0);
        if (square !== 0) expect(square).to.be.closeTo(1, 1e-5);
        else expect(rule.unit === "word" ? /[0-9A-Za-z\u0080-\u{10ffff}]/u.test(line) : line.length > 0).to.equal(false);
      }),
    );
  });

  it("numbers are read as JSON reads them, and nothing else is read", () => {
    const rule = { kind: "numeric", size: 3, limit: 1_000_000 } as const;
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.double({ min: 1e-6, max: 1e-5, noNaN: true })), { minLength: 3, maxLength: 3 }), (list) => {
        const found = outcome(() => featuresOf(rule, utf8(JSON.stringify(list)), SidecarError.InvalidRequest));
        expect(found).to.deep.equal(Float32Array.from(JSON.parse(JSON.stringify(list)) as number[]));
      }),
    );
    fc.assert(
      fc.property(LINE, (line) => {
        const found = outcome(() => featuresOf(rule, utf8(line), SidecarError.InvalidRequest));
        if (typeof found === "number") expect(found).to.equal(2);
        else expect([...found].every((x) => Math.abs(x) <= rule.limit)).to.equal(true);
      }),
    );
  });

  it("a row and the tokens it becomes have the same features and label", async () => {
    const classifier = await tinyClassifier({ ...TINY_TEXT, context: 1024 });
    fc.assert(
      fc.property(LINE, fc.constantFrom(...TINY_TEXT.labels), (prompt, label) => {
        const { tokens, from } = rowSequence(classifier, { rowId: "r", contributor: "c", text: `${prompt}\t${label}` });
        const features = promptFeatures(classifier, tokens.slice(0, from + 1), SidecarError.InvalidRequest);
        expect(features).to.deep.equal(featuresOf(TINY_TEXT.features, utf8(prompt), SidecarError.InvalidRequest));
        expect(TINY_TEXT.labels[labelOf(classifier, tokens.slice(from + 1))]).to.equal(label);
      }),
    );
  });

  it("any row is taken or refused with a code", async () => {
    const both = [await tinyClassifier(TINY_TEXT), await tinyClassifier(TINY_NUMERIC)];
    const row = fc.oneof(LINE, fc.tuple(LINE, fc.constantFrom("farm", "inside", "")).map(([a, b]) => `${a}\t${b}`));
    fc.assert(
      fc.property(row, (text) => {
        for (const classifier of both) {
          const found = outcome(() => rowSequence(classifier, { rowId: "r", contributor: "c", text }));
          if (typeof found === "number") expect([2, 11]).to.include(found);
        }
      }),
    );
  });

  it("any config is taken and written back the same, or refused with a code", () => {
    const value = fc.oneof(fc.jsonValue(), fc.constantFrom("silu", "relu", 8, 100), fc.constant(TINY_NUMERIC.features), fc.constant(TINY_TEXT.labels));
    const names = ["features", "hidden", "activation", "labels", "context"] as const;
    fc.assert(
      fc.property(fc.constantFrom(...names), value, (name, changed) => {
        const bytes = utf8(JSON.stringify({ model_type: "openledger-classifier", ...TINY_TEXT, [name]: changed }));
        const found = outcome(() => parseClassifierConfig(bytes));
        if (typeof found === "number") expect(found).to.equal(3);
        else expect(parseClassifierConfig(encodeClassifierConfig(found))).to.deep.equal(found);
      }),
    );
  });

  it("weights come back from their file, and a file cut or altered is refused or read whole", async () => {
    const { network, weights } = await tinyClassifier(TINY_NUMERIC);
    const bytes = encodeWeights(network, weights);
    expect(parseWeights(network, bytes, SidecarError.BadModel)).to.deep.equal(weights);
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const altered = Uint8Array.from(bytes, (b, i) => (i === at ? b ^ flip : b));
        for (const file of [altered, bytes.slice(0, at)]) {
          const found = outcome(() => parseWeights(network, file, SidecarError.BadModel));
          if (typeof found === "number") expect(found).to.equal(3);
          else expect(found.length).to.equal(createNetwork(network.backend, [3, 2]).parameters);
        }
      }),
    );
  });
});
