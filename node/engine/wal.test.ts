import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import fc from "fast-check";
import { encodeVote } from "../../chain/block/index.js";
import type { Vote } from "../../chain/block/index.js";
import { markVerified } from "../../chain/consensus/index.js";
import type { CoreInput } from "../../chain/consensus/index.js";
import { EMPTY_BYTES, toHeight, utf8 } from "../../chain/primitives/index.js";
import { TEST_TIME, signVote, testBlockId, testValidators } from "../../chain/testkit/validators.js";
import { isFailure } from "../errors.js";
import { crc32c } from "./crc32c.js";
import { decodeRecord, encodeRecord } from "./wal-record.js";
import type { WalRecord } from "./wal-record.js";
import { openWal } from "./wal.js";

const { set, keys } = testValidators([10, 10, 10, 10]);
const height = toHeight(7n);

function vote(index: number, round: number): Vote {
  const key = keys[index];
  if (key === undefined) throw new TypeError("no such validator");
  return signVote(key, {
    type: "prevote",
    height,
    round,
    blockId: round % 2 === 0 ? testBlockId(round) : null,
    time: TEST_TIME,
    validator: key.address,
    index,
    signature: EMPTY_BYTES,
    extension: EMPTY_BYTES,
    extensionSignature: EMPTY_BYTES,
  });
}

const start: CoreInput = {
  kind: "start-height",
  height,
  validators: set,
  self: set.validators[0]?.address ?? null,
};
const inputs: readonly CoreInput[] = [
  { kind: "timeout-elapsed", timeout: { kind: "propose", height, round: 0 } },
  { kind: "vote", vote: markVerified(vote(1, 0)) },
  { kind: "signed-vote", vote: vote(0, 1) },
  { kind: "value-built", height, round: 3, blockId: testBlockId(1) },
  { kind: "value-judged", height, blockId: testBlockId(2), isValid: false },
  {
    kind: "certificate",
    certificate: markVerified({
      type: "prevote",
      height,
      round: 2,
      blockId: testBlockId(2),
      votes: [vote(1, 2), vote(2, 2)],
    }),
  },
];
const record = (input: CoreInput): WalRecord => ({ kind: "input", input });

describe("the write-ahead log", () => {
  let dir: string;

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "wal-"));
  });

  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  const path = (): string => join(dir, `${height}.wal`);

  async function write(): Promise<Uint8Array> {
    const wal = await openWal({ dir, height });
    await wal.rotate(height, record(start));
    for (const input of inputs) wal.append(record(input));
    await wal.close();
    return readFileSync(path());
  }

  async function read(): Promise<readonly WalRecord[]> {
    const wal = await openWal({ dir, height });
    await wal.close();
    return wal.recovered;
  }

  it("computes CRC-32C as RFC 3720 gives it", () => {
    expect(crc32c(utf8("123456789"))).to.equal(0xe3069283);
    expect(crc32c(new Uint8Array(32))).to.equal(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).to.equal(0x62a8ab43);
  });

  it("gives back every kind of input as it was", async () => {
    await write();
    expect(await read()).to.deep.equal([start, ...inputs].map(record));
  });

  it("decodes what it encodes", () => {
    for (const input of [start, ...inputs])
      expect(decodeRecord(encodeRecord(record(input)))).to.deep.equal(record(input));
  });

  it("keeps the whole records before a tail torn at any byte", async function () {
    this.timeout(120_000);
    const whole = await write();
    const all = [start, ...inputs].map(record);
    const tail = whole.length - 400;
    for (let length = tail; length < whole.length; length++) {
      writeFileSync(path(), whole.subarray(0, length));
      const kept = await read();
      expect(kept.length).to.be.lessThan(all.length);
      expect(kept).to.deep.equal(all.slice(0, kept.length));
      expect(readFileSync(path()).length, "the torn tail is cut off").to.be.at.most(length);
    }
  });

  it("starts or refuses with a code, and never invents a record, whatever bit flips", async function () {
    this.timeout(120_000);
    const whole = await write();
    const all = [start, ...inputs].map((i) => Buffer.from(encodeRecord(record(i))).toString("hex"));
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: whole.length * 8 - 1 }), async (bit) => {
        const bytes = Uint8Array.from(whole);
        bytes[bit >> 3] = (bytes[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        writeFileSync(path(), bytes);
        try {
          const kept = (await read()).map((r) => Buffer.from(encodeRecord(r)).toString("hex"));
          expect(kept).to.deep.equal(all.slice(0, kept.length));
          expect(kept.length).to.be.lessThan(all.length);
        } catch (error) {
          expect(isFailure(error, "malformed"), String(error)).to.equal(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  it("refuses a log that is damaged in its middle", async () => {
    const whole = Uint8Array.from(await write());
    whole[12] = (whole[12] ?? 0) ^ 1;
    writeFileSync(path(), whole);
    const error: unknown = await read().catch((e: unknown) => e);
    expect(isFailure(error, "malformed")).to.equal(true);
  });

  it("goes on after a torn tail as if the tail had never been", async () => {
    const whole = await write();
    writeFileSync(path(), whole.subarray(0, whole.length - 3));
    const wal = await openWal({ dir, height });
    wal.append(record({ kind: "timeout-elapsed", timeout: { kind: "prevote", height, round: 5 } }));
    await wal.close();
    const kept = await read();
    expect(kept.slice(0, -1)).to.deep.equal([start, ...inputs].map(record).slice(0, -1));
    expect(kept.at(-1)).to.deep.include({ kind: "input" });
  });

  it("drops an older height only once the next one has begun", async () => {
    await write();
    const wal = await openWal({ dir, height });
    const next = toHeight(8n);
    await wal.rotate(
      next,
      record({ ...start, height: next, kind: "start-height", validators: set, self: null }),
    );
    await wal.close();
    expect(await read()).to.deep.equal([]);
    const later = await openWal({ dir, height: next });
    await later.close();
    expect(later.recovered.length).to.equal(1);
  });

  it("loses nothing that was flushed when its process is killed", async function () {
    this.timeout(120_000);
    const writer = fileURLToPath(new URL("./testkit/wal-writer.ts", import.meta.url));
    const child = spawn(process.execPath, ["--import", "tsx", writer, dir], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const flushed = await new Promise<number>((resolve) => {
      let last = 0;
      child.stdout.on("data", (chunk: Buffer) => {
        last = Number(chunk.toString().trim().split("\n").at(-1));
        if (last >= 40) child.kill("SIGKILL");
      });
      child.on("exit", () => resolve(last));
    });
    const wal = await openWal({ dir, height: toHeight(1n) });
    await wal.close();
    expect(wal.recovered.length).to.be.at.least(flushed + 1);
  });

  it("measures votes in the log as they are on the wire", () => {
    expect(encodeRecord(record({ kind: "signed-vote", vote: vote(0, 1) })).length).to.be.lessThan(
      encodeVote(vote(0, 1)).length + 8,
    );
  });
});
