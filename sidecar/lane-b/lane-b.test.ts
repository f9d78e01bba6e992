import * as tf from "@tensorflow/tfjs-core";
import { expect } from "chai";
import { SidecarError } from "../errors.js";
import { lossGradient } from "../lora/gradient.js";
import type { LoraContext, Sequence } from "../lora/gradient.js";
import { TARGETS, adapt, initialAdapter, layoutOf } from "../lora/layout.js";
import { frozenDecoder } from "../model/assemble.js";
import { parseConfig } from "../model/config.js";
import type { DecoderConfig } from "../model/config.js";
import { greedy } from "../model/sampling.js";
import { parseSafetensors } from "../model/safetensors.js";
import { Session } from "../model/session.js";
import { tfjsBackend } from "../ops/tfjs-backend.js";
import { Xoshiro } from "../random/xoshiro.js";
import { TINY_LLAMA, tinyLlama } from "../testkit/tiny-llama.js";
import { TINY, tinyBase } from "../testkit/tiny.js";
import { adapterTensors, createLaneB } from "./decoder.js";
import { laneBGenerate } from "./generate.js";
import { laneBGradient } from "./gradient.js";
import type { LaneBModel } from "./parts.js";

const BIASED: DecoderConfig = { ...TINY_LLAMA, llama: { ...TINY_LLAMA.llama!, keyHeads: 1, tied: true, attentionBias: true, feedBias: true } };

for (const [name, files, targets] of [
  ["a GPT-2", tinyBase(), TARGETS.filter((t) => t !== "gate")],
  ["a Llama", tinyLlama(), TARGETS],
  ["a Llama with biases and one key head", tinyLlama(BIASED), TARGETS],
] as const) describe(`lane B on tfjs's wasm backend, with ${name}`, () => {
  let context: LoraContext;
  let model: LaneBModel;
  let theta: Float32Array;
  let release: () => void;

  before(async () => {
    const config = parseConfig(files.config);
    const tensors = parseSafetensors(files.weights, SidecarError.BadModel);
    const backend = await tfjsBackend();
    const frozen = frozenDecoder(config, tensors, backend);
    model = createLaneB(config, tensors);
    release = () => {
      frozen.release();
      model.release();
    };
    context = { backend, base: frozen.model, layout: layoutOf(config, { rank: 3, alpha: 6, targets }) };
    const random = new Xoshiro(3n);
    theta = initialAdapter(context.layout, random).map((x) => x + 0.05 * random.normal());
  });
  after(() => {
    release();
  });

  function sequences(): Sequence[] {
    const random = new Xoshiro(9n);
    return [20, 7, 31, 2].map((length, i) => {
      return { tokens: Array.from({ length }, () => random.below(TINY.vocabulary)), from: i === 2 ? 10 : 0 };
    });
  }

  it("has lane A's loss and gradient within float32's rounding", async () => {
    const exact = lossGradient(context, theta, sequences(), 0.25);
    const plain = await laneBGradient(model, { layout: context.layout, theta }, sequences(), 0.25);
    expect(plain.loss).to.be.closeTo(exact.loss, 1e-4);
    const largest = exact.gradient.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
    exact.gradient.forEach((x, i) => expect(plain.gradient[i], `entry ${i}`).to.be.closeTo(x, 1e-4 * largest));
  });

  it("generates lane A's greedy tokens through its cache", async () => {
    const { layout, base, backend } = context;
    const tensors = adapterTensors(layout, theta);
    const prompt = [5, 17, 200, 31];
    const session = new Session(adapt(base, layout, theta, false).model, backend);
    const expected: number[] = [];
    for (let logits = session.extend(prompt); expected.length < 24; ) {
      expected.push(greedy(logits));
      logits = session.extend(expected.slice(-1));
    }
    const spoken = await laneBGenerate({ model, adapter: { layout, tensors } }, prompt, { count: 24, end: -1, choose: greedy });
    expect(spoken).to.deep.equal(expected);
    tf.dispose(tensors);
  });

  it("leaves no tensor behind", async () => {
    const before = tf.memory().numTensors;
    await laneBGradient(model, { layout: context.layout, theta }, sequences(), 1);
    await laneBGenerate({ model, adapter: undefined }, [1, 2], { count: 3, end: -1, choose: greedy });
    expect(tf.memory().numTensors).to.equal(before);
  });
});
