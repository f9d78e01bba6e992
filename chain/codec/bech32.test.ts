import { fromBech32, toBech32 } from "@cosmjs/encoding";
import { expect } from "chai";
import fc from "fast-check";
import { Reject, toAddress } from "../primitives/index.js";
import {
  formatAddress,
  formatConsensusAddress,
  formatOperatorAddress,
  parseAddress,
  parseConsensusAddress,
  parseOperatorAddress,
} from "./bech32.js";

const KINDS = [
  ["open", formatAddress, parseAddress],
  ["openvaloper", formatOperatorAddress, parseOperatorAddress],
  ["openvalcons", formatConsensusAddress, parseConsensusAddress],
] as const;

const bytes20 = fc.uint8Array({ minLength: 20, maxLength: 20 });

function rejection(act: () => unknown): Reject {
  try {
    act();
  } catch (error) {
    if (error instanceof Reject) return error;
    throw error;
  }
  throw new Error("nothing was rejected");
}

describe("bech32 addresses", () => {
  it("print as CosmJS prints them and parse back, for each kind", () => {
    fc.assert(
      fc.property(bytes20, (raw) => {
        for (const [prefix, format, parse] of KINDS) {
          const text = format(toAddress(raw));
          expect(text).to.equal(toBech32(prefix, raw));
          expect(fromBech32(text, 90).data).to.deep.equal(raw);
          expect(parse(text)).to.deep.equal(raw);
        }
      }),
    );
  });

  it("are refused with sdk/7 when the prefix, the checksum, the case or the length is wrong", () => {
    const raw = toAddress(new Uint8Array(20).fill(7));
    const bad = [
      "",
      "test",
      formatOperatorAddress(raw),
      formatAddress(raw).toUpperCase(),
      `${formatAddress(raw).slice(0, -1)}q`,
      toBech32("open", new Uint8Array(19)),
      toBech32("open", new Uint8Array(32)),
      "x".repeat(10_000),
    ];
    for (const text of bad) {
      const reject = rejection(() => parseAddress(text));
      expect([reject.codespace, reject.code], text.slice(0, 60)).to.deep.equal(["sdk", 7]);
    }
  });

  it("never accept two texts for one address", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 100 }), (text) => {
        try {
          expect(formatAddress(parseAddress(text))).to.equal(text);
        } catch (error) {
          expect(error).to.be.instanceOf(Reject);
        }
      }),
    );
  });
});
