import { expect } from "chai";
import { utf8 } from "../../chain/primitives/index.js";
import { EdgeFailure } from "../errors.js";
import { TestHosts, connected, openRequests, testPeerId, until } from "./testkit/hosts.js";
import type { RequestOptions } from "./types.js";

describe("a request", () => {
  const hosts = new TestHosts();
  afterEach(() => hosts.stop());

  /** A server answering with `options`, and a client connected to it. */
  async function pair(options: Partial<RequestOptions>, asking: Partial<RequestOptions> = {}) {
    const server = hosts.create(1);
    server.requests("blocks", openRequests(options));
    await server.start();
    const client = hosts.create(2, server.addresses());
    const requests = client.requests("blocks", openRequests(asking));
    await client.start();
    await connected(1, server, client);
    const ask = (bytes: Uint8Array, signal?: AbortSignal): Promise<Uint8Array> =>
      requests.request(server.selfId, bytes, signal === undefined ? {} : { signal });
    return { server, client, ask, requests };
  }
  const codeOf = (promise: Promise<unknown>): Promise<string> =>
    promise.then(
      () => "answered",
      (error: unknown) => (error instanceof EdgeFailure ? error.code : String(error)),
    );

  it("is answered with the handler's bytes, empty and large alike", async () => {
    const { ask, client } = await pair({
      handler: (_, bytes) => Promise.resolve(new Uint8Array((bytes[0] ?? 0) * 100_000).fill(3)),
    });
    for (const hundreds of [0, 1, 15]) {
      const answer = await ask(Uint8Array.of(hundreds));
      expect(answer).to.have.length(hundreds * 100_000);
      expect(answer.every((byte) => byte === 3)).to.equal(true);
    }
    expect(client.stats().requests["blocks"]).to.include({ sent: 3 });
  });

  it("is answered piece by piece when the handler streams", async () => {
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (let i = 0; i < 5; i += 1) yield await Promise.resolve(new Uint8Array(70_000).fill(i));
    }
    const { ask } = await pair({ handler: () => Promise.resolve(pieces()) });
    const answer = await ask(utf8("all"));
    expect(answer).to.have.length(350_000);
    expect([answer[0], answer[349_999]]).to.deep.equal([0, 4]);
  });

  it("fails with the code that the other side gave, and hides what it did not mean to say", async () => {
    const { ask } = await pair({
      handler: (_, bytes) => {
        if (bytes[0] === 0) throw new EdgeFailure("not-found", "no such block");
        throw new Error("/home/operator/secret is missing");
      },
    });
    const missing = await ask(Uint8Array.of(0)).catch((error: unknown) => error);
    expect(missing).to.be.instanceOf(EdgeFailure);
    expect(missing).to.include({ code: "not-found" });
    expect(String(missing)).to.include("no such block");
    const broken = await ask(Uint8Array.of(1)).catch((error: unknown) => error);
    expect(broken).to.include({ code: "remote" });
    expect(String(broken)).not.to.include("secret");
  });

  it("fails at its deadline when the handler never answers, and the handler is told to stop", async () => {
    let stopped = false;
    const handler: RequestOptions["handler"] = (_, __, signal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => {
          stopped = true;
          reject(new EdgeFailure("aborted", "stopped"));
        });
      });
    const { ask } = await pair({ handler, timeoutMs: 300 }, { timeoutMs: 200 });
    expect(await codeOf(ask(utf8("?")))).to.equal("timeout");
    await until("the handler has stopped", () => stopped);
  });

  it("ends on both sides when the caller gives up", async () => {
    let serving = false;
    let told = false;
    const handler: RequestOptions["handler"] = (_, __, signal) => {
      serving = true;
      signal.addEventListener("abort", () => (told = true));
      return new Promise(() => undefined);
    };
    const { ask } = await pair({ handler });
    const caller = new AbortController();
    const asked = codeOf(ask(utf8("?"), caller.signal));
    await until("it is being served", () => serving);
    caller.abort();
    expect(await asked).to.equal("aborted");
    await until("the handler is told", () => told);
  });

  it("is not sent when too long, and not accepted when the other side sends too long a one", async () => {
    const { ask, server } = await pair({ maxRequestBytes: 10 }, { maxRequestBytes: 100 });
    expect(await codeOf(ask(new Uint8Array(101)))).to.equal("too-large");
    expect(await codeOf(ask(new Uint8Array(50)))).to.equal("unreachable");
    await until("the sender is banned", () => server.stats().bans === 1);
  });

  it("costs a server its place when the answer is longer than allowed", async () => {
    const handler: RequestOptions["handler"] = () => Promise.resolve(new Uint8Array(500_000));
    const { ask, client } = await pair({ handler }, { maxResponseBytes: 100_000 });
    expect(await codeOf(ask(utf8("?")))).to.equal("malformed");
    await until("the server is banned", () => client.stats().bans === 1);
  });

  it("keeps to the concurrency agreed, queueing its own and refusing an impatient peer's", async () => {
    let running = 0;
    let most = 0;
    const waiting: (() => void)[] = [];
    const handler: RequestOptions["handler"] = async () => {
      running += 1;
      most = Math.max(most, running);
      await new Promise<void>((resolve) => void waiting.push(resolve));
      running -= 1;
      return new Uint8Array();
    };
    const polite = await pair({ handler, concurrency: 2 }, { concurrency: 2 });
    const answers = Promise.all(Array.from({ length: 6 }, () => polite.ask(utf8("?"))));
    for (let served = 0; served < 6; served += 1) {
      await until("one is waiting", () => waiting.length > 0);
      waiting.shift()?.();
    }
    expect(await answers).to.have.length(6);
    expect(most).to.equal(2);
    await hosts.stop();

    const rude = await pair({ handler, concurrency: 2 }, { concurrency: 8 });
    const codes = Array.from({ length: 5 }, () => codeOf(rude.ask(utf8("?"))));
    await until("three are refused", () => (rude.server.stats().requests["blocks"]?.dropped ?? 0) >= 3);
    await until("two are being served", () => waiting.length === 2);
    waiting.splice(0).forEach((release) => release());
    expect((await Promise.all(codes)).toSorted((a, b) => (a < b ? -1 : 1))).to.deep.equal([
      "answered",
      "answered",
      "busy",
      "busy",
      "busy",
    ]);
  });

  it("fails clearly when the peer is not connected, lacks the protocol, or leaves half-way", async () => {
    const { ask, requests, server, client } = await pair({ handler: () => new Promise(() => undefined) });
    expect(await codeOf(requests.request(testPeerId(9), utf8("?")))).to.equal("unreachable");
    const bare = hosts.create(3);
    await bare.start();
    const other = hosts.create(4, bare.addresses());
    const lonely = other.requests("blocks", openRequests());
    await other.start();
    await connected(1, other, bare);
    expect(await codeOf(lonely.request(bare.selfId, utf8("?")))).to.equal("unreachable");
    const asked = codeOf(ask(utf8("?")));
    await until("it is being served", () => server.stats().requests["blocks"]?.received === 1);
    server.penalize(client.selfId, 100, "test");
    expect(await asked).to.equal("unreachable");
  });
});
