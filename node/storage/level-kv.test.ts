import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect } from "chai";
import { ClassicLevel } from "classic-level";
import fc from "fast-check";
import { compareBytes, parseUtf8, toHex, utf8 } from "../../chain/primitives/index.js";
import type { KvOp, KvStore } from "../../chain/store/index.js";
import { describeKvStore } from "../../chain/testkit/kv-compliance.js";
import type { EdgeFailure } from "../errors.js";
import { isFailure } from "../errors.js";
import type { LevelKv } from "./level-kv.js";
import { openKv } from "./level-kv.js";
import { KEYS_PER_BATCH, batchKey, batchValue } from "./testkit/crash-writer.js";

describe("the LevelDB key-value store", () => {
  let dir: string;
  const neverFatal = (failure: EdgeFailure): never => {
    throw failure;
  };
  const open = (): Promise<LevelKv> => openKv({ dir, onFatal: neverFatal });

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "openledger-kv-"));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  it("shows a write at once, before it is flushed, and after", async () => {
    const kv = await open();
    kv.write([{ key: utf8("a"), value: utf8("1") }]);
    expect(kv.get(utf8("a"))).to.deep.equal(utf8("1"));
    expect(kv.pendingBytes()).to.equal(2);
    await kv.flushed();
    expect(kv.pendingBytes()).to.equal(0);
    expect(Array.from(kv.get(utf8("a")) ?? [])).to.deep.equal(Array.from(utf8("1")));
    await kv.close();
  });

  it("hides a deleted key at once though LevelDB still holds it", async () => {
    const kv = await open();
    kv.write([{ key: utf8("a"), value: utf8("1") }]);
    await kv.flushed();
    kv.write([{ key: utf8("a"), value: undefined }]);
    expect(kv.get(utf8("a"))).to.equal(undefined);
    await kv.close();
  });

  it("never shows an older value while a queue of writes to one key is being flushed", async () => {
    const kv = await open();
    for (let i = 0; i <= 50; i += 1) kv.write([{ key: utf8("k"), value: utf8(String(i)) }]);
    while (kv.pendingBytes() > 0) {
      expect(parseUtf8(kv.get(utf8("k")) ?? new Uint8Array())).to.equal("50");
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(parseUtf8(kv.get(utf8("k")) ?? new Uint8Array())).to.equal("50");
    await kv.close();
  });

  it("keeps empty values apart from absent ones", async () => {
    const kv = await open();
    kv.write([{ key: utf8("empty"), value: new Uint8Array() }]);
    await kv.flushed();
    expect(kv.get(utf8("empty"))).to.have.length(0);
    expect(kv.get(utf8("absent"))).to.equal(undefined);
    await kv.close();
  });

  it("keeps keys apart that differ only above the ASCII range", async () => {
    const kv = await open();
    kv.write([{ key: Uint8Array.of(0xff), value: utf8("x") }]);
    expect(kv.get(Uint8Array.of(0x7f))).to.equal(undefined);
    expect(kv.get(Uint8Array.of(0xc3, 0xbf))).to.equal(undefined);
    await kv.close();
  });

  it("finds everything again after it was closed, in the order written", async () => {
    const first = await open();
    for (let i = 0; i < 100; i += 1) first.write([{ key: utf8("same"), value: utf8(String(i)) }]);
    await first.close();
    const second = await open();
    expect(parseUtf8(second.get(utf8("same")) ?? new Uint8Array())).to.equal("99");
    await second.close();
  });

  it("equals a plain map over random batches, whether flushed between or not", async () => {
    const key = fc.uint8Array({ minLength: 1, maxLength: 2 }).map((b) => b.map((x) => x & 3));
    const value = fc.option(fc.uint8Array({ maxLength: 4 }), { nil: undefined });
    const op: fc.Arbitrary<KvOp> = fc.record({ key, value });
    const kv = await open();
    const model = new Map<string, KvOp>();
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.array(op, { maxLength: 6 }), fc.boolean())), async (batches) => {
        for (const [ops, flush] of batches) {
          kv.write(ops, { sync: flush });
          for (const change of ops) model.set(toHex(change.key), change);
          if (flush) await kv.flushed();
          for (const change of model.values()) {
            const got = kv.get(change.key);
            expect(got && toHex(got)).to.equal(change.value && toHex(change.value));
          }
        }
      }),
      { numRuns: 60 },
    );
    await kv.close();
  });

  it("walks a range in byte order, both ways, with pending writes included", async () => {
    const kv = await open();
    const keys = [3, 1, 200, 2, 127, 128].map((n) => Uint8Array.of(n));
    kv.write(keys.map((key) => ({ key, value: key })));
    const walk = async (range: Parameters<LevelKv["entries"]>[0]) => {
      const seen: number[] = [];
      for await (const [key] of kv.entries(range)) seen.push(key[0] ?? -1);
      return seen;
    };
    expect(await walk({})).to.deep.equal(keys.toSorted(compareBytes).map((key) => key[0]));
    expect(await walk({ gte: Uint8Array.of(2), lt: Uint8Array.of(128) })).to.deep.equal([2, 3, 127]);
    expect(await walk({ reverse: true, limit: 2 })).to.deep.equal([200, 128]);
    await kv.close();
  });

  it("refuses a directory that another store holds, or that is none, and says which of the two", async () => {
    const kv = await open();
    const second = await open().catch((error: unknown) => error);
    expect(isFailure(second, "storage") && second.message).to.equal(`${dir} is in use; stop the node first`);
    await kv.close();
    const file = join(dir, "CURRENT");
    const none = await openKv({ dir: file, onFatal: neverFatal }).catch((error: unknown) => error);
    expect(isFailure(none, "storage") && none.message).to.match(/CURRENT cannot be opened: EEXIST/);
  });

  it("stops for good when a flush fails: reported once, and every later call throws", async () => {
    const failures: EdgeFailure[] = [];
    const original = ClassicLevel.prototype.batch;
    const kv = await openKv({ dir, onFatal: (failure) => void failures.push(failure) });
    ClassicLevel.prototype.batch = () => {
      throw new Error("No space left on device");
    };
    try {
      kv.write([{ key: utf8("a"), value: utf8("1") }]);
      kv.write([{ key: utf8("b"), value: utf8("2") }]);
      const flush = await kv.flushed().catch((error: unknown) => error);
      expect(isFailure(flush, "storage")).to.equal(true);
    } finally {
      ClassicLevel.prototype.batch = original;
    }
    expect(failures).to.have.length(1);
    expect(String(failures[0]?.cause)).to.include("No space left");
    expect(() => kv.get(utf8("a"))).to.throw("flush failed");
    expect(() => kv.write([])).to.throw("flush failed");
    await kv.close();
  });

  it("keeps a prefix of the batches, each whole, when the process is killed at any moment", async () => {
    let next = 1;
    for (const reports of [1, 4, 11, 23]) {
      const acknowledged = await writeUntilKilled(dir, next, reports);
      const kv = await open();
      const head = Number(parseUtf8(kv.get(utf8("head")) ?? utf8("0")));
      expect(head).to.be.at.least(acknowledged);
      for (let n = Math.max(1, head - 30); n <= head + 6; n += 1) expectWholeBatch(kv, n, n <= head);
      expect(kv.get(utf8(`marker/${head}`))).to.not.equal(undefined);
      expect(kv.get(utf8(`marker/${head - 1}`))).to.equal(undefined);
      await kv.close();
      next = head + 1;
    }
  });
});

