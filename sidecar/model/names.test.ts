import { expect } from "chai";
import { Reject, parseUtf8, utf8 } from "../../chain/primitives/index.js";
import { SidecarError } from "../errors.js";
import { createRuntime } from "../runtime.js";
import { tinyLlama } from "../testkit/tiny-llama.js";
import { tinyBase } from "../testkit/tiny.js";
import type { BaseFiles } from "../types.js";
import { checkParameters } from "./assemble.js";
import { parseConfig } from "./config.js";
import { ownNames } from "./names.js";
import { encodeSafetensors, parseSafetensors } from "./safetensors.js";
import type { Tensor } from "./safetensors.js";

const tensorsOf = (files: BaseFiles): Map<string, Tensor> => new Map(parseSafetensors(files.weights, SidecarError.BadModel));

describe("names of weights", () => {
  it("may be those of GPT-2's first files, masks and a copy of the head among them", () => {
    const files = tinyBase();
    const config = parseConfig(files.config);
    const old = new Map([...tensorsOf(files)].map(([name, t]) => [name.replace(/^transformer\./, ""), t] as const));
    old.set("h.0.attn.bias", { shape: [1, 1, 2, 2], data: new Float32Array(4) });
    const head = old.get("wte.weight") ?? expect.fail("no embeddings");
    old.set("lm_head.weight", { ...head, data: head.data.slice() });
    const own = ownNames(config, old);
    expect(() => checkParameters(config, own)).not.to.throw();
    old.set("lm_head.weight", { ...head, data: head.data.map((x) => x + 1) });
    expect(() => checkParameters(config, ownNames(config, old))).to.throw(Reject, "unknown weights");
  });

  it("are all there, in their shapes, and no others, or the file is refused by name", () => {
    for (const files of [tinyBase(), tinyLlama()]) {
      const config = parseConfig(files.config);
      for (const [name, tensor] of tensorsOf(files)) {
        const missing = tensorsOf(files);
        missing.delete(name);
        expect(() => checkParameters(config, missing)).to.throw(Reject, `${name} is missing`);
        const bent = tensorsOf(files).set(name, { shape: [...tensor.shape, 1], data: tensor.data });
        expect(() => checkParameters(config, bent)).to.throw(Reject, `${name} has the wrong shape`);
      }
      const more = tensorsOf(files).set("extra", { shape: [1], data: new Float32Array(1) });
      expect(() => checkParameters(config, more)).to.throw(Reject, "unknown weights");
    }
  });
});

describe("a base model's files", () => {
  it("are refused with a code whatever is wrong", async () => {
    const runtime = await createRuntime();
    const llama = tinyLlama();
    const fields = JSON.parse(parseUtf8(llama.config)) as Record<string, unknown>;
    const withField = (change: Record<string, unknown>): BaseFiles => ({ ...llama, config: utf8(JSON.stringify({ ...fields, ...change })) });
    const wrong: readonly (readonly [BaseFiles, string])[] = [
      [withField({ model_type: "mamba" }), "model_type"],
      [withField({ hidden_act: "gelu" }), "hidden_act"],
      [withField({ sliding_window: 128 }), "sliding_window"],
      [withField({ quantization_config: { bits: 4 } }), "quantization_config"],
      [withField({ rope_scaling: { rope_type: "yarn", factor: 4 } }), "rope_scaling"],
      [withField({ num_key_value_heads: 3 }), "key heads must divide"],
      [withField({ hidden_size: 1e9 }), "hidden_size"],
      [withField({ num_hidden_layers: -1 }), "num_hidden_layers"],
      [withField({ head_dim: 7 }), "multiple of 8"],
      [withField({ vocab_size: 300 }), "differ in vocabulary"],
      [withField({ tie_word_embeddings: true }), "unknown weights"],
      [withField({ attention_bias: true }), "is missing"],
      [{ ...llama, weights: llama.weights.slice(0, 100) }, "safetensors"],
      [{ ...llama, weights: encodeSafetensors([]) }, "is missing"],
      [{ ...llama, tokenizer: utf8("{}") }, ""],
      [{ ...llama, config: utf8("[") }, ""],
    ];
    for (const [files, text] of wrong) {
      const error: unknown = await runtime.loadBase(files).then(() => undefined, (e: unknown) => e);
      expect(error, text).to.be.instanceOf(Reject).with.property("codespace", "sidecar");
      expect(String(error)).to.contain(text);
    }
    runtime.dispose();
  });
});
