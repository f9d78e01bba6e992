import { spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { expect } from "chai";
import { sha256 } from "../../chain/crypto/index.js";
import { toHex, utf8 } from "../../chain/primitives/index.js";
import { FakeChain } from "../../test/rpc/fake-chain.js";
import { isFailure } from "../errors.js";
import { openKv } from "../storage/index.js";
import { silentLogger } from "../telemetry/log.js";
import { DEFAULT_INDEXER_OPTIONS, QueryError, createIndexer, createThreadedIndexer } from "./index.js";
import { heightOfKey, isTxKey } from "./keys.js";
import { chainOf, commitNext } from "./testkit/history.js";
import { decodePlace } from "./write.js";

const ALL = { order: "asc", offset: 0, limit: 1_000 } as const;
const BLOCKS = 240;

interface Entry {
  readonly text: string;
  /** Of the block that it is about; undefined for what is about the index. */
  readonly height: bigint | undefined;
}

async function entriesOf(dir: string): Promise<Entry[]> {
  const kv = await openKv({ dir, onFatal: (failure) => { throw failure; } });
  const entries: Entry[] = [];
  for await (const [key, value] of kv.entries({})) {
    const height = isTxKey(key) ? decodePlace(value).height : heightOfKey(key);
    entries.push({ text: `${toHex(key)}=${toHex(value)}`, height });
  }
  await kv.close();
  return entries;
}

const contentOf = async (dir: string): Promise<string[]> => (await entriesOf(dir)).map((entry) => entry.text);

/**
 * Runs the writer, with a chain that keeps so many blocks, until it has said so many heights, then kills it with SIGKILL. Resolves to
 * whether it finished before.
 */
async function writeUntilKilled(dir: string, lines: number, kept = BLOCKS): Promise<boolean> {
  const script = new URL("./testkit/index-writer.ts", import.meta.url).pathname;
  const child = spawn(process.execPath, ["--import", "tsx", script, dir, String(BLOCKS), String(kept)], { stdio: ["ignore", "pipe", "inherit"] });
  let seen = 0;
  let isDone = false;
  for await (const line of createInterface({ input: child.stdout })) {
    isDone ||= line === "done";
    if (++seen === lines) child.kill("SIGKILL");
  }
  return isDone;
}

describe("the indexing thread", () => {
  let dir: string;
  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), "index-thread-"));
  });
  afterEach(() => rm(dir, { recursive: true, force: true }));

  it("answers as an index in this thread does, errors included", async () => {
    const chain = chainOf(30);
    const deps = { chain, feed: chain, log: silentLogger() };
    const kv = await openKv({ dir: join(dir, "inline"), onFatal: (failure) => { throw failure; } });
    const inline = createIndexer({ ...deps, kv });
    const thread = createThreadedIndexer({ ...deps, dir: join(dir, "thread") }, { ...DEFAULT_INDEXER_OPTIONS, maxScanned: 30 });
    for (const index of [inline, thread]) {
      await index.start();
      await index.caughtUp();
    }
    for (const query of ["transfer.recipient='r3'", "message.sender='s1' AND tx.height>20", `tx.hash='${toHex(sha256(utf8("again")))}'`, "tx.height=4"]) {
      expect(await thread.searchTxs(query, ALL), query).to.deep.equal(await inline.searchTxs(query, ALL));
    }
    expect(await thread.searchBlocks("minted.at=7", ALL)).to.deep.equal({ total: 1, items: [7n] });
    expect(await thread.findTx(sha256(utf8("tx 3/1")))).to.deep.equal({ height: 3n, index: 1 });
    expect(await thread.searchTxs("what?", ALL).catch((e: unknown) => e)).to.be.instanceOf(QueryError);
    expect(await thread.searchTxs("tx.hash='zz'", ALL).catch((e: unknown) => e)).to.be.instanceOf(QueryError);
    const tooMuch: unknown = await thread.searchTxs("transfer.amount>0", ALL).catch((e: unknown) => e);
    expect(isFailure(tooMuch, "too-large")).to.equal(true);
    await Promise.all([inline.stop(), thread.stop()]);
    await kv.close();
  });

  it("never holds a commit up: a burst of blocks is taken in, indexed later, and told of in order", async () => {
    const chain = new FakeChain();
    const index = createThreadedIndexer({ chain, feed: chain, log: silentLogger(), dir });
    await index.start();
    const told: bigint[] = [];
    index.subscribe((event) => {
      if (event.kind === "block") told.push(event.stored.block.header.height);
    });
    for (let i = 0; i < 100; i++) commitNext(chain);
    expect(index.status().lag, "nothing was waited for").to.equal(100);
    await index.caughtUp();
    expect(told).to.deep.equal(Array.from({ length: 100 }, (_, i) => BigInt(i + 1)));
    expect(index.status().lag).to.equal(0);
    await index.stop();
  });

  it("refuses to start over a store that another node holds", async () => {
    const taken = await openKv({ dir, onFatal: (failure) => { throw failure; } });
    const chain = new FakeChain();
    const index = createThreadedIndexer({ chain, feed: chain, log: silentLogger(), dir });
    const failed: unknown = await index.start().catch((e: unknown) => e);
    expect(isFailure(failed, "storage")).to.equal(true);
    await index.stop();
    await taken.close();
  });

  it("holds what a rebuilt index holds, wherever it was killed", async () => {
    for (const lines of [1, 30, 90]) if (await writeUntilKilled(join(dir, "killed"), lines)) break;
    expect(await writeUntilKilled(join(dir, "killed"), Infinity)).to.equal(true);
    expect(await writeUntilKilled(join(dir, "whole"), Infinity)).to.equal(true);
    const [killed, whole] = [await contentOf(join(dir, "killed")), await contentOf(join(dir, "whole"))];
    expect(whole.length).to.be.greaterThan(BLOCKS * 5);
    expect(killed).to.deep.equal(whole);
  });

  it("loses nothing that the chain keeps and little that it does not, when it is killed while it sweeps", async () => {
    const [kept, base] = [20, BigInt(BLOCKS - 20)];
    for (const lines of [1, 45, 45, 45]) if (await writeUntilKilled(join(dir, "swept"), lines, kept)) break;
    expect(await writeUntilKilled(join(dir, "swept"), Infinity, kept)).to.equal(true);
    expect(await writeUntilKilled(join(dir, "whole"), Infinity)).to.equal(true);
    const [swept, whole] = [await entriesOf(join(dir, "swept")), await entriesOf(join(dir, "whole"))];
    const ofKept = (entries: readonly Entry[]): string[] => entries.filter((e) => (e.height ?? 0n) >= base).map((e) => e.text);
    expect(ofKept(swept)).to.deep.equal(ofKept(whole));
    const lowest = swept.reduce((low, { height = base }) => (height < low ? height : low), base);
    expect(Number(base - lowest), "heights that wait to be swept").to.be.lessThan(60);
  });
});
