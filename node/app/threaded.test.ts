import { expect } from "chai";
import type { CheckTxRequest, FinalizeBlockRequest } from "../../chain/abci/index.js";
import { resultsHash } from "../../chain/block/index.js";
import { Fault, parseUtf8, toHeight, utf8 } from "../../chain/primitives/index.js";
import { txOf } from "../engine/testkit/cluster.js";
import { EdgeFailure } from "../errors.js";
import { encodeFinalizeResponse } from "./abci-codec.js";
import { createLocalConnection } from "./local.js";
import { pack, unpack } from "./packed.js";
import { mayHoldEvents, packResults, unpackResults } from "./results.js";
import { sourceProgram } from "./source-program.js";
import { createScriptedApp } from "./testkit/scripted-app.js";
import { createThreadedConnection } from "./threaded.js";
import type { ThreadedConnection } from "./threaded.js";

const PROGRAM = sourceProgram(new URL("./testkit/scripted-thread.ts", import.meta.url));

const block = (height: bigint, txs: readonly Uint8Array[]): FinalizeBlockRequest => ({
  txs,
  decidedLastCommit: { round: 0, votes: [] },
  misbehavior: [],
  hash: new Uint8Array(32),
  height: toHeight(height),
  time: 0n as FinalizeBlockRequest["time"],
  nextValidatorsHash: new Uint8Array(32),
  proposer: new Uint8Array(20),
});
const check = (tx: Uint8Array): CheckTxRequest => ({ tx, kind: "new" });

