import { expect } from "chai";
import fc from "fast-check";
import { Reject, utf8 } from "../../chain/primitives/index.js";
import { TINY_LLAMA } from "../testkit/tiny-llama.js";
import { TINY } from "../testkit/tiny.js";
import { encodeConfig, headShape, parseConfig } from "./config.js";
import type { DecoderConfig } from "./config.js";
import { parameterShapes } from "./parameters.js";

type Fields = Record<string, unknown>;

const fieldsOf = (config: DecoderConfig): Fields => JSON.parse(encodeConfig(config, 0)) as Fields;
const read = (fields: Fields): DecoderConfig => parseConfig(utf8(JSON.stringify(fields)));
const llama = (change: Fields): DecoderConfig => read({ ...fieldsOf(TINY_LLAMA), ...change });

const STRETCHED = { rope_type: "llama3", factor: 8, low_freq_factor: 1, high_freq_factor: 4, original_max_position_embeddings: 8192 };

describe("a Llama's config.json", () => {
  it("round-trips", () => {
    for (const tied of [true, false]) {
      const scaling = tied ? { factor: 8, lowFactor: 1, highFactor: 4, originalContext: 64 } : undefined;
      const config = { ...TINY_LLAMA, llama: { ...TINY_LLAMA.llama!, tied, scaling, attentionBias: tied, feedBias: !tied } };
      expect(read(fieldsOf(config))).to.deep.equal(config);
    }
  });

  it("has the defaults of transformers where it says nothing", () => {
    const said = ["model_type", "vocab_size", "hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads", "max_position_embeddings"];
    const short = Object.fromEntries(Object.entries(fieldsOf(TINY_LLAMA)).filter(([name]) => said.includes(name)));
    const { llama: options } = read({ ...short, num_attention_heads: 2 });
    expect(options).to.include({ keyHeads: 2, headSize: 8, epsilon: 1e-6, ropeBase: 10_000, tied: false, attentionBias: false, feedBias: false });
  });

  it("says in either spelling how positions turn", () => {
    const scaling = { factor: 8, lowFactor: 1, highFactor: 4, originalContext: 8192 };
    expect(llama({ rope_theta: 500_000, rope_scaling: STRETCHED }).llama).to.deep.include({ ropeBase: 500_000, scaling });
    const newer = { rope_theta: undefined, rope_scaling: undefined, rope_parameters: { ...STRETCHED, rope_theta: 500_000 } };
    expect(llama(newer).llama).to.deep.include({ ropeBase: 500_000, scaling });
    expect(llama({ rope_scaling: { type: "default" } }).llama?.scaling).to.equal(undefined);
  });

  it("may promise a longer context than is served", () => {
    expect(llama({ max_position_embeddings: 131_072 }).context).to.equal(4096);
  });

  for (const [why, change] of [
    ["stretches positions another way", { rope_scaling: { rope_type: "dynamic", factor: 2 } }],
    ["stretches them by a factor that is no number", { rope_scaling: { ...STRETCHED, factor: "8" } }],
    ["has its bounds of frequency reversed", { rope_scaling: { ...STRETCHED, low_freq_factor: 4, high_freq_factor: 1 } }],
    ["lacks a bound", { rope_scaling: { ...STRETCHED, high_freq_factor: undefined } }],
    ["says it twice", { rope_scaling: STRETCHED, rope_parameters: STRETCHED }],
    ["turns a part of each head only", { partial_rotary_factor: 0.5 }],
    ["turns a part of each head only, in the newer spelling", { rope_scaling: undefined, rope_parameters: { partial_rotary_factor: 0.5 } }],
    ["has a text for an epsilon", { rms_norm_eps: "1e-5" }],
    ["has no epsilon to speak of", { rms_norm_eps: 0 }],
    ["has a flag that is a number", { attention_bias: 1 }],
    ["has no heads of keys", { num_key_value_heads: 0 }],
    ["has more heads of keys than heads", { num_key_value_heads: 8 }],
    ["has a fraction of a head", { head_dim: 8.5 }],
    ["has a width beyond bounds", { hidden_size: 1 << 20 }],
    ["has a width that is a text", { hidden_size: "16" }],
    ["has more layers than are run", { num_hidden_layers: 65 }],
    ["has no layers", { num_hidden_layers: 0 }],
    ["is of layers of several kinds", { layer_types: ["full_attention"] }],
  ] as const) {
    it(`that ${why} is refused`, () => {
      expect(() => llama(change)).to.throw(Reject).with.property("code", 3);
    });
  }
});

describe("any config.json", () => {
  const value = fc.oneof(
    fc.constantFrom(null, true, false, 0, -1, 1, 2 ** 31, 2 ** 53, 1e308, 0.5, "", "16", "silu", "__proto__"),
    fc.double(),
    fc.array(fc.nat(), { maxLength: 2 }),
    fc.constantFrom({}, STRETCHED, { rope_type: "yarn" }),
  );

  for (const [name, base] of [["GPT-2", TINY], ["Llama", TINY_LLAMA]] as const) {
    it(`of a ${name} with one field changed is refused with a code, or describes a model of bounded size`, () => {
      const fields = fieldsOf(base);
      const names = [...Object.keys(fields), "partial_rotary_factor", "sliding_window", "rope_parameters", "scale_attn_weights", "n_inner"];
      fc.assert(
        fc.property(fc.constantFrom(...names), value, (field, changed) => {
          try {
            const config = read({ ...fields, [field]: changed });
            const { heads, keyHeads, size } = headShape(config);
            for (const n of [heads, keyHeads, size, config.width, config.inner, config.context]) expect(n).to.satisfy(Number.isSafeInteger);
            for (const [, shape] of parameterShapes(config)) expect(shape.every((n) => n >= 1 && n <= 1 << 18)).to.equal(true);
          } catch (error) {
            expect(error).to.be.instanceOf(Reject).with.property("code", 3);
          }
        }),
        { numRuns: 1000 },
      );
    });
  }

  it("that is no object of JSON is refused with a code", () => {
    for (const bytes of [utf8(""), utf8("[]"), utf8("null"), utf8("3"), utf8('{"model_type":'), Uint8Array.of(0xff)]) {
      expect(() => parseConfig(bytes)).to.throw(Reject).with.property("code", 3);
    }
  });
});
