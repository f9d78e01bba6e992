import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { CarWriter } from "@ipld/car";
import { expect } from "chai";
import { CID } from "multiformats/cid";
import { concatBytes, equalBytes, utf8 } from "../../chain/primitives/index.js";
import { EdgeFailure } from "../errors.js";
import { TestHosts, connected, openRequests, until } from "../p2p/testkit/hosts.js";
import type { P2p } from "../p2p/types.js";
import { silentLogger } from "../telemetry/log.js";
import { createBlobs } from "./index.js";
import type { Blobs } from "./index.js";

/** The content of vectors/cids.json. */
function content(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let i = 0; i < size; i += 1) bytes[i] = i * 31 + (i >> 8) * 17 + (i >> 16);
  return bytes;
}
const MB = 1_000_000;

describe("the blob store", () => {
  const hosts = new TestHosts();
  const dirs: string[] = [];
  const running: Blobs[] = [];
  afterEach(async () => {
    await hosts.stop();
    await Promise.all(running.splice(0).map((blobs) => blobs.stop()));
    for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true });
  });

  async function node(
    n: number,
    peers: readonly string[] = [],
    dir?: string,
  ): Promise<{ blobs: Blobs; host: P2p; dir: string }> {
    const at = dir ?? mkdtempSync(join(tmpdir(), "openledger-blobs-"));
    dirs.push(at);
    const host = hosts.create(n, peers);
    const blobs = createBlobs({ dir: at, maxBlobBytes: 64 * MB }, { p2p: host, log: silentLogger() });
    running.push(blobs);
    await blobs.start();
    return { blobs, host, dir: at };
  }
  const codeOf = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => "done",
      (error: unknown) => (error instanceof EdgeFailure ? error.code : String(error)),
    );
  async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
    yield await Promise.resolve(bytes);
  }
  async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
    const all: Uint8Array[] = [];
    for await (const piece of pieces) all.push(piece);
    return concatBytes(...all);
  }

  it("gives the CIDs that `ipfs add --cid-version 1` gives, published and made by kubo's importer", async () => {
    const { blobs } = await node(1);
    expect(await blobs.put(utf8("hello world\n"))).to.deep.equal({
      cid: "bafkreifjjcie6lypi6ny7amxnfftagclbuxndqonfipmb64f2km2devei4",
      size: 12,
    });
    const path = new URL("./vectors/cids.json", import.meta.url);
    for (const vector of JSON.parse(readFileSync(path, "utf8")) as { size: number; cid: string }[]) {
      const { cid, size } = await blobs.put(content(vector.size));
      expect({ cid, size }).to.deep.equal(vector);
    }
  });

  it("gives back what was put, also after a restart, and however it arrived", async () => {
    const first = await node(1);
    const bytes = content(700_000);
    async function* dribble(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < bytes.length; at += 9999)
        yield await Promise.resolve(bytes.subarray(at, at + 9999));
    }
    const { cid } = await first.blobs.put(dribble());
    expect((await first.blobs.put(bytes)).cid).to.equal(cid);
    await first.blobs.stop();
    running.pop();
    const second = await node(2, [], first.dir);
    expect(equalBytes(await second.blobs.get(cid, { maxBytes: MB }), bytes)).to.equal(true);
    expect(await second.blobs.has(cid)).to.equal(true);
  });

  it("says what is missing, too large, or no blob at all", async () => {
    const { blobs } = await node(1);
    const { cid } = await blobs.put(content(300_000));
    expect(await codeOf(blobs.get(cid, { maxBytes: 299_999 }))).to.equal("too-large");
    const absent = "bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";
    expect(await blobs.has(absent)).to.equal(false);
    expect(await codeOf(blobs.get(absent, { maxBytes: MB }))).to.equal("not-found");
    for (const bad of [
      "",
      "hello",
      `${cid}x`,
      "bafyreigdyrzt5sfp7udm7hu76uh7y26nf3efuylqabf3oclgtqy55fbzdi",
    ]) {
      expect(await codeOf(blobs.get(bad, { maxBytes: MB })), bad).to.equal("malformed");
    }
    expect(await codeOf(blobs.put(one(new Uint8Array(65 * MB))))).to.equal("too-large");
    expect(await codeOf(blobs.get(cid, { maxBytes: MB, signal: AbortSignal.abort() }))).to.equal("aborted");
  });

  it("fetches a blob of three megabytes from a peer, once, and keeps every block", async () => {
    const a = await node(1);
    await a.host.start();
    const b = await node(2, a.host.addresses());
    await b.host.start();
    await connected(1, a.host, b.host);
    const bytes = content(3_000_000);
    const { cid } = await a.blobs.put(bytes);
    const fetched = await b.blobs.fetch(cid, { maxBytes: 4 * MB });
    expect(fetched).to.deep.include({ peers: [a.host.selfId], blocks: 13 });
    expect(equalBytes(await b.blobs.get(cid, { maxBytes: 4 * MB }), bytes)).to.equal(true);
    expect(await b.blobs.fetch(cid, { maxBytes: 4 * MB })).to.deep.equal({ blocks: 0, bytes: 0, peers: [] });
  });

  it("bans a peer that sends wrong bytes and gets the blob from another", async () => {
    const liar = hosts.create(1);
    liar.requests("blobs", openRequests({ handler: () => Promise.resolve(utf8("not what you asked for")) }));
    await liar.start();
    const honest = await node(2);
    await honest.host.start();
    const asking = await node(3, [...liar.addresses()]);
    await asking.host.start();
    await connected(1, asking.host);
    const { cid } = await honest.blobs.put(content(MB));
    expect(await codeOf(asking.blobs.fetch(cid, { maxBytes: 2 * MB }))).to.equal("unreachable");
    expect(await asking.blobs.has(cid)).to.equal(false);
    await until(
      "the liar is banned",
      () => asking.host.stats().bans === 1 && asking.host.peers().length === 0,
    );

    const late = await node(4, [...honest.host.addresses()]);
    await late.host.start();
    await connected(1, late.host);
    await late.blobs.fetch(cid, { maxBytes: 2 * MB });
    expect(await late.blobs.has(cid)).to.equal(true);
  });

  it("asks the next peer when one lies, within one fetch", async () => {
    const liar = hosts.create(1);
    liar.requests("blobs", openRequests({ handler: () => Promise.resolve(utf8("lie")) }));
    await liar.start();
    const asking = await node(3, [...liar.addresses()]);
    await asking.host.start();
    await connected(1, asking.host);
    const honest = await node(2, asking.host.addresses());
    await honest.host.start();
    await connected(2, asking.host);
    const { cid } = await honest.blobs.put(content(MB));
    expect((await asking.blobs.fetch(cid, { maxBytes: 2 * MB })).peers).to.deep.equal([honest.host.selfId]);
    expect(asking.host.stats().bans).to.equal(1);
  });

  it("fails clearly when no peer has the blob, none is connected, or it exceeds the limit", async () => {
    const a = await node(1);
    await a.host.start();
    const b = await node(2, a.host.addresses());
    const absent = "bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e";
    expect(await codeOf(b.blobs.fetch(absent, { maxBytes: MB }))).to.equal("unreachable");
    await b.host.start();
    await connected(1, a.host, b.host);
    expect(await codeOf(b.blobs.fetch(absent, { maxBytes: MB }))).to.equal("not-found");
    const { cid } = await a.blobs.put(content(3_000_000));
    expect(await codeOf(b.blobs.fetch(cid, { maxBytes: MB }))).to.equal("too-large");
    expect(await b.blobs.has(cid)).to.equal(false);
    expect(await codeOf(b.blobs.fetch(cid, { maxBytes: 4 * MB, signal: AbortSignal.abort() }))).to.equal(
      "aborted",
    );
  });

  it("keeps pinned blobs and deletes the rest, and remembers pins over a restart", async () => {
    const first = await node(1);
    const kept = (await first.blobs.put(content(600_000))).cid;
    const lost = (await first.blobs.put(content(400_000))).cid;
    await first.blobs.pin(kept);
    expect(
      await codeOf(first.blobs.pin("bafkreifzjut3te7nhyekklss27nh3k72ysco7y32koao5eei66wof36n5e")),
    ).to.equal("not-found");
    await first.blobs.stop();
    running.pop();
    const { blobs } = await node(2, [], first.dir);
    expect(blobs.pins()).to.deep.equal([kept]);
    expect((await blobs.gc()).deletedBlocks).to.be.at.least(2);
    expect([await blobs.has(kept), await blobs.has(lost)]).to.deep.equal([true, false]);
    await blobs.unpin(kept);
    await blobs.gc();
    expect(await blobs.has(kept)).to.equal(false);
  });

  it("travels as a CAR archive to another store, and refuses a forged one", async () => {
    const a = await node(1);
    const b = await node(2);
    const { cid } = await a.blobs.put(content(MB));
    const car = await collect(a.blobs.exportCar(cid, { maxBytes: 2 * MB }));
    expect(await b.blobs.importCar(one(car), { maxBytes: 2 * MB })).to.deep.equal([cid]);
    expect(equalBytes(await b.blobs.get(cid, { maxBytes: MB }), content(MB))).to.equal(true);

    expect(await codeOf(b.blobs.importCar(one(car), { maxBytes: 500_000 }))).to.equal("too-large");
    expect(await codeOf(b.blobs.importCar(one(car.subarray(0, 5000)), { maxBytes: MB }))).to.equal(
      "malformed",
    );
    expect(await codeOf(b.blobs.importCar(one(utf8("not a car")), { maxBytes: MB }))).to.equal("malformed");
    const root = CID.parse(cid);
    const { writer, out } = CarWriter.create([root]);
    void writer.put({ cid: root, bytes: utf8("forged") }).then(() => writer.close());
    expect(await codeOf(b.blobs.importCar(out, { maxBytes: MB }))).to.equal("malformed");
    expect(await codeOf(collect(b.blobs.exportCar(cid, { maxBytes: 1000 })))).to.equal("too-large");
  });
});
