import { expect } from "chai";
import fc from "fast-check";
import { sha256 } from "../../crypto/index.js";
import { Reject, utf8 } from "../../primitives/index.js";
import { SnapshotMetadata as Wire } from "../../../proto/gen/openledger/store/v1.js";
import { appHashOf } from "../commit-info.js";
import { MAX_CHUNKS, SNAPSHOT_FORMAT, checkOffer, decodeMetadata, encodeMetadata } from "./metadata.js";
import type { SnapshotOffer } from "./metadata.js";

const root = sha256(utf8("root"));
const stores = ["a", "b"].map((name) => ({ name, root }));
const appHash = appHashOf(stores);

function offerOf(metadata: Uint8Array, chunks: number): SnapshotOffer {
  return { format: SNAPSHOT_FORMAT, chunks, hash: sha256(metadata), metadata };
}

const good = encodeMetadata({ chunkHashes: [root, root], stores });

function codeOf(offer: SnapshotOffer, hash: Uint8Array = appHash): number | "accepted" {
  try {
    checkOffer(offer, hash);
    return "accepted";
  } catch (error) {
    expect(error).to.be.instanceOf(Reject);
    return (error as Reject).code;
  }
}

describe("an offered snapshot", () => {
  it("is accepted when its parts agree, and each lie is refused with its code", () => {
    const many = (count: number): Uint8Array => encodeMetadata({ chunkHashes: Array<Uint8Array>(count).fill(root), stores });
    const unordered = encodeMetadata({ chunkHashes: [root], stores: stores.toReversed() });
    const twice = encodeMetadata({ chunkHashes: [root], stores: [...stores, ...stores] });
    expect(codeOf(offerOf(good, 2))).to.equal("accepted");
    expect(codeOf({ ...offerOf(good, 2), format: 3 }), "another format").to.equal(7);
    expect(codeOf(offerOf(good, 3)), "more chunks than hashes").to.equal(2);
    expect(codeOf(offerOf(good, 0)), "no chunk").to.equal(4);
    expect(codeOf(offerOf(good, 4_000_000_000)), "a bomb of chunks").to.equal(4);
    expect(codeOf(offerOf(many(MAX_CHUNKS + 1), MAX_CHUNKS + 1)), "one chunk too many").to.equal(4);
    expect(codeOf(offerOf(many(MAX_CHUNKS), MAX_CHUNKS)), "the most chunks").to.equal("accepted");
    expect(codeOf(offerOf(new Uint8Array(4_000_001), 1)), "metadata without end").to.equal(4);
    expect(codeOf({ ...offerOf(good, 2), hash: root }), "another hash").to.equal(6);
    expect(codeOf(offerOf(good, 2), root), "another state").to.equal(6);
    expect(codeOf(offerOf(unordered, 1)), "stores out of order").to.equal(2);
    expect(codeOf(offerOf(twice, 1)), "a store twice").to.equal(2);
    const short = Wire.encode({ chunkHashes: [root.slice(1)], stores: [] });
    expect(codeOf(offerOf(short, 1)), "a short hash").to.equal(2);
  });

  it("has metadata that decode to what was encoded, or are refused with a code", () => {
    expect(decodeMetadata(good)).to.deep.equal({ chunkHashes: [root, root], stores });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat({ max: good.length }), (noise, at) => {
        const bytes = Uint8Array.from([...good.slice(0, at), ...noise, ...good.slice(at)]);
        try {
          expect(encodeMetadata(decodeMetadata(bytes))).to.deep.equal(bytes);
        } catch (error) {
          expect(error).to.be.instanceOf(Reject);
          expect((error as Reject).codespace).to.equal("snapshot");
        }
      }),
    );
  });
});
