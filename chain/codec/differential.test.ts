import { expect } from "chai";
import fc from "fast-check";
import { BaseAccount } from "../../proto/gen/cosmos/auth/v1beta1.js";
import { MsgMultiSend, MsgSend } from "../../proto/gen/cosmos/bank/v1beta1.js";
import { TxMsgData } from "../../proto/gen/cosmos/base/abci/v1beta1.js";
import { Validator } from "../../proto/gen/cosmos/staking/v1beta1.js";
import { AuthInfo, SignDoc, TxBody, TxRaw } from "../../proto/gen/cosmos/tx/v1beta1.js";
import { CommitmentProof } from "../../proto/gen/cosmos/ics23/v1.js";
import { Block, ConsensusParams, Vote } from "../../proto/gen/tendermint/types.js";
import { Reject } from "../primitives/index.js";
import { referenceOf } from "../testkit/reference-codec/index.js";
import type { AnyCodec, DecodeOptions, FieldTable, MessageValue } from "./message.js";
import type { Scalar } from "./scalars.js";

/** Flat and deep, packed and repeated, with decimals, enums, oneofs, and sub-messages that are always there. */
const CODECS = [
  TxRaw, TxBody, AuthInfo, SignDoc, MsgSend, MsgMultiSend, BaseAccount, TxMsgData, Validator, CommitmentProof, Block, ConsensusParams, Vote,
] as readonly AnyCodec[];

const INTEGERS: Readonly<Record<string, readonly [bigint, bigint]>> = {
  int32: [-(1n << 31n), (1n << 31n) - 1n],
  sint32: [-(1n << 31n), (1n << 31n) - 1n],
  sfixed32: [-(1n << 31n), (1n << 31n) - 1n],
  enum: [-3n, 200n],
  uint32: [0n, (1n << 32n) - 1n],
  fixed32: [0n, (1n << 32n) - 1n],
  int64: [-(1n << 63n), (1n << 63n) - 1n],
  sint64: [-(1n << 63n), (1n << 63n) - 1n],
  sfixed64: [-(1n << 63n), (1n << 63n) - 1n],
  uint64: [0n, (1n << 64n) - 1n],
  fixed64: [0n, (1n << 64n) - 1n],
};

function scalar(field: FieldTable): fc.Arbitrary<Scalar> {
  const { kind } = field;
  if (kind === "bool") return fc.boolean();
  if (kind === "bytes") return field.decimal === true ? fc.constant(Uint8Array.of(49, 50)) : fc.uint8Array({ maxLength: 200 });
  if (kind === "string") return field.decimal === true ? fc.constantFrom("0", "12", "-7") : fc.string({ unit: "grapheme", maxLength: 140 });
  const [min, max] = INTEGERS[kind] as readonly [bigint, bigint];
  const wide = fc.oneof(fc.bigInt({ min, max }), fc.constantFrom(min, max, 0n, 1n, 127n, 128n));
  return kind.endsWith("64") ? wide : wide.map(Number);
}

/** Messages of a table, sub-messages to a few levels. */
function message(codec: AnyCodec, levels = 3): fc.Arbitrary<MessageValue> {
  const fields = codec.fields.map((field): [string, fc.Arbitrary<unknown>] => {
    const inner = field.kind === "message" ? field.type?.() : undefined;
    if (inner !== undefined && levels === 0) return [field.name, fc.constant(field.repeated === true ? [] : undefined)];
    const one: fc.Arbitrary<unknown> = inner === undefined ? scalar(field) : message(inner, levels - 1);
    if (field.repeated === true) return [field.name, fc.array(one, { maxLength: 4 })];
    return [field.name, field.optional === true || inner !== undefined ? fc.option(one, { nil: undefined }) : one];
  });
  return fc.record(Object.fromEntries(fields)) as fc.Arbitrary<MessageValue>;
}

const OPTIONS: readonly DecodeOptions[] = [{}, { ordered: true }, { unknown: "non-critical" }, { unknown: "ignore" }];

/** The value, or the refusal with its words. */
function outcome(run: () => unknown): unknown {
  try {
    return run();
  } catch (error) {
    if (error instanceof Reject) return `${error.codespace}/${error.code}: ${error.message}`;
    throw error;
  }
}

function sameDecode(codec: AnyCodec, bytes: Uint8Array): void {
  for (const options of OPTIONS) {
    const expected = outcome(() => referenceOf(codec).decode(bytes, options));
    expect(outcome(() => codec.decode(bytes, options)), codec.typeName).to.deep.equal(expected);
  }
}

/** A byte changed, taken out, put in; the end cut off; something repeated: what a hand would try, and chance. */
const damage = fc.array(fc.tuple(fc.nat(4), fc.nat(1_000_000), fc.nat(255)), { minLength: 1, maxLength: 3 });

function damaged(bytes: Uint8Array, steps: readonly (readonly [number, number, number])[]): Uint8Array {
  let now = [...bytes];
  for (const [how, where, byte] of steps) {
    const at = now.length === 0 ? 0 : where % now.length;
    if (how === 0) now[at] = byte;
    else if (how === 1) now.splice(at, 1);
    else if (how === 2) now.splice(at, 0, byte);
    else if (how === 3) now = now.slice(0, at);
    else now = [...now, ...now.slice(at)];
  }
  return Uint8Array.from(now);
}

describe("the settled codec beside the plain one", function () {
  this.timeout(120_000);

  for (const codec of CODECS) {
    it(`writes and reads ${codec.typeName} the same`, () => {
      fc.assert(
        fc.property(message(codec), (value) => {
          const bytes = codec.encode(value as never);
          expect(bytes).to.deep.equal(referenceOf(codec).encode(value));
          sameDecode(codec, bytes);
          expect(codec.create(value as never)).to.deep.equal(referenceOf(codec).create(value));
        }),
        { numRuns: 40 },
      );
    });

    it(`refuses the same damage to ${codec.typeName}, in the same words`, () => {
      fc.assert(
        fc.property(message(codec, 2), damage, (value, steps) => sameDecode(codec, damaged(codec.encode(value as never), steps))),
        { numRuns: 120 },
      );
    });

    it(`meets any bytes as ${codec.typeName} the same`, () => {
      fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => sameDecode(codec, bytes)), { numRuns: 100 });
    });
  }

  it("refuses the same depth", () => {
    const nest = (levels: number): Uint8Array => {
      let value: MessageValue = { single: { mode: 1 } };
      for (let i = 0; i < levels; i++) value = { multi: { bitarray: undefined, modeInfos: [value] } };
      return referenceOf(AuthInfo).encode({ signerInfos: [{ publicKey: undefined, modeInfo: value, sequence: 0n }], fee: undefined, tip: undefined });
    };
    for (const levels of [1, 30, 31, 32, 33, 60]) sameDecode(AuthInfo, nest(levels));
  });

  it("leaves nothing of a message that could not be written in the next one", () => {
    const bad = { toAddress: "x".repeat(500), fromAddress: "\ud800", amount: [] };
    expect(outcome(() => MsgSend.encode(bad))).to.match(/^sdk\/18/);
    const good = { fromAddress: "a", toAddress: "b", amount: [] };
    expect(MsgSend.encode(good)).to.deep.equal(referenceOf(MsgSend).encode(good));
  });
});
