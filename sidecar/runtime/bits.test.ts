import { expect } from "chai";
import { sha256 } from "../../chain/crypto/index.js";
import { toHex } from "../../chain/primitives/index.js";
import { createRuntime } from "../runtime.js";
import { tinyLlama, tinyLlamaJob } from "../testkit/tiny-llama.js";
import { tinyBase, tinyJob } from "../testkit/tiny.js";

/** SHA-256 of adapter_model.safetensors. Another one means other bits: then `OP_SET` changes too, and every job with it. */
const GOLDEN = {
  gpt2: "45316991fc7066d96de35cb019edb97dc058e63fe0f7b187b0bc6b6eae8a794f",
  llama: "1707d7b627e60e6509d6bf0805f7e10362f792623c10d4bb73107f66ee0777ab",
};

describe("the bits of a trained adapter", () => {
  for (const [name, base, job] of [["gpt2", tinyBase(), tinyJob], ["llama", tinyLlama(), tinyLlamaJob]] as const) {
    it(`are what they always were on a ${name}`, async () => {
      const runtime = await createRuntime();
      const { baseId } = await runtime.loadBase(base);
      const { adapter } = await runtime.train(job(baseId, { tangents: false }), {});
      runtime.dispose();
      expect(toHex(sha256(adapter.weights))).to.equal(GOLDEN[name]);
    });
  }
});
