import { expect } from "chai";
import fc from "fast-check";
import { toBase64, toHex } from "../../../chain/primitives/index.js";
import { nearest } from "../../nearest.js";
import { fromBase64OrHex } from "./bytes-text.js";
import { durationJson, parseDurationNanos, timestampJson } from "./time-json.js";

describe("values as people type them", () => {
  it("bytes are hex or base64", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        expect(fromBase64OrHex(toHex(bytes))).to.deep.equal(bytes);
        expect(fromBase64OrHex(`0x${toHex(bytes).toUpperCase()}`)).to.deep.equal(bytes);
      }),
    );
    expect(fromBase64OrHex(toBase64(new Uint8Array(32).fill(0xfb)))).to.deep.equal(new Uint8Array(32).fill(0xfb));
    expect(() => fromBase64OrHex("$")).to.throw("must be hex or base64");
  });

  it("durations are Go's", () => {
    expect(durationJson("1h30m")).to.equal("5400s");
    expect(durationJson("1.5s")).to.equal("1.5s");
    expect(durationJson("250ms")).to.equal("0.25s");
    expect(parseDurationNanos("1ns")).to.equal(1n);
    for (const wrong of ["", "5", "1h 30m", "h", "1d", "-1s", "1hx"]) expect(() => durationJson(wrong), wrong).to.throw("must be a duration");
  });

  it("times are RFC 3339, dates or Unix seconds", () => {
    expect(timestampJson("1830000000")).to.equal("2027-12-28T13:20:00Z");
    expect(timestampJson("2027-01-31")).to.equal("2027-01-31T00:00:00Z");
    expect(timestampJson("2027-01-31T12:00:00.5+02:00")).to.equal("2027-01-31T12:00:00.5+02:00");
    for (const wrong of ["", "tomorrow", "2027-13-01T00:00:00Z", "2027-01-31 12:00"]) expect(() => timestampJson(wrong), wrong).to.throw("must be a time");
  });

  it("a misspelt word is answered with the nearest", () => {
    expect(nearest("abstein", ["yes", "no", "abstain"])).to.equal("abstain");
    expect(nearest("x", [])).to.equal("");
  });
});
