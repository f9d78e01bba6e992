import { expect } from "chai";
import fc from "fast-check";
import { Reject, ZERO_TIME, toTimeNs } from "../primitives/index.js";
import {
  formatDuration,
  formatRfc3339Nano,
  formatTimestamp,
  fromTimestamp,
  parseDuration,
  parseRfc3339,
  parseTimestamp,
  toTimestamp,
} from "./time.js";

const parts = fc.record({
  seconds: fc.bigInt({ min: -62135596800n, max: 253402300799n }),
  nanos: fc.integer({ min: 0, max: 999_999_999 }),
});

describe("times as protobuf and as text", () => {
  it("agrees with the platform's calendar on every millisecond of the years 1 to 9999", () => {
    fc.assert(
      fc.property(fc.integer({ min: -62135596800000, max: 253402300799999 }), (ms) => {
        const seconds = Math.floor(ms / 1000);
        const text = formatTimestamp({ seconds: BigInt(seconds), nanos: (ms - seconds * 1000) * 1e6 });
        const iso = new Date(ms).toISOString();
        expect(text).to.equal(ms === seconds * 1000 ? iso.replace(".000Z", "Z") : iso);
      }),
    );
  });

  it("reads back what it writes, in both styles", () => {
    fc.assert(
      fc.property(parts, (timestamp) => {
        expect(parseTimestamp(formatTimestamp(timestamp))).to.deep.equal(timestamp);
        const time = fromTimestamp(timestamp);
        expect(toTimestamp(time)).to.deep.equal(timestamp);
        expect(parseRfc3339(formatRfc3339Nano(time))).to.equal(time);
      }),
    );
  });

  it("writes 0, 3, 6 or 9 digits in JSON and cuts zeros in RPC texts", () => {
    const at = (nanos: number): string => formatTimestamp({ seconds: 0n, nanos });
    expect([at(0), at(120_000_000), at(120_400_000), at(1)]).to.deep.equal([
      "1970-01-01T00:00:00Z",
      "1970-01-01T00:00:00.120Z",
      "1970-01-01T00:00:00.120400Z",
      "1970-01-01T00:00:00.000000001Z",
    ]);
    expect(formatRfc3339Nano(toTimeNs(0n, 120_400_000))).to.equal("1970-01-01T00:00:00.1204Z");
    expect(formatRfc3339Nano(ZERO_TIME)).to.equal("0001-01-01T00:00:00Z");
  });

  it("understands offsets", () => {
    expect(parseRfc3339("2024-02-29T23:30:00-01:30")).to.equal(parseRfc3339("2024-03-01T01:00:00Z"));
  });

  it("refuses dates and clocks that do not exist", () => {
    for (const bad of [
      "2023-02-29T00:00:00Z",
      "2023-13-01T00:00:00Z",
      "2023-01-01T24:00:00Z",
      "2023-01-01T00:00:60Z",
      "2023-01-01 00:00:00Z",
      "2023-01-01T00:00:00",
      "0000-01-01T00:00:00Z",
    ])
      expect(() => parseTimestamp(bad), bad).to.throw(Reject);
  });

  it("reads and writes durations", () => {
    expect(formatDuration({ seconds: 1209600n, nanos: 0 })).to.equal("1209600s");
    expect(parseDuration("1.5s")).to.deep.equal({ seconds: 1n, nanos: 500_000_000 });
    expect(parseDuration("-0.000000001s")).to.deep.equal({ seconds: 0n, nanos: -1 });
    fc.assert(
      fc.property(
        fc.bigInt({ min: 0n, max: 315576000000n }),
        fc.integer({ min: 0, max: 999_999_999 }),
        (s, n) => {
          const duration = { seconds: s, nanos: n };
          expect(parseDuration(formatDuration(duration))).to.deep.equal(duration);
        },
      ),
    );
    for (const bad of ["", "s", "1", "1e3s", "9999999999999s", "1.0000000001s"])
      expect(() => parseDuration(bad), bad).to.throw(Reject);
  });
});