function expectWholeBatch(kv: LevelKv, n: number, present: boolean): void {
  const value = toHex(batchValue(n));
  for (let k = 0; k < KEYS_PER_BATCH; k += 1) {
    const got = kv.get(batchKey(n, k));
    expect(got && toHex(got), `batch ${n} key ${k}`).to.equal(present ? value : undefined);
  }
}

/** Runs the writer until it has reported `reports` flushes, kills it with SIGKILL, returns the last reported batch. */
async function writeUntilKilled(dir: string, first: number, reports: number): Promise<number> {
  const script = new URL("./testkit/crash-writer.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, ["--import", "tsx", script, dir, String(first)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let seen = 0;
  let last = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    last = Number(line);
    seen += 1;
    if (seen === reports) child.kill("SIGKILL");
  }
  expect(child.signalCode ?? "SIGKILL").to.equal("SIGKILL");
  expect(seen).to.be.at.least(reports);
  return last;
}

const complianceDirs = new Map<KvStore, string>();
const openCompliant = async (dir: string): Promise<KvStore> => {
  const kv = await openKv({ dir, onFatal: (failure) => expect.fail(failure.message) });
  complianceDirs.set(kv, dir);
  return kv;
};
const closeCompliant = async (store: KvStore): Promise<string> => {
  const dir = complianceDirs.get(store) ?? "";
  complianceDirs.delete(store);
  await (store as LevelKv).close();
  return dir;
};
describeKvStore("LevelDB", {
  open: () => openCompliant(mkdtempSync(join(tmpdir(), "openledger-kv-"))),
  reopen: async (store) => openCompliant(await closeCompliant(store)),
  close: async (store) => rmSync(await closeCompliant(store), { recursive: true, force: true }),
});
