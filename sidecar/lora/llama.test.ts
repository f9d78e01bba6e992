import { expect } from "chai";
import { SidecarError } from "../errors.js";
import { frozenDecoder } from "../model/assemble.js";
import type { DecoderConfig } from "../model/config.js";
import { joinSequences, runDecoder, runHead } from "../model/decoder.js";
import { parseSafetensors } from "../model/safetensors.js";
import { Session } from "../model/session.js";
import { Tape } from "../ops/tape.js";
import { tfjsBackend } from "../ops/tfjs-backend.js";
import { Xoshiro } from "../random/xoshiro.js";
import { TINY_LLAMA, tinyLlama } from "../testkit/tiny-llama.js";
import { pearson, sixVoices, tinyLora } from "../testkit/tiny-lora.js";
import type { TrainState } from "./checkpoint.js";
import { lossGradient } from "./gradient.js";
import type { LoraContext, Sequence } from "./gradient.js";
import { TARGETS, adapt, initialAdapter, layoutOf } from "./layout.js";
import { encodeAdapter, parseAdapter } from "./peft.js";
import { perSampleGradients } from "./per-sample.js";
import { initialState, trainStep } from "./trainer.js";

const BIASED: DecoderConfig = {
  ...TINY_LLAMA,
  llama: { keyHeads: 1, headSize: 8, epsilon: 1e-6, ropeBase: 500, scaling: { factor: 4, lowFactor: 1, highFactor: 4, originalContext: 16 }, tied: true, attentionBias: true, feedBias: true },
};

for (const [name, config] of [["with grouped keys and an untied head", TINY_LLAMA], ["with one key head, biases and stretched angles", BIASED]] as const) {
  describe(`an adapter on every projection of a Llama ${name}`, () => {
    let context: LoraContext;
    let theta: Float32Array;
    let release: () => void;

    before(async () => {
      const backend = await tfjsBackend();
      const frozen = frozenDecoder(config, parseSafetensors(tinyLlama(config).weights, SidecarError.BadModel), backend);
      release = frozen.release;
      context = { backend, base: frozen.model, layout: layoutOf(config, { rank: 2, alpha: 4, targets: TARGETS }) };
      const random = new Xoshiro(3n);
      theta = initialAdapter(context.layout, random).map((x) => x + 0.1 * random.normal());
    });
    after(() => {
      release();
    });

    function sequences(count: number): Sequence[] {
      const random = new Xoshiro(9n);
      return Array.from({ length: count }, (_, i) => {
        const length = 3 + random.below(30);
        return { tokens: Array.from({ length }, () => random.below(config.vocabulary)), from: i % 3 === 0 ? random.below(length - 1) : 0 };
      });
    }

    it("has the gradient that differences of its loss have, in every slot", () => {
      const batch = sequences(4);
      const { gradient } = lossGradient(context, theta, batch, 1);
      const lossAt = (i: number, by: number): number => lossGradient(context, theta.with(i, (theta[i] ?? 0) + by), batch, 1).loss;
      const random = new Xoshiro(4n);
      for (const { layer, target, input, output, at } of context.layout.slots) {
        for (const i of [at + random.below(2 * input), at + 2 * input + random.below(2 * output)]) {
          const step = 1 / 64;
          const slope = (lossAt(i, step) - lossAt(i, -step)) / (2 * step);
          expect(gradient[i], `${target} of layer ${layer}`).to.be.closeTo(slope, 0.01 + 0.01 * Math.abs(slope));
        }
        expect(gradient.subarray(at, at + 2 * (input + output)).some((x) => Math.abs(x) > 1e-3), `${target} of layer ${layer}`).to.equal(true);
      }
    }).timeout(120_000);

    it("has the bits of a sequence's own gradient, whatever else is in the batch", () => {
      const batch = sequences(7);
      for (const chosen of [batch, batch.slice(2, 5), [...batch].reverse()]) {
        const { losses, gradients } = perSampleGradients(context, theta, chosen);
        chosen.forEach((s, i) => {
          const alone = lossGradient(context, theta, [s], 1);
          expect(losses[i]).to.equal(alone.loss);
          expect(gradients[i], `sequence ${i}`).to.deep.equal(alone.gradient);
        });
      }
    });

    it("answers token by token from the cache as in one pass", () => {
      const adapted = adapt(context.base, context.layout, theta, false).model;
      const tokens = sequences(1)[0]?.tokens ?? [];
      const tape = new Tape(context.backend);
      const whole = runHead(tape, adapted, runDecoder(tape, adapted, joinSequences([tokens])), [tokens.length - 1]).data;
      const session = new Session(adapted, context.backend);
      let logits = session.extend(tokens.slice(0, 2));
      for (const token of tokens.slice(2)) logits = session.extend([token]);
      logits.forEach((x, i) => expect(x).to.be.closeTo(whole[i] ?? NaN, 1e-4));
    });

    it("is the same after a round trip through PEFT's files", () => {
      const files = encodeAdapter(config, context.layout, theta);
      expect(parseAdapter(config, files)).to.deep.equal({ layout: context.layout, theta });
    });
  });
}

describe("tangents of a Llama", () => {
  it("are what training does with a contributor weighed a little more or less", async () => {
    const tiny = await tinyLora(tinyLlama(), TARGETS);
    const data = tiny.data(sixVoices(0, 48));
    const recipe = { adam: { rateNano: 2_000_000, beta1Ppm: 900_000, beta2Ppm: 990_000, epsilonPico: 100_000 }, batchSize: 24, seed: 4n };
    const pause = (): Promise<void> => Promise.resolve();
    const train = async (weight?: number): Promise<TrainState> => {
      const weights = weight === undefined ? {} : { weights: data.sequences.map((s) => (s.contributor === 1 ? weight : 1)) };
      const chosen = { ...recipe, tangents: weight === undefined, ...weights };
      const state = initialState(tiny.learner, data, chosen);
      while (state.step < 10) await trainStep(tiny.learner, data, state, { recipe: chosen, pause });
      return state;
    };
    const whole = await train();
    const [above, below] = [await train(1 + 1 / 32), await train(1 - 1 / 32)];
    const difference = Array.from(above.adapter.theta, (x, i) => 16 * (x - (below.adapter.theta[i] ?? 0)));
    tiny.release();
    expect(pearson(difference, [...(whole.tangents[1]?.theta ?? [])])).to.be.greaterThan(0.98);
  }).timeout(120_000);
});
