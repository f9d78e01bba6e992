import { expect } from "chai";
import fc from "fast-check";
import { Fault, ZERO_TIME, concatBytes, parseHex, toHex, toTimeNs } from "../primitives/index.js";
import { Timestamp } from "../../proto/gen/google/protobuf.js";
import { PartSetHeader } from "../../proto/gen/tendermint/types.js";
import { rejection } from "../testkit/rejects.js";
import {
  checkHash,
  checkInt32,
  decodeExact,
  delimited,
  parseHeight,
  parseTime,
  required,
  timestampOf,
} from "./wire.js";

describe("exact decoding", () => {
  const decode = (hex: string): string => rejection(() => decodeExact(PartSetHeader, parseHex(hex), 100));

  it("takes the canonical bytes, the empty message included", () => {
    expect(decodeExact(PartSetHeader, parseHex("08061201ff"), 100)).to.deep.equal({
      total: 6,
      hash: Uint8Array.of(255),
    });
    expect(decodeExact(PartSetHeader, new Uint8Array(0), 0).total).to.equal(0);
  });

  it("refuses what other decoders forgive", () => {
    const cases = {
      "fields out of order": "1201ff0806",
      "a default written out": "0800",
      "empty bytes written out": "1200",
      "a varint longer than needed": "088600",
      "a field twice": "08060806",
      "an unknown field": "08061801",
      "another wire type": "0d06000000",
      "an end of group": "080614",
      "field number zero": "0006",
      "a length past the end": "1203ffff",
      "a varint without an end": "08ff",
      "a number above 32 bits": "08ffffffff1f",
    };
    for (const [what, hex] of Object.entries(cases)) expect(decode(hex), what).to.equal("comet/2");
  });

  it("refuses too many bytes before reading them", () => {
    expect(rejection(() => decodeExact(PartSetHeader, new Uint8Array(101), 100))).to.equal("comet/3");
  });

  it("lets our own faults through", () => {
    const broken = {
      ...PartSetHeader,
      decode: (): PartSetHeader => {
        throw new Fault("ours");
      },
    };
    expect(() => decodeExact(broken, new Uint8Array(1), 100)).to.throw(Fault);
  });
});

describe("times on the wire", () => {
  it("pass through for every instant of the years 1 to 9999", () => {
    fc.assert(
      fc.property(
        fc.bigInt({ min: -62_135_596_800n, max: 253_402_300_799n }),
        fc.integer({ min: 0, max: 999_999_999 }),
        (seconds, nanos) => {
          const message = timestampOf(toTimeNs(seconds, nanos));
          expect(message).to.deep.equal({ seconds, nanos });
          expect(parseTime(Timestamp.decode(Timestamp.encode(message)))).to.equal(toTimeNs(seconds, nanos));
        },
      ),
    );
  });

  it("count nanoseconds forward before 1970", () => {
    expect(timestampOf(toTimeNs(-1n, 999_999_999))).to.deep.equal({ seconds: -1n, nanos: 999_999_999 });
    expect(toHex(Timestamp.encode(timestampOf(ZERO_TIME)))).to.equal("088092b8c398feffffff01");
  });
});

describe("field checks", () => {
  it("prefix sign bytes with their length as a varint", () => {
    for (const [length, prefix] of [
      [0, "00"],
      [127, "7f"],
      [128, "8001"],
      [300, "ac02"],
      [16_384, "808001"],
    ] as const) {
      const bytes = new Uint8Array(length).fill(5);
      expect(toHex(delimited(bytes))).to.equal(toHex(concatBytes(parseHex(prefix), bytes)));
    }
  });

  it("take heights from 1, int32 from 0, hashes of 0 or 32 bytes and nothing that is missing", () => {
    expect(parseHeight(1n, "h")).to.equal(1n);
    expect(rejection(() => parseHeight(0n, "h"))).to.equal("comet/4");
    expect(checkInt32(2_147_483_647, "r")).to.equal(2_147_483_647);
    for (const bad of [-1, 2_147_483_648, 0.5])
      expect(rejection(() => checkInt32(bad, "r"))).to.equal("comet/4");
    expect(checkHash(new Uint8Array(32), "x")).to.have.length(32);
    expect(rejection(() => checkHash(new Uint8Array(20), "x"))).to.equal("comet/5");
    expect(required(0, "zero")).to.equal(0);
    expect(rejection(() => required(undefined, "x"))).to.equal("comet/2");
  });
});
