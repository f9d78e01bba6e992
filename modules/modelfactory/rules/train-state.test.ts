import { expect } from "chai";
import fc from "fast-check";
import { merkleRoot } from "../../../chain/crypto/index.js";
import { concatBytes, toHex } from "../../../chain/primitives/index.js";
import { STATE_HEAD_BYTES, differingPart, encodeStateHead, parseStateHead, statePartName, stateParts, stateRootOf } from "./train-state.js";

const head = (change: Partial<Parameters<typeof encodeStateHead>[0]> = {}): Uint8Array =>
  encodeStateHead({ job: new Uint8Array(32).fill(1), step: 5, cursor: 80n, lossMicroNats: 4_000_000, size: 2, tangents: 1, ...change });
const state = (): Uint8Array => concatBytes(head(), Uint8Array.from({ length: 6 * 8 }, (_, i) => i));

describe("the bytes of a training state", () => {
  it("say what they are: job, step, cursor, loss and sizes", () => {
    const counts = fc.record({
      job: fc.uint8Array({ minLength: 32, maxLength: 32 }),
      step: fc.nat(),
      cursor: fc.bigInt(0n, (1n << 64n) - 1n),
      lossMicroNats: fc.nat(),
      size: fc.nat(5),
      tangents: fc.nat(5),
    });
    fc.assert(
      fc.property(counts, (written) => {
        const bytes = concatBytes(encodeStateHead(written), new Uint8Array(12 * written.size * (1 + written.tangents)));
        expect(parseStateHead(bytes)).to.deep.equal(written);
      }),
    );
  });

  it("are cut into one leaf for the head and one for each vector", () => {
    const parts = stateParts(state()) ?? [];
    expect(parts.map((p) => p.length)).to.deep.equal([STATE_HEAD_BYTES, 8, 8, 8, 8, 8, 8]);
    expect(toHex(stateRootOf(state()) ?? new Uint8Array(0))).to.equal(toHex(merkleRoot(parts)));
  });

  it("are refused when too short, too long, of another format or of impossible sizes", () => {
    const bytes = state();
    expect(stateRootOf(bytes.subarray(0, bytes.length - 1))).to.equal(undefined);
    expect(stateRootOf(concatBytes(bytes, new Uint8Array(1)))).to.equal(undefined);
    expect(stateRootOf(new Uint8Array(0))).to.equal(undefined);
    expect(stateRootOf(Uint8Array.from(bytes, (b, i) => (i === 3 ? b ^ 1 : b)))).to.equal(undefined);
    expect(parseStateHead(head({ tangents: 5_000 }))).to.equal(undefined);
    expect(parseStateHead(head({ size: 2 ** 40 }))).to.equal(undefined);
  });

  it("name the part that another state differs in", () => {
    const change = (at: number): Uint8Array => Uint8Array.from(state(), (b, i) => (i === at ? b ^ 1 : b));
    expect(differingPart(state(), state())).to.equal(undefined);
    expect(differingPart(state(), change(STATE_HEAD_BYTES - 41))).to.equal("head");
    expect(differingPart(state(), change(STATE_HEAD_BYTES + 8))).to.equal("first moment");
    expect(differingPart(state(), change(STATE_HEAD_BYTES + 47))).to.equal("second moment of tangent 0");
    expect([0, 1, 2, 3, 4, 9].map(statePartName)).to.deep.equal([
      "head", "weights", "first moment", "second moment", "weights of tangent 0", "second moment of tangent 1",
    ]);
  });
});
