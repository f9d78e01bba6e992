import { expect } from "chai";
import fc from "fast-check";
import { equalBytes, toHex } from "../../../chain/primitives/index.js";
import { WORK_BYTES, sealWork, workSeed } from "./work.js";
import type { WorkInput } from "./work.js";

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const input: fc.Arbitrary<WorkInput> = fc.record({
  taskId: fc.bigInt({ min: 1n, max: (1n << 64n) - 1n }),
  attempt: fc.integer({ min: 1, max: 10 }),
  beacon: bytes(32),
  validator: bytes(20),
});

describe("the seed of validator-bound work", () => {
  it("is the same for the same validator, task, attempt and beacon", () => {
    fc.assert(fc.property(input, (given) => equalBytes(workSeed(given), workSeed({ ...given, validator: given.validator.slice() }))));
  });

  it("differs whenever any of the four does", () => {
    fc.assert(
      fc.property(input, input, (a, b) => {
        const same = (x: WorkInput): string => `${x.taskId}/${x.attempt}/${toHex(x.beacon)}/${toHex(x.validator)}`;
        return equalBytes(workSeed(a), workSeed(b)) === (same(a) === same(b));
      }),
    );
    const given = { taskId: 7n, attempt: 1, beacon: new Uint8Array(32), validator: new Uint8Array(20) };
    const others: readonly WorkInput[] = [
      { ...given, taskId: 8n },
      { ...given, attempt: 2 },
      { ...given, beacon: new Uint8Array(32).fill(1) },
      { ...given, validator: new Uint8Array(20).fill(1) },
    ];
    expect(new Set([given, ...others].map((x) => toHex(workSeed(x)))).size).to.equal(5);
  });

  it("is pinned, since sidecars of other makers compute it too", () => {
    const given = { taskId: 7n, attempt: 2, beacon: new Uint8Array(32).fill(3), validator: new Uint8Array(20).fill(4) };
    expect(toHex(workSeed(given))).to.equal("34e96b506fcd52003de5bc4389d5109cba3aa2f3938cb84ffa64daf50b6c4759");
    expect(toHex(sealWork(new Uint8Array(32).fill(5)))).to.equal("d789ccdb749ffd34d9dceada438b9931de5f0262c2f68331ae157be6cabe5284");
  });
});

describe("sealed work", () => {
  it("does not show the digest, and tells digests apart", () => {
    fc.assert(
      fc.property(bytes(WORK_BYTES), bytes(WORK_BYTES), (a, b) => {
        expect(equalBytes(sealWork(a), a)).to.equal(false);
        return equalBytes(sealWork(a), sealWork(b)) === equalBytes(a, b);
      }),
    );
  });
});
