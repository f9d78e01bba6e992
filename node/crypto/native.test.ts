import { expect } from "chai";
import fc from "fast-check";
import { ed25519 } from "@noble/curves/ed25519.js";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { sha256 as nobleSha256 } from "@noble/hashes/sha2.js";
import { portableVerifier } from "../../chain/crypto/index.js";
import { parseHex, utf8 } from "../../chain/primitives/index.js";
import { nativeSha256, nativeVerifier } from "./native.js";

/** Encodings of the points of small order on edwards25519, canonical and not (RFC 8032 §5.1; ZIP-215 test set). */
const SMALL_ORDER = [
  "0100000000000000000000000000000000000000000000000000000000000000",
  "0100000000000000000000000000000000000000000000000000000000000080",
  "0000000000000000000000000000000000000000000000000000000000000000",
  "0000000000000000000000000000000000000000000000000000000000000080",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
  "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
  "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
  "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
].map(parseHex);

describe("native crypto accepts exactly what the portable accepts", function () {
  this.timeout(30_000);

  it("hashes alike", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        expect(nativeSha256(bytes)).to.deep.equal(nobleSha256(bytes));
      }),
    );
  });

  it("checks ed25519 alike, whatever byte is changed", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ minLength: 32, maxLength: 32 }),
        fc.uint8Array({ maxLength: 100 }),
        fc.nat(95),
        fc.nat(255),
        (seed, message, at, flip) => {
          const publicKey = ed25519.getPublicKey(seed);
          const signature = ed25519.sign(message, seed);
          const both = Uint8Array.from([...publicKey, ...signature]);
          both[at] = (both[at] ?? 0) ^ flip;
          const key = both.slice(0, 32);
          const sig = both.slice(32);
          const expected = portableVerifier.ed25519(key, message, sig);
          expect(nativeVerifier.ed25519(key, message, sig)).to.equal(expected);
          if (flip === 0) expect(expected).to.equal(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  it("accepts the small-order and non-canonical points of ZIP-215, with s = 0", () => {
    const message = utf8("Zcash");
    for (const key of SMALL_ORDER) {
      for (const r of SMALL_ORDER) {
        const signature = Uint8Array.from([...r, ...new Uint8Array(32)]);
        expect(portableVerifier.ed25519(key, message, signature)).to.equal(true);
        expect(nativeVerifier.ed25519(key, message, signature)).to.equal(true);
      }
    }
  });

  it("refuses an s that is not reduced", () => {
    const order = (1n << 252n) + 27742317777372353535851937790883648493n;
    const seed = new Uint8Array(32).fill(3);
    const signature = ed25519.sign(utf8("m"), seed);
    const s = BigInt(`0x${Buffer.from(signature.slice(32)).reverse().toString("hex")}`) + order;
    const high = Buffer.from(s.toString(16).padStart(64, "0"), "hex").reverse();
    const malleated = Uint8Array.from([...signature.slice(0, 32), ...high]);
    expect(portableVerifier.ed25519(ed25519.getPublicKey(seed), utf8("m"), malleated)).to.equal(false);
    expect(nativeVerifier.ed25519(ed25519.getPublicKey(seed), utf8("m"), malleated)).to.equal(false);
  });

  it("checks secp256k1 alike, and refuses a high s", () => {
    const secret = new Uint8Array(32).fill(7);
    const key = secp256k1.getPublicKey(secret, true);
    const hash = nobleSha256(utf8("message"));
    const signature = secp256k1.sign(hash, secret, { prehash: false, lowS: true });
    const n = secp256k1.Point.Fn.ORDER;
    const s = BigInt(`0x${Buffer.from(signature.slice(32)).toString("hex")}`);
    const high = Uint8Array.from([
      ...signature.slice(0, 32),
      ...Buffer.from((n - s).toString(16).padStart(64, "0"), "hex"),
    ]);
    for (const verifier of [portableVerifier, nativeVerifier]) {
      expect(verifier.secp256k1(key, hash, signature)).to.equal(true);
      expect(verifier.secp256k1(key, hash, high)).to.equal(false);
      expect(verifier.secp256k1(key.slice(1), hash, signature)).to.equal(false);
      expect(verifier.secp256k1(new Uint8Array(33), hash, signature)).to.equal(false);
      expect(verifier.secp256k1(key, hash, new Uint8Array(64))).to.equal(false);
    }
    fc.assert(
      fc.property(fc.nat(63), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const bad = Uint8Array.from(signature);
        bad[at] = (bad[at] ?? 0) ^ flip;
        expect(nativeVerifier.secp256k1(key, hash, bad)).to.equal(portableVerifier.secp256k1(key, hash, bad));
      }),
      { numRuns: 40 },
    );
  });
});
