import { expect } from "chai";
import fc from "fast-check";
import { Reject, utf8 } from "../../chain/primitives/index.js";
import { SidecarError } from "../errors.js";
import { frozenDecoder } from "../model/assemble.js";
import { parseConfig } from "../model/config.js";
import type { DecoderConfig } from "../model/config.js";
import { joinSequences, runDecoder, runHead } from "../model/decoder.js";
import { encodeSafetensors, parseSafetensors } from "../model/safetensors.js";
import { Tape } from "../ops/tape.js";
import { tfjsBackend } from "../ops/tfjs-backend.js";
import { Xoshiro } from "../random/xoshiro.js";
import { goldenDecoder } from "../testkit/golden-decoders.js";
import { logitsByTransformers, pythonWithPeft } from "../testkit/python-peft.js";
import { TINY_LLAMA, tinyLlama } from "../testkit/tiny-llama.js";
import { TINY, tinyBase } from "../testkit/tiny.js";
import type { AdapterFiles, BaseFiles, LoraTarget } from "../types.js";
import { TARGETS, adapt, initialAdapter, layoutOf } from "./layout.js";
import type { LoraLayout } from "./layout.js";
import { encodeAdapter, parseAdapter } from "./peft.js";

const GPT2_TARGETS = TARGETS.filter((t) => t !== "gate");

function drawn(layout: LoraLayout): Float32Array {
  const random = new Xoshiro(1n);
  return initialAdapter(layout, random).map((x) => x + 0.3 * random.normal());
}

describe("adapters in PEFT's files", () => {
  for (const [name, config, possible] of [["GPT-2", TINY, GPT2_TARGETS], ["Llama", TINY_LLAMA, TARGETS]] as const) {
    it(`come back from them for every choice of targets of ${name}`, () => {
      fc.assert(
        fc.property(fc.subarray([...possible], { minLength: 1 }), fc.integer({ min: 1, max: 5 }), (targets, rank) => {
          const layout = layoutOf(config, { rank, alpha: 8, targets });
          const theta = drawn(layout);
          expect(parseAdapter(config, encodeAdapter(config, layout, theta))).to.deep.equal({ layout, theta });
        }),
        { numRuns: 40 },
      );
    });
  }

  it("that peft wrote come back as the same numbers", () => {
    const { config: bytes, adapter } = goldenDecoder("llama-grouped");
    const config = parseConfig(bytes);
    const { layout, theta } = parseAdapter(config, adapter);
    expect(layout.slots.length).to.equal(14);
    const ours = parseSafetensors(encodeAdapter(config, layout, theta).weights, SidecarError.BadAdapter);
    const theirs = parseSafetensors(adapter.weights, SidecarError.BadAdapter);
    expect([...ours].sort()).to.deep.equal([...theirs].sort());
  });

  it("that we wrote are read by peft, on models that we wrote: transformers has our logits", async function () {
    const found = pythonWithPeft();
    if (typeof found === "string") {
      process.stdout.write(`    skipped: ${found}\n`);
      this.skip();
      return;
    }
    const stretched = { factor: 4, lowFactor: 1, highFactor: 4, originalContext: 16 };
    const other: DecoderConfig = { ...TINY_LLAMA, llama: { ...TINY_LLAMA.llama!, scaling: stretched, tied: true, attentionBias: true } };
    const cases: readonly (readonly [BaseFiles, readonly LoraTarget[]])[] = [
      [tinyBase(), GPT2_TARGETS],
      [tinyBase(), ["k"]],
      [tinyLlama(), TARGETS],
      [tinyLlama(other), ["q", "v", "gate"]],
    ];
    for (const [base, targets] of cases) await comparePython(found.python, base, targets);
  }).timeout(240_000);
});

async function comparePython(python: string, base: BaseFiles, targets: readonly LoraTarget[]): Promise<void> {
  const config = parseConfig(base.config);
  const layout = layoutOf(config, { rank: 3, alpha: 8, targets });
  const theta = drawn(layout);
  const backend = await tfjsBackend();
  const { model, release } = frozenDecoder(config, parseSafetensors(base.weights, SidecarError.BadModel), backend);
  const decoder = adapt(model, layout, theta, false).model;
  const random = new Xoshiro(2n);
  const prompts = [1, 9, config.context].map((n) => Array.from({ length: n }, () => random.below(config.vocabulary)));
  const theirs = logitsByTransformers(python, base, encodeAdapter(config, layout, theta), prompts);
  prompts.forEach((prompt, i) => {
    const tape = new Tape(backend);
    const ours = runHead(tape, decoder, runDecoder(tape, decoder, joinSequences([prompt])), [prompt.length - 1]).data;
    const worst = ours.reduce((most, x, c) => Math.max(most, Math.abs(x - (theirs[i]?.[c] ?? NaN))), 0);
    expect(worst, targets.join()).to.be.lessThan(1e-4);
  });
  release();
}

describe("an adapter_config.json", () => {
  const { config: bytes, adapter } = goldenDecoder("llama-grouped");
  const config = parseConfig(bytes);

  function changed(fields: Record<string, unknown>): AdapterFiles {
    const own = JSON.parse(Buffer.from(adapter.config).toString()) as object;
    return { config: utf8(JSON.stringify({ ...own, ...fields })), weights: adapter.weights };
  }

  for (const [why, fields] of [
    ["is not a LoRA", { peft_type: "IA3" }],
    ["scales by the root of the rank", { use_rslora: true }],
    ["splits magnitude and direction", { use_dora: true }],
    ["trains biases too", { bias: "lora_only" }],
    ["trains whole modules too", { modules_to_save: ["lm_head"] }],
    ["has ranks by module", { rank_pattern: { q_proj: 4 } }],
    ["is for some layers only", { layers_to_transform: [0] }],
    ["changed the base when it was made", { init_lora_weights: "pissa" }],
    ["is for transposed weights", { fan_in_fan_out: true }],
    ["has no rank", { r: 0 }],
    ["has a rank beyond bounds", { r: 65 }],
    ["has a fraction for alpha", { lora_alpha: 0.5 }],
    ["names no modules", { target_modules: [] }],
    ["names modules by a pattern", { target_modules: ".*_proj" }],
    ["names a module that is not there", { target_modules: ["c_attn"] }],
    ["names fewer modules than its tensors", { target_modules: ["q_proj"] }],
    ["has another rank than its tensors", { r: 3 }],
    ["says it is ours, which is GPT-2's", { openledger_targets: ["q"] }],
  ] as const) {
    it(`that ${why} is refused`, () => {
      expect(() => parseAdapter(config, changed(fields))).to.throw(Reject).with.property("code", 4);
    });
  }

  it("is refused with tensors that are cut, missing, renamed, misshapen or not finite", () => {
    const tensors = [...parseSafetensors(adapter.weights, SidecarError.BadAdapter)];
    const [name, tensor] = tensors[0]!;
    const nan = { ...tensor, data: tensor.data.with(0, NaN) };
    const weights = [
      adapter.weights.subarray(0, 100),
      encodeSafetensors(tensors.slice(1)),
      encodeSafetensors([[`${name}.more`, tensor], ...tensors.slice(1)]),
      encodeSafetensors([[name, { ...tensor, shape: [...tensor.shape].reverse() }], ...tensors.slice(1)]),
      encodeSafetensors([[name, nan], ...tensors.slice(1)]),
      encodeSafetensors([...tensors, ["lm_head.weight", tensor]]),
    ];
    for (const w of weights) expect(() => parseAdapter(config, { ...adapter, weights: w })).to.throw(Reject).with.property("code", 4);
  });
});
