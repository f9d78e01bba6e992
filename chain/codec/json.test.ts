import { expect } from "chai";
import fc from "fast-check";
import { PageResponse } from "../../proto/gen/cosmos/base/query/v1beta1.js";
import { Any, Duration, Timestamp } from "../../proto/gen/google/protobuf.js";
import { Commitment, Phase, Task } from "../../proto/gen/openledger/attest/v1.js";
import { PublicKey } from "../../proto/gen/tendermint/crypto.js";
import { Reject, utf8 } from "../primitives/index.js";
import { createTypeRegistry } from "./json.js";
import { fromJson, parseJsonBytes } from "./json-read.js";
import { toJson } from "./json-write.js";

function codeOf(act: () => unknown): number {
  try {
    act();
  } catch (error) {
    if (error instanceof Reject) return error.code;
    throw error;
  }
  return 0;
}

const bytes = fc.uint8Array({ maxLength: 40 });
const int64 = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });
const uint64 = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n });
const task: fc.Arbitrary<Task> = fc.record({
  id: uint64,
  kind: fc.string({ unit: "grapheme" }),
  subject: uint64,
  payload: bytes,
  openedHeight: int64,
  phase: fc.constantFrom(0, 1, 2, 3, 4, 77),
  deadline: int64,
  attempt: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  committee: fc.array(fc.record({ validator: bytes, power: int64 }), { maxLength: 4 }),
  committedPower: int64,
  revealedPower: int64,
  outcomeHash: bytes,
  excluded: fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 2 }),
  avoided: fc.array(fc.uint8Array({ minLength: 1, maxLength: 20 }), { maxLength: 2 }),
  commitPeriod: fc.integer({ min: 0, max: 0xffffffff }),
});

describe("JSON of messages", () => {
  it("reads back exactly what it writes, through a JSON text", () => {
    fc.assert(
      fc.property(task, (message) => {
        const text = JSON.stringify(toJson(Task, message));
        const back = fromJson(Task, parseJsonBytes(utf8(text), 1 << 20));
        expect(Task.encode(back)).to.deep.equal(Task.encode(message));
      }),
    );
  });

  it("writes defaults, 64-bit integers as text, enums by name and empty bytes as null", () => {
    expect(toJson(Task, Task.create({ id: 1n << 63n, phase: Phase.PHASE_COMMIT }))).to.deep.equal({
      id: "9223372036854775808",
      kind: "",
      subject: "0",
      payload: null,
      opened_height: "0",
      phase: "PHASE_COMMIT",
      deadline: "0",
      attempt: 0,
      committee: [],
      committed_power: "0",
      revealed_power: "0",
      outcome_hash: null,
      excluded: [],
      avoided: [],
      commit_period: 0,
    });
    expect(toJson(PageResponse, PageResponse.create())).to.deep.equal({ next_key: null, total: "0" });
  });

  it("leaves out the members of a oneof that are not set", () => {
    expect(toJson(PublicKey, PublicKey.create({ ed25519: Uint8Array.of(1, 2, 3) }))).to.deep.equal({
      ed25519: "AQID",
    });
  });

  it("writes times and durations as texts and Any with its type", () => {
    const registry = createTypeRegistry([Commitment, Duration]);
    const commitment = Commitment.create({ taskId: 7n, hash: Uint8Array.of(255) });
    const any = { typeUrl: `/${Commitment.typeName}`, value: Commitment.encode(commitment) };
    const json = { "@type": "/openledger.attest.v1.Commitment", task_id: "7", attempt: 0, hash: "/w==" };
    expect(toJson(Any, any, registry)).to.deep.equal(json);
    expect(fromJson(Any, json, { registry })).to.deep.equal(any);
    const wrapped = {
      typeUrl: `/${Duration.typeName}`,
      value: Duration.encode({ seconds: 1n, nanos: 500_000_000 }),
    };
    expect(toJson(Any, wrapped, registry)).to.deep.equal({
      "@type": "/google.protobuf.Duration",
      value: "1.500s",
    });
    expect(fromJson(Any, toJson(Any, wrapped, registry), { registry })).to.deep.equal(wrapped);
    expect(toJson(Timestamp, { seconds: 0n, nanos: 1_000_000 })).to.equal("1970-01-01T00:00:00.001Z");
  });

  it("keeps the bytes of an Any of an unknown type", () => {
    const any = { typeUrl: "/x.Y", value: Uint8Array.of(1, 2) };
    expect(toJson(Any, any)).to.deep.equal({ "@type": "/x.Y", value: "AQI=" });
    expect(fromJson(Any, toJson(Any, any))).to.deep.equal(any);
  });

  it("accepts camelCase names, numbers for integers, numbers and names for enums, and null for a default", () => {
    const message = fromJson(Task, { openedHeight: 5, phase: 2, attempt: "3", kind: null });
    expect(message).to.deep.equal(Task.create({ openedHeight: 5n, phase: 2, attempt: 3 }));
    expect(fromJson(Task, { phase: "PHASE_REVEAL" }).phase).to.equal(2);
  });

  it("refuses what does not fit, with a code", () => {
    const bad: readonly unknown[] = [
      null,
      [],
      "x",
      { nope: 1 },
      { opened_height: 1, openedHeight: 1 },
      { id: -1 },
      { id: "18446744073709551616" },
      { id: 1.5 },
      { id: 2 ** 60 },
      { id: "1e3" },
      { attempt: 2 ** 32 },
      { kind: 3 },
      { kind: "\ud800" },
      { payload: "*" },
      { payload: "YQ" },
      { phase: "PHASE_NONE" },
      { phase: "toString" },
      { committee: {} },
      { committee: [null] },
    ];
    for (const json of bad)
      expect(
        codeOf(() => fromJson(Task, json)),
        JSON.stringify(json),
      ).to.be.oneOf([18, 35]);
  });

  it("ignores unknown names only when asked to", () => {
    expect(fromJson(Commitment, { mode: "x" }, { unknown: "ignore" })).to.deep.equal(Commitment.create());
  });

  it("bounds depth in both directions, and the length of a text", () => {
    const registry = createTypeRegistry([Any]);
    let any: Any = { typeUrl: "/x", value: new Uint8Array(0) };
    for (let i = 0; i < 100; i++) any = { typeUrl: "/google.protobuf.Any", value: Any.encode(any) };
    expect(codeOf(() => toJson(Any, any, registry))).to.equal(35);
    let json: unknown = { "@type": "/x", value: "" };
    for (let i = 0; i < 100; i++) json = { "@type": "/google.protobuf.Any", value: json };
    expect(codeOf(() => fromJson(Any, json, { registry }))).to.equal(35);
    expect(codeOf(() => parseJsonBytes(utf8("[1]"), 2))).to.equal(35);
    expect(codeOf(() => parseJsonBytes(utf8("[1"), 10))).to.equal(35);
    expect(codeOf(() => parseJsonBytes(Uint8Array.of(255), 10))).to.equal(18);
  });
});
