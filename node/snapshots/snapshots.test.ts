import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { sha256 } from "../../chain/crypto/index.js";
import { toHex } from "../../chain/primitives/index.js";
import { decodeMetadata, encodeMetadata } from "../../chain/store/index.js";
import type { MultiStore } from "../../chain/store/index.js";
import { installNativeCrypto } from "../crypto/native.js";
import { openKv } from "../storage/index.js";
import type { LevelKv } from "../storage/index.js";
import { silentLogger } from "../telemetry/log.js";
import { createSnapshots } from "./service.js";
import type { SnapshotService } from "./options.js";
import { TEST_CHUNK_BYTES, appOver, height, openState, writeBlock } from "./testkit/state.js";
import type { Snapshot } from "./types.js";

interface Place {
  readonly dir: string;
  readonly kv: LevelKv;
  readonly state: MultiStore;
  readonly service: SnapshotService;
}

describe("snapshots", function () {
  this.timeout(60_000);
  let dir: string;
  const open: Place[] = [];

  before(() => {
    installNativeCrypto();
    dir = mkdtempSync(join(tmpdir(), "snapshots-"));
  });

  after(async () => {
    for (const place of open.splice(0)) await close(place);
    rmSync(dir, { recursive: true, force: true });
  });

  async function place(name: string, options: { interval?: number; keepRecent?: number } = {}): Promise<Place> {
    const at = join(dir, name);
    mkdirSync(at, { recursive: true });
    const kv = await openKv({ dir: join(at, "state"), onFatal: (error) => expect.fail(String(error)) });
    const state = openState(kv);
    const service = createSnapshots(
      { dir: join(at, "snapshots"), interval: 0, keepRecent: 2, chunkBytes: TEST_CHUNK_BYTES, ...options },
      { kv, app: appOver(state), log: silentLogger() },
    );
    await service.start();
    const made = { dir: at, kv, state, service };
    open.push(made);
    return made;
  }

  async function close(at: Place): Promise<void> {
    await at.service.stop();
    await at.kv.close();
    const i = open.indexOf(at);
    if (i >= 0) open.splice(i, 1);
  }

  /** Blocks up to a height, with what the service does after each. */
  async function grow({ state, service }: Place, to: number, bulk = 30): Promise<void> {
    for (let n = Number(state.last.version) + 1; n <= to; n++) {
      writeBlock(state, n, n === 4 ? 180 : bulk);
      service.committed(height(n));
      await service.idle();
    }
  }

  async function restore(from: Place, to: Place, snapshot: Snapshot): Promise<string> {
    const appHash = from.state.at(snapshot.height).appHash;
    const offered = await to.service.offer(snapshot, appHash);
    if (offered !== "accept") return offered;
    for (let index = 0; index < snapshot.chunks; index++) {
      const { height: at, format } = snapshot;
      const chunk = await from.service.loadChunk({ height: at, format, chunk: index });
      const { result } = await to.service.applyChunk({ index, chunk, sender: "p" });
      if (result !== "accept") return result;
    }
    return "accept";
  }

  async function newest({ service }: Place): Promise<Snapshot> {
    const [snapshot] = await service.list();
    if (snapshot === undefined) throw new TypeError("no snapshot");
    return snapshot;
  }

  it("say which the oldest is that is there or being taken, since the blocks from there on must stay", async () => {
    const origin = await place("kept", { interval: 2 });
    const { state, service } = origin;
    const seen: (number | undefined)[] = [];
    for (let n = 1; n <= 7; n++) {
      writeBlock(state, n, 1);
      const oldest = service.committed(height(n));
      seen.push(oldest === undefined ? undefined : Number(oldest));
      await service.idle();
    }
    expect(seen, "of two that are kept").to.deep.equal([undefined, 2, 2, 2, 2, 2, 4]);
    await close(origin);
    const off = await place("kept", { interval: 0 });
    writeBlock(off.state, 8, 1);
    expect(off.service.committed(height(8)), "there still, and given out").to.equal(4n);
    await close(off);
  });

  it("hold back for the whole time that one takes, also when others fall out meanwhile", async () => {
    const origin = await place("slow", { interval: 1 });
    const { state, service } = origin;
    writeBlock(state, 1, 180);
    expect(service.committed(height(1))).to.equal(1n);
    for (const n of [2, 3]) {
      writeBlock(state, n, 1);
      expect(service.committed(height(n)), "being taken still").to.equal(1n);
    }
    await service.idle();
    expect((await service.list()).map((s) => Number(s.height))).to.deep.equal([1]);
    await close(origin);
  });

  it("are taken every so many heights, the newest kept, and restore to the same state, which goes on alike", async () => {
    const origin = await place("origin", { interval: 2 });
    await grow(origin, 7);
    const list = await origin.service.list();
    expect(list.map((s) => Number(s.height))).to.deep.equal([6, 4]);
    const snapshot = await newest(origin);
    expect(snapshot.chunks, "a state of several chunks").to.be.greaterThan(2);
    const copy = await place("copy");
    const held = await place("other", { interval: 2 });
    await grow(held, 6);
    expect(await newest(held), "every node cuts the same chunks").to.deep.equal(snapshot);

    expect(await restore(held, copy, snapshot)).to.equal("accept");
    expect(copy.state.last).to.deep.equal(held.state.last);
    expect(await copy.service.restoring()).to.equal(undefined);
    for (const { state } of [held, copy]) writeBlock(state, 7, 1);
    expect(toHex(copy.state.last.appHash)).to.equal(toHex(held.state.last.appHash));
    expect(await copy.service.offer(snapshot, sha256(snapshot.hash)), "an application that has blocks").to.equal("abort");
    for (const at of [origin, copy, held]) await close(at);
  });

  it("keep their version from being pruned while blocks go on", async () => {
    const at = await place("busy", { interval: 3 });
    await grow(at, 2, 100);
    writeBlock(at.state, 3, 100);
    at.service.committed(height(3));
    for (let n = 4; n <= 9; n++) {
      writeBlock(at.state, n, 1);
      at.service.committed(height(n));
    }
    expect(at.state.earliest).to.equal(3n);
    await at.service.idle();
    writeBlock(at.state, 10, 1);
    writeBlock(at.state, 11, 1);
    expect(at.state.earliest).to.equal(10n);
    const calm = await place("calm", { interval: 3 });
    await grow(calm, 2, 100);
    writeBlock(calm.state, 3, 100);
    calm.service.committed(height(3));
    await calm.service.idle();
    expect(await newest(at), "and hold that version, not a later one").to.deep.equal(await newest(calm));
    for (const each of [at, calm]) await close(each);
  });

  it("that a crash left half written or half removed are gone after a start, and whole ones stay", async () => {
    const at = await place("torn", { interval: 2, keepRecent: 0 });
    await grow(at, 6);
    await close(at);
    const folder = join(at.dir, "snapshots");
    mkdirSync(join(folder, ".unfinished-8"));
    writeFileSync(join(folder, ".unfinished-8", "chunk-000000"), "half");
    rmSync(join(folder, "4-1", "chunk-000000"));
    truncateSync(join(folder, "2-1", "snapshot"), 10);
    const again = await place("torn");
    expect((await again.service.list()).map((s) => Number(s.height))).to.deep.equal([6]);
    expect(readdirSync(folder)).to.deep.equal(["6-1"]);
    await close(again);
  });

  it("answer what nobody has with nothing", async () => {
    const at = await place("asked", { interval: 1 });
    await grow(at, 1);
    const { format, chunks } = await newest(at);
    const ask = (n: number, f: number, chunk: number): Promise<Uint8Array> =>
      at.service.loadChunk({ height: height(n), format: f, chunk });
    expect(sha256(await ask(1, format, 0))).to.deep.equal(decodeMetadata((await newest(at)).metadata).chunkHashes[0]);
    for (const [n, f, chunk] of [[2, format, 0], [1, 9, 0], [1, format, chunks], [1, format, -1], [1, format, 0.5], [1, format, NaN]] as const)
      expect((await ask(n, f, chunk)).length, `${n} ${f} ${chunk}`).to.equal(0);
    await close(at);
  });

  describe("being restored", () => {
    let origin: Place;
    let snapshot: Snapshot;
    let appHash: Uint8Array;
    const chunkOf = (chunk: number): Promise<Uint8Array> =>
      origin.service.loadChunk({ height: snapshot.height, format: snapshot.format, chunk });

    before(async () => {
      origin = await place("source", { interval: 5 });
      await grow(origin, 5);
      snapshot = await newest(origin);
      appHash = origin.state.last.appHash;
    });

    /** The same snapshot with other metadata, hashed anew as a liar would. */
    function forged(change: (metadata: ReturnType<typeof decodeMetadata>) => ReturnType<typeof decodeMetadata>): Snapshot {
      const metadata = encodeMetadata(change(decodeMetadata(snapshot.metadata)));
      return { ...snapshot, metadata, hash: sha256(metadata) };
    }

    it("are refused when they are bombs, of another state, another format or other stores", async () => {
      const { service } = await place("refusing");
      const root = sha256(snapshot.hash);
      expect(await service.offer({ ...snapshot, format: 2 }, appHash)).to.equal("reject-format");
      expect(await service.offer({ ...snapshot, chunks: 4_294_967_295 }, appHash)).to.equal("reject");
      expect(await service.offer({ ...snapshot, chunks: snapshot.chunks + 1 }, appHash)).to.equal("reject");
      expect(await service.offer({ ...snapshot, hash: root }, appHash)).to.equal("reject");
      expect(await service.offer(snapshot, root)).to.equal("reject");
      expect(await service.offer(forged((m) => ({ ...m, stores: m.stores.slice(1) })), appHash)).to.equal("reject");
      expect(await service.offer({ ...snapshot, metadata: new Uint8Array(5_000_000) }, appHash)).to.equal("reject");
      const { applyChunk } = { applyChunk: service.applyChunk.bind(service) };
      expect((await applyChunk({ index: 0, chunk: await chunkOf(0), sender: "p" })).result, "nothing was accepted").to.equal("abort");
    });

    it("ask again for a chunk that is not of its hash, and name who sent it", async () => {
      const at = await place("picky");
      expect(await at.service.offer(snapshot, appHash)).to.equal("accept");
      const chunk = (await chunkOf(0)).slice();
      chunk[1_000] = (chunk[1_000] ?? 0) ^ 1;
      expect(await at.service.applyChunk({ index: 0, chunk, sender: "liar" })).to.deep.equal({
        result: "retry",
        refetchChunks: [0],
        rejectSenders: ["liar"],
      });
      expect((await at.service.applyChunk({ index: 1, chunk: await chunkOf(1), sender: "p" })).result).to.equal("retry-snapshot");
      expect((await at.service.applyChunk({ index: 9_999, chunk, sender: "p" })).result).to.equal("retry-snapshot");
      expect(await restore(origin, at, snapshot), "and take the right one").to.equal("accept");
      const last = snapshot.chunks - 1;
      expect((await at.service.applyChunk({ index: last, chunk: await chunkOf(last), sender: "p" })).result).to.equal("accept");
      await close(at);
    });

    it("are rejected when chunks of the right hashes do not hold the promised state, and leave nothing behind", async () => {
      const at = await place("cheated");
      const chunk = (await chunkOf(0)).slice();
      chunk[200] = (chunk[200] ?? 0) ^ 1;
      const lie = forged((m) => ({ ...m, chunkHashes: [sha256(chunk), ...m.chunkHashes.slice(1)] }));
      expect(await at.service.offer(lie, appHash)).to.equal("accept");
      expect((await at.service.applyChunk({ index: 0, chunk, sender: "liar" })).result).to.equal("reject-snapshot");
      const left: string[] = [];
      for await (const [key] of at.kv.entries({})) left.push(toHex(key));
      expect(left).to.deep.equal([]);
      expect(await restore(origin, at, snapshot)).to.equal("accept");
      expect(at.state.last.appHash).to.deep.equal(appHash);
      await close(at);
    });

    it("count as not begun when giving one up was interrupted: what is half removed is not built upon", async () => {
      const at = await place("half-forgotten");
      let isTorn = true;
      const kv = {
        get: at.kv.get.bind(at.kv),
        write: at.kv.write.bind(at.kv),
        flushed: at.kv.flushed.bind(at.kv),
        async *entries(range: Parameters<LevelKv["entries"]>[0]) {
          for await (const entry of at.kv.entries(range)) {
            if (isTorn) throw new TypeError("killed");
            yield entry;
          }
        },
      };
      const options = { dir: join(at.dir, "other"), interval: 0, keepRecent: 0, chunkBytes: TEST_CHUNK_BYTES };
      const open = async (): Promise<SnapshotService> => {
        const service = createSnapshots(options, { kv, app: appOver(at.state), log: silentLogger() });
        await service.start();
        return service;
      };
      const first = await open();
      expect(await first.offer(snapshot, appHash)).to.equal("accept");
      expect((await first.applyChunk({ index: 0, chunk: await chunkOf(0), sender: "" })).result).to.equal("accept");
      const torn = await first.forget().then(
        () => "done",
        (error: unknown) => String(error),
      );
      expect(torn).to.equal("TypeError: killed");
      isTorn = false;
      const second = await open();
      expect((await second.restoring())?.next).to.equal(0);
      expect(await restore(origin, { ...at, service: second }, snapshot)).to.equal("accept");
      expect(at.state.last.appHash).to.deep.equal(appHash);
      await close(at);
    });

    it("go on where they were after a restart, and begin anew for another snapshot", async () => {
      const first = await place("resumed");
      expect(await first.service.offer(snapshot, appHash)).to.equal("accept");
      expect((await first.service.applyChunk({ index: 0, chunk: await chunkOf(0), sender: "" })).result).to.equal("accept");
      await close(first);
      const second = await place("resumed");
      expect(second.state.last.version, "half a state is none").to.equal(0n);
      expect((await second.service.restoring())?.next).to.equal(1);
      expect((await second.service.applyChunk({ index: 0, chunk: await chunkOf(0), sender: "" })).result, "a chunk twice").to.equal("accept");
      const other = forged((m) => ({ ...m, chunkHashes: m.chunkHashes.toReversed() }));
      expect(await second.service.offer(other, appHash)).to.equal("accept");
      expect((await second.service.restoring())?.next).to.equal(0);
      expect(await restore(origin, second, snapshot)).to.equal("accept");
      expect(second.state.last.appHash).to.deep.equal(appHash);
      await close(second);
    });
  });
});