describe("the application on a thread of its own", function () {
  this.timeout(60_000);
  let thread: ThreadedConnection;
  let fatal: unknown;

  beforeEach(async () => {
    fatal = undefined;
    thread = await createThreadedConnection({ program: PROGRAM, setup: {}, onFatal: (error) => (fatal = error) });
  });

  afterEach(() => thread.close());

  it("answers every call as the application does on the caller's thread", async () => {
    const local = createLocalConnection(createScriptedApp());
    const [txs, empty] = [[txOf("a", 0), txOf("b", 0, "x".repeat(70_000)), txOf("a", 7)], new Uint8Array(0)];
    for (const app of [local, thread.connection]) await app.initChain({} as never);
    const query = { path: "/x", data: utf8("q"), height: toHeight(0n), prove: false };
    const both = async (ask: (app: typeof local) => Promise<unknown>): Promise<void> => {
      expect(await ask(thread.connection)).to.deep.equal(await ask(local));
    };
    await both((app) => app.info());
    await both((app) => app.query(query));
    await both((app) => Promise.all([...txs, empty].map((tx) => app.checkTx(check(tx)))));
    await both((app) => app.prepareProposal({ ...block(1n, txs), maxTxBytes: 9e6, localLastCommit: { round: 0, votes: [] } }));
    await both((app) => app.processProposal({ ...block(1n, txs), proposedLastCommit: { round: 0, votes: [] } }));
    await both((app) => app.extendVote({ hash: empty, height: toHeight(1n), round: 0 }));
    await both(async (app) => {
      const response = await app.finalizeBlock(block(1n, txs));
      return { ...response, txResults: response.txResults.map((r) => ({ ...r })) };
    });
    await both((app) => app.commit());
  });

  it("does what is asked in the order of asking, whoever waits for what", async () => {
    const { connection } = thread;
    const codes = await Promise.all([0, 2, 1, 2].map(async (n) => (await connection.checkTx(check(txOf("a", n)))).code));
    expect(codes).to.deep.equal([0, 32, 0, 0]);
    const answered: string[] = [];
    const said = (name: string) => () => void answered.push(name);
    await Promise.all([
      connection.finalizeBlock(block(1n, [])).then(said("finalize")),
      connection.commit().then(said("commit")),
      connection.checkTx(check(txOf("b", 0))).then(said("check")),
    ]);
    expect(answered).to.deep.equal(["finalize", "commit", "check"]);
  });

  it("knows what it was told before it was asked", async () => {
    const query = { path: "/told", data: new Uint8Array(0), height: toHeight(0n), prove: false };
    const before = thread.connection.query(query);
    thread.tell("news");
    const after = thread.connection.query(query);
    expect([parseUtf8((await before).value), parseUtf8((await after).value)]).to.deep.equal(["", "news"]);
  });

  it("asks what the thread holds beside the application, while calls go on", async () => {
    const [echoed, commit] = [thread.ask("echo", [1n, utf8("x")]), thread.connection.commit()];
    expect(await echoed).to.deep.equal([1n, utf8("x")]);
    expect((await commit).retainHeight).to.equal(0n);
    const error: unknown = await thread.ask("nothing", []).catch((e: unknown) => e);
    expect(error).to.be.instanceOf(EdgeFailure).with.property("code", "not-found");
  });

  it("asks few queries at a time, so that a block that comes after a thousand waits for eight", async () => {
    const query = { path: "/slow", data: new Uint8Array(0), height: toHeight(0n), prove: false };
    let answered = 0;
    const all = Array.from({ length: 200 }, () => thread.connection.query(query).then(() => answered++));
    await thread.connection.commit();
    await new Promise((resolve) => setImmediate(resolve)); // answers that came with the commit's are counted
    expect(answered).to.be.at.most(50);
    await Promise.all(all);
  });

  it("refuses queries when too many wait, and goes on", async () => {
    const query = { path: "/x", data: new Uint8Array(0), height: toHeight(0n), prove: false };
    const asked = await Promise.allSettled(Array.from({ length: 5_000 }, () => thread.connection.query(query)));
    const refused = asked.filter((a) => a.status === "rejected");
    expect(refused.length).to.equal(5_000 - 4_096 - 8);
    expect(refused.every((r) => r.reason instanceof EdgeFailure && r.reason.code === "busy")).to.equal(true);
    expect((await thread.connection.query(query)).code).to.equal(0);
  });

  it("hands over what the application throws as what it was", async () => {
    const query = { path: "/fault", data: new Uint8Array(0), height: toHeight(0n), prove: false };
    const error: unknown = await thread.connection.query(query).catch((e: unknown) => e);
    expect(error).to.be.instanceOf(Fault).with.property("message", "broken on purpose");
    expect((error as Fault).facts).to.deep.equal({ height: 5n });
    expect((error as Fault).stack).to.contain("scripted-app");
    expect(fatal).to.equal(undefined);
  });

  it("tells the node that the thread has died, and answers nothing any more", async () => {
    const query = { path: "/die", data: new Uint8Array(0), height: toHeight(0n), prove: false };
    const lost: unknown = await thread.connection.query(query).catch((e: unknown) => e);
    expect(lost).to.be.instanceOf(Error);
    expect(fatal).to.equal(lost);
    const later: unknown = await thread.connection.commit().catch((e: unknown) => e);
    expect(later).to.equal(lost);
  });

  it("says why it could not be opened, to who waits for it and to nobody else", async () => {
    const fatals: unknown[] = [];
    const error: unknown = await createThreadedConnection({ program: PROGRAM, setup: { isLocked: true }, onFatal: (e) => fatals.push(e) }).catch(
      (e: unknown) => e,
    );
    expect(error).to.be.instanceOf(EdgeFailure).with.property("code", "storage");
    expect(fatals).to.deep.equal([]);
  });
});

describe("what crosses the threads", () => {
  it("are byte strings in one buffer, empty ones too", () => {
    const list = [utf8("one"), new Uint8Array(0), utf8("three"), new Uint8Array(70_000).fill(7)];
    expect(unpack(pack(list))).to.deep.equal(list);
    expect(unpack(pack([]))).to.deep.equal([]);
  });

  it("are results whose events are decoded when somebody asks, and whose bytes are not made twice", () => {
    const app = createScriptedApp();
    app.initChain({} as never);
    const response = app.finalizeBlock(block(1n, [txOf("a", 0), txOf("a", 5)]));
    const packed = packResults(response);
    const received = unpackResults(packed);
    expect(encodeFinalizeResponse(received)).to.equal(packed.encoded);
    expect(packed.encoded).to.deep.equal(encodeFinalizeResponse(response));
    expect(resultsHash(received.txResults)).to.deep.equal(resultsHash(response.txResults));
    expect(received.txResults.map((r) => ({ ...r }))).to.deep.equal(response.txResults);
    expect(received.events).to.deep.equal(response.events);
    const [type = ""] = response.txResults.flatMap(({ events }) => events.map((e) => e.type));
    expect([type, "no such type"].map((name) => mayHoldEvents(received, new Set([name])))).to.deep.equal([true, false]);
    expect(mayHoldEvents(response, new Set(["no such type"])), "of a response that is whole").to.equal(true);
  });
});
