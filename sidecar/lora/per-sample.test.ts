import { expect } from "chai";
import { SidecarError } from "../errors.js";
import { frozenDecoder } from "../model/assemble.js";
import { parseConfig } from "../model/config.js";
import { parseSafetensors } from "../model/safetensors.js";
import { greedy } from "../model/sampling.js";
import { tfjsBackend } from "../ops/tfjs-backend.js";
import { Xoshiro } from "../random/xoshiro.js";
import { TINY, tinyBase } from "../testkit/tiny.js";
import { lossGradient } from "./gradient.js";
import type { LoraContext, Sequence } from "./gradient.js";
import { initialAdapter, layoutOf } from "./layout.js";
import { perSampleGradients } from "./per-sample.js";

describe("per-sample gradients", () => {
  let context: LoraContext;
  let theta: Float32Array;
  let release: () => void;

  before(async () => {
    const files = tinyBase();
    const config = parseConfig(files.config);
    const backend = await tfjsBackend();
    const frozen = frozenDecoder(config, parseSafetensors(files.weights, SidecarError.BadModel), backend);
    release = frozen.release;
    context = { backend, base: frozen.model, layout: layoutOf(config, { rank: 3, alpha: 6, targets: ["q", "v", "up"] }) };
    const random = new Xoshiro(3n);
    theta = initialAdapter(context.layout, random).map((x) => x + 0.05 * random.normal());
  });
  after(() => {
    release();
  });

  function sequences(count: number): Sequence[] {
    const random = new Xoshiro(9n);
    return Array.from({ length: count }, (_, i) => {
      const length = 2 + random.below(30);
      return { tokens: Array.from({ length }, () => random.below(TINY.vocabulary)), from: i % 3 === 0 ? random.below(length - 1) : 0 };
    });
  }

  it("have the bits of the sequence's own gradient, whatever else is in the batch", () => {
    const batch = sequences(9);
    for (const chosen of [batch, batch.slice(2, 5), [...batch].reverse()]) {
      const { losses, gradients } = perSampleGradients(context, theta, chosen);
      chosen.forEach((s, i) => {
        const alone = lossGradient(context, theta, [s], 1);
        expect(losses[i]).to.equal(alone.loss);
        expect(gradients[i], `sequence ${i}`).to.deep.equal(alone.gradient);
      });
    }
  });

  it("sum to the gradient of the batch, each times its weight", () => {
    const batch = sequences(6);
    const weight = batch.map((_, i) => 0.25 * (i + 1));
    const { losses, gradients } = perSampleGradients(context, theta, batch, { weight });
    const plain = perSampleGradients(context, theta, batch, 0.5);
    const whole = lossGradient(context, theta, batch, 0.5);
    expect(plain.losses.reduce((sum, x) => sum + x, 0)).to.be.closeTo(whole.loss, 1e-4);
    whole.gradient.forEach((x, j) => {
      expect(plain.gradients.reduce((sum, g) => sum + (g[j] ?? 0), 0)).to.be.closeTo(x, 1e-5);
    });
    weight.forEach((w, i) => {
      expect(losses[i]).to.be.closeTo(2 * w * (plain.losses[i] ?? 0), 1e-4);
      expect(gradients[i]?.[7]).to.be.closeTo(2 * w * (plain.gradients[i]?.[7] ?? 0), 1e-5);
    });
  });

  it("take other labels than the sequences' own", () => {
    const [first] = sequences(1);
    const sequence = { tokens: first?.tokens ?? [], from: 0 };
    const asked: number[] = [];
    const wanted = (logits: Float32Array, at: { position: number }): number => {
      asked.push(at.position);
      return greedy(logits);
    };
    const likeliest = perSampleGradients(context, theta, [sequence], { label: wanted });
    const own = perSampleGradients(context, theta, [sequence]);
    expect(asked).to.deep.equal(sequence.tokens.slice(1).map((_, i) => i));
    expect(likeliest.losses[0]).to.be.lessThan(own.losses[0] ?? 0);
  });

  it("leave no tensor behind", () => {
    const before = context.backend.memory().tensors;
    perSampleGradients(context, theta, sequences(4));
    expect(context.backend.memory().tensors).to.equal(before);
  });
});
