import { expect } from "chai";
import { SidecarError } from "../errors.js";
import { lossGradient } from "../lora/gradient.js";
import { adapt } from "../lora/layout.js";
import { parseAdapter } from "../lora/peft.js";
import type { MatmulBackend } from "../ops/backend.js";
import { Tape } from "../ops/tape.js";
import { tfjsBackend } from "../ops/tfjs-backend.js";
import { GOLDEN_DECODERS, goldenDecoder } from "../testkit/golden-decoders.js";
import type { GoldenDecoder } from "../testkit/golden-decoders.js";
import { checkParameters, frozenDecoder } from "./assemble.js";
import { parseConfig } from "./config.js";
import type { DecoderConfig } from "./config.js";
import { joinSequences, runDecoder, runHead } from "./decoder.js";
import type { Decoder } from "./decoder.js";
import { parseSafetensors } from "./safetensors.js";
import { Session } from "./session.js";

const TOLERANCE = 1e-4;

function farthest(found: Float32Array, expected: readonly number[]): number {
  expect(found.length).to.equal(expected.length);
  return expected.reduce((worst, x, i) => Math.max(worst, Math.abs(x - (found[i] ?? NaN))), 0);
}

for (const name of GOLDEN_DECODERS) {
  describe(`the decoder ${name} of transformers`, () => {
    let backend: MatmulBackend;
    let config: DecoderConfig;
    let golden: GoldenDecoder;
    let model: Decoder;
    let release: () => void;

    before(async () => {
      golden = goldenDecoder(name);
      config = parseConfig(golden.config);
      backend = await tfjsBackend();
      const tensors = parseSafetensors(golden.weights, SidecarError.BadModel);
      checkParameters(config, tensors);
      ({ model, release } = frozenDecoder(config, tensors, backend));
    });
    after(() => {
      release();
    });

    function lastLogits(decoder: Decoder, prompt: readonly number[]): Float32Array {
      const tape = new Tape(backend);
      return runHead(tape, decoder, runDecoder(tape, decoder, joinSequences([prompt])), [prompt.length - 1]).data;
    }

    const adapted = (): Decoder => {
      const { layout, theta } = parseAdapter(config, golden.adapter);
      return adapt(model, layout, theta, false).model;
    };

    it("has its logits", () => {
      const { prompts, logits } = golden.expected;
      prompts.forEach((prompt, i) => expect(farthest(lastLogits(model, prompt), logits[i] ?? [])).to.be.lessThan(TOLERANCE));
    });

    it("has them through peft's adapter, in one pass and from the cache", () => {
      const { prompts, adapted: expected } = golden.expected;
      const decoder = adapted();
      prompts.forEach((prompt, i) => {
        expect(farthest(lastLogits(decoder, prompt), expected[i] ?? [])).to.be.lessThan(TOLERANCE);
        const session = new Session(decoder, backend);
        if (prompt.length > 1) session.extend(prompt.slice(0, -1));
        expect(farthest(session.extend(prompt.slice(-1)), expected[i] ?? [])).to.be.lessThan(TOLERANCE);
      });
    });

    it("has the loss and the adapter's gradient that torch computes", () => {
      const { layout, theta } = parseAdapter(config, golden.adapter);
      const { theta: expected } = parseAdapter(config, { config: golden.adapter.config, weights: golden.gradient });
      const { loss, gradient } = lossGradient({ backend, base: model, layout }, theta, [{ tokens: golden.expected.sequence, from: 0 }], 1);
      expect(loss).to.be.closeTo(golden.expected.loss, 1e-3);
      const largest = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
      expect(farthest(gradient, [...expected])).to.be.lessThan(1e-4 * (1 + largest));
    });
  });
}
