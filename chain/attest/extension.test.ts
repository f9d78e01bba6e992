import { expect } from "chai";
import fc from "fast-check";
import { VoteExtension } from "../../proto/gen/openledger/attest/v1.js";
import type { Commitment, Reveal } from "../../proto/gen/openledger/attest/v1.js";
import { Reject } from "../primitives/index.js";
import { isWellFormed, parseExtension } from "./extension.js";
import { checkParams, defaultParams } from "./params.js";

const commitment = (taskId: bigint, length = 32): Commitment => ({ taskId, attempt: 1, hash: new Uint8Array(length) });
const reveal = (taskId: bigint, value = 4, salt = 32): Reveal => ({
  taskId,
  attempt: 1,
  value: new Uint8Array(value),
  salt: new Uint8Array(salt),
});
const bytesOf = (commitments: readonly Commitment[], reveals: readonly Reveal[] = []): Uint8Array =>
  VoteExtension.encode({ commitments, reveals });

describe("a vote extension", () => {
  it("may be empty", () => {
    expect(parseExtension(new Uint8Array(0), defaultParams)).to.deep.equal({ commitments: [], reveals: [] });
  });

  it("is read back as written", () => {
    const bytes = bytesOf([commitment(1n), commitment(2n)], [reveal(3n)]);
    expect(parseExtension(bytes, defaultParams).reveals[0]?.taskId).to.equal(3n);
  });

  const malformed: readonly (readonly [what: string, bytes: Uint8Array])[] = [
    ["undecodable", Uint8Array.of(9, 9, 9)],
    ["too large", new Uint8Array(defaultParams.maxExtensionBytes + 1)],
    ["with tasks out of order", bytesOf([commitment(2n), commitment(1n)])],
    ["with a task twice", bytesOf([commitment(1n), commitment(1n)])],
    ["with task zero", bytesOf([commitment(0n)])],
    ["with a short commitment", bytesOf([commitment(1n, 31)])],
    ["with a short salt", bytesOf([], [reveal(1n, 4, 31)])],
    ["with an oversize value", bytesOf([], [reveal(1n, defaultParams.maxValueBytes + 1)])],
    ["with too many tasks in all", bytesOf([1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n, 9n].map((id) => commitment(id)), [1n, 2n, 3n, 4n, 5n, 6n, 7n, 8n].map((id) => reveal(id)))],
    ["with too many tasks", bytesOf(Array.from({ length: 17 }, (_, i) => commitment(BigInt(i + 1))))],
  ];
  for (const [what, bytes] of malformed) {
    it(`is malformed when ${what}`, () => {
      expect(isWellFormed(bytes, defaultParams)).to.equal(false);
      expect(() => parseExtension(bytes, defaultParams)).to.throw(Reject).with.property("code", 2);
    });
  }

  it("never throws anything but its own refusal, whatever a peer sends", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(isWellFormed(bytes, defaultParams)).to.be.a("boolean");
      }),
    );
  });
});

describe("attestation params", () => {
  it("accept the defaults and refuse what is out of bounds", () => {
    expect(() => checkParams(defaultParams)).not.to.throw();
    for (const change of [{ commitPeriod: 0 }, { maxCommittee: 3 }, { maxValueBytes: 20_000 }]) {
      expect(() => checkParams({ ...defaultParams, ...change })).to.throw(Reject).with.property("code", 6);
    }
  });
});
