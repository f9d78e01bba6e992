import { expect } from "chai";
import fc from "fast-check";
import { concatBytes } from "../../chain/primitives/index.js";
import { EdgeFailure } from "../errors.js";
import { FrameReader } from "./framing.js";
import { frameOf } from "./testkit/socket-client.js";

const LIMIT = 20_000;
const ANY_FRAMES = fc.array(fc.uint8Array({ maxLength: 700 }), { maxLength: 12 });

interface Read {
  readonly frames: readonly Uint8Array[];
  /** The code of the failure that ended it. */
  readonly failure: string | undefined;
}

function readAll(chunks: readonly Uint8Array[]): Read {
  const reader = new FrameReader(LIMIT);
  const frames: Uint8Array[] = [];
  try {
    for (const chunk of chunks) for (const frame of reader.push(chunk)) frames.push(frame);
  } catch (error) {
    if (!(error instanceof EdgeFailure)) throw error;
    return { frames, failure: error.code };
  }
  return { frames, failure: undefined };
}

/** The bytes cut at these places, given as shares of the length. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const at = [0, ...places.map((share) => Math.floor(share * bytes.length)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, i) => bytes.subarray(at[i], end));
}

const ANY_CUTS = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 });

describe("frames of the ABCI socket", () => {
  it("come out whole however the bytes are cut", () => {
    fc.assert(
      fc.property(ANY_FRAMES, ANY_CUTS, (frames, cuts) => {
        const read = readAll(cut(concatBytes(...frames.map(frameOf)), cuts));
        expect(read.failure).to.equal(undefined);
        expect(read.frames.map((f) => [...f])).to.deep.equal(frames.map((f) => [...f]));
      }),
    );
  });

  it("come out whole byte by byte, prefixes of several bytes included", () => {
    const frame = new Uint8Array(16_400).fill(7);
    const bytes = concatBytes(frameOf(frame), frameOf(new Uint8Array(0)), frameOf(frame));
    const reader = new FrameReader(LIMIT);
    const seen = [...bytes].flatMap((byte) => [...reader.push(Uint8Array.of(byte))]);
    expect(seen.map((f) => f.length)).to.deep.equal([16_400, 0, 16_400]);
    expect(reader.isBetween).to.equal(true);
  });

  it("give the same frames and the same failure for any cut of any garbage", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2_000 }), ANY_CUTS, (garbage, cuts) => {
        expect(readAll(cut(garbage, cuts))).to.deep.equal(readAll([garbage]));
      }),
      { numRuns: 500 },
    );
  });

  it("may state their length in more bytes than it needs, as Go reads it", () => {
    expect(readAll([Uint8Array.of(0x82, 0x80, 0x00, 9, 9)]).frames).to.deep.equal([Uint8Array.of(9, 9)]);
  });

  it("are refused when they claim more than the limit, before any room is taken", () => {
    const claims = concatBytes(frameOf(Uint8Array.of(1)), Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x0f));
    expect(readAll([claims])).to.deep.equal({ frames: [Uint8Array.of(1)], failure: "too-large" });
    const before = process.memoryUsage().arrayBuffers;
    const reader = new FrameReader(1 << 30);
    expect([...reader.push(Uint8Array.of(0xff, 0xff, 0xff, 0xff, 0x03, 1, 2, 3))]).to.deep.equal([]);
    expect(process.memoryUsage().arrayBuffers - before).to.be.below(1 << 20);
  });

  it("are refused when their length has no end", () => {
    expect(readAll([new Uint8Array(12).fill(0x80)]).failure).to.equal("malformed");
  });
});
