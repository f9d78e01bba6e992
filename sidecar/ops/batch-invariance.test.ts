import { expect } from "chai";
import { SidecarError } from "../errors.js";
import { frozenDecoder } from "../model/assemble.js";
import { parseConfig } from "../model/config.js";
import { joinSequences, runDecoder, runHead } from "../model/decoder.js";
import { parseSafetensors } from "../model/safetensors.js";
import { Xoshiro } from "../random/xoshiro.js";
import { TINY, tinyBase } from "../testkit/tiny.js";
import type { MatmulBackend } from "./backend.js";
import { matrix } from "./matrix.js";
import { Tape } from "./tape.js";
import { tfjsBackend } from "./tfjs-backend.js";

/** The gradients of this are in lora/per-sample.test.ts. */
describe("what else is in a batch", () => {
  let backend: MatmulBackend;
  before(async () => {
    backend = await tfjsBackend();
  });

  it("does not change a row of a product", () => {
    const random = new Xoshiro(1n);
    for (const [rows, inner, cols] of [[13, 128, 384], [9, 4, 128], [6, 37, 5], [18, 512, 128]] as const) {
      const a = matrix(rows, inner, Float32Array.from({ length: rows * inner }, () => random.normal()));
      const b = matrix(inner, cols, Float32Array.from({ length: inner * cols }, () => random.normal()));
      const held = backend.hold(b);
      const whole = backend.multiply(a, b).data;
      for (let r = 0; r < rows; r++) {
        const row = matrix(1, inner, a.data.slice(r * inner, (r + 1) * inner));
        const expected = whole.subarray(r * cols, (r + 1) * cols);
        expect(backend.multiply(row, b).data, `row ${r} of ${rows}x${inner}x${cols}`).to.deep.equal(expected);
        expect(backend.multiply(row, held).data).to.deep.equal(expected);
      }
      held.release();
    }
  });

  it("does not change the logits of a sequence", () => {
    const files = tinyBase();
    const { model, release } = frozenDecoder(parseConfig(files.config), parseSafetensors(files.weights, SidecarError.BadModel), backend);
    const random = new Xoshiro(2n);
    const sequences = [20, 1, 33, 7, 12, 2, 40, 5, 9].map((n) => Array.from({ length: n }, () => random.below(TINY.vocabulary)));
    const logits = (batch: readonly (readonly number[])[]): Float32Array => {
      const joined = joinSequences(batch);
      const tape = new Tape(backend);
      return runHead(tape, model, runDecoder(tape, model, joined), Array.from(joined.tokens, (_, i) => i)).data;
    };
    for (const batch of [sequences, sequences.slice(3), [...sequences].reverse()]) {
      const together = logits(batch);
      let at = 0;
      for (const sequence of batch) {
        const alone = logits([sequence]);
        expect(together.subarray(at, at + alone.length)).to.deep.equal(alone);
        at += alone.length;
      }
    }
    release();
  });
});
