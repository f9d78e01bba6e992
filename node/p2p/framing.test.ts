import { expect } from "chai";
import fc from "fast-check";
import { concatBytes, toHex } from "../../chain/primitives/index.js";
import { isFailure } from "../errors.js";
import { FrameDecoder, encodeFrame } from "./framing.js";

describe("message framing", () => {
  const drain = (decoder: FrameDecoder): string[] => {
    const out: string[] = [];
    for (let frame = decoder.next(); frame !== undefined; frame = decoder.next()) out.push(toHex(frame));
    return out;
  };
  const failureOf = (bytes: number[]): unknown => {
    const decoder = new FrameDecoder(1000);
    decoder.push(Uint8Array.from(bytes));
    try {
      return decoder.next();
    } catch (error) {
      return error;
    }
  };

  it("writes the length as libp2p does", () => {
    expect(toHex(encodeFrame(new Uint8Array()))).to.equal("00");
    expect(toHex(encodeFrame(Uint8Array.of(7)))).to.equal("0107");
    expect(toHex(encodeFrame(new Uint8Array(300)).subarray(0, 2))).to.equal("ac02");
  });

  it("finds the same messages however the bytes are cut", () => {
    const messages = fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 8 });
    const cuts = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 });
    fc.assert(
      fc.property(messages, cuts, (sent, sizes) => {
        const wire = concatBytes(...sent.map(encodeFrame));
        const decoder = new FrameDecoder(300);
        const seen: string[] = [];
        for (let at = 0, i = 0; at < wire.length; i += 1) {
          const size = sizes[i % sizes.length] ?? 1;
          decoder.push(wire.subarray(at, at + size));
          seen.push(...drain(decoder));
          at += size;
        }
        expect(seen).to.deep.equal(sent.map(toHex));
        expect(decoder.buffered).to.equal(0);
      }),
    );
  });

  it("takes a quarter of a million messages of nothing, each in a piece of its own, without stopping a node (half a minute of CPU before)", () => {
    const decoder = new FrameDecoder(1_000);
    const [count, from] = [262_144, process.cpuUsage()];
    for (let i = 0; i < count; i++) decoder.push(Uint8Array.of(0));
    expect(drain(decoder)).to.have.lengthOf(count);
    const { user, system } = process.cpuUsage(from);
    expect((user + system) / 1_000, "milliseconds of CPU").to.be.lessThan(5_000);
  });

  it("refuses a length above the bound before any of the message has come", () => {
    expect(isFailure(failureOf([0xff, 0xff, 0x7f]), "malformed")).to.equal(true);
  });

  it("refuses lengths of more than four bytes and lengths not written the shortest way", () => {
    expect(isFailure(failureOf([0x80, 0x80, 0x80, 0x80, 0x01]), "malformed")).to.equal(true);
    expect(isFailure(failureOf([0x81, 0x00]), "malformed")).to.equal(true);
  });

  it("waits while a length or a message is incomplete", () => {
    expect(failureOf([0x80])).to.equal(undefined);
    expect(failureOf([0x02, 0x01])).to.equal(undefined);
  });

  it("returns copies, so that a reused network buffer changes nothing", () => {
    const decoder = new FrameDecoder(10);
    const wire = encodeFrame(Uint8Array.of(1, 2));
    decoder.push(wire);
    const message = decoder.next();
    wire.fill(9);
    expect(message).to.deep.equal(Uint8Array.of(1, 2));
  });
});
