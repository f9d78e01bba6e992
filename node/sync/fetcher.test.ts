import { expect } from "chai";
import { toHeight, utf8 } from "../../chain/primitives/index.js";
import { BlocksRequest, BlocksResponse } from "../../proto/gen/openledger/engine/v1.js";
import { EdgeFailure } from "../errors.js";
import type { PeerId } from "../p2p/types.js";
import { BlockFetcher, MAX_BLOCKS } from "./fetcher.js";
import { SyncPeers } from "./peers.js";

interface Asked {
  readonly peer: PeerId;
  readonly from: bigint;
  readonly count: number;
  /** Answers with the first of the blocks asked for, all of them when left out. */
  readonly answer: (blocks?: number, bytes?: number) => Promise<void>;
  readonly answerWith: (bytes: Uint8Array) => Promise<void>;
  readonly fail: (error: Error) => Promise<void>;
}

const settled = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function create(claims: Readonly<Record<PeerId, bigint>>) {
  const clock = { ms: 0 };
  const peers = new SyncPeers(() => clock.ms);
  for (const [peer, top] of Object.entries(claims)) peers.claim(peer, { top, base: toHeight(1n) });
  const asked: Asked[] = [];
  const failed: string[] = [];
  const abort = new AbortController();
  const fetcher = new BlockFetcher({
    peers,
    signal: abort.signal,
    now: () => clock.ms,
    arrived: () => undefined,
    failed: (peer, error) => {
      failed.push(`${peer} ${error instanceof EdgeFailure ? error.code : "?"}`);
      peers.avoid(peer);
    },
    requests: {
      name: "sync",
      request: (peer, bytes) =>
        new Promise((resolve, reject) => {
          const { height, count } = BlocksRequest.decode(bytes);
          const block = (i: number, size: number) => ({ block: new Uint8Array(size), commit: utf8(`${peer} ${height + BigInt(i)}`) });
          const after = (act: () => void) => (): Promise<void> => (act(), settled());
          asked.push({
            ...{ peer, from: height, count },
            answer: (blocks = count, size = 10) => after(() => resolve(BlocksResponse.encode({ blocks: Array.from({ length: blocks }, (_, i) => block(i, size)) })))(),
            answerWith: (answer) => after(() => resolve(answer))(),
            fail: (error) => after(() => reject(error))(),
          });
        }),
    },
  });
  return { clock, peers, asked, failed, abort, fetcher };
}

const ranges = (asked: readonly Asked[]): string[] => asked.map((a) => `${a.peer} ${a.from}+${a.count}`);
const range = (from: bigint, count = MAX_BLOCKS): string => `${from}+${count}`;

describe("the fetcher of blocks", () => {
  it("asks several peers for different ranges at once, four in all and two of one", () => {
    const { asked, fetcher } = create({ a: 10_000n, b: 10_000n, c: 10_000n });
    fetcher.fill(1n, 10_000n);
    expect(asked.map((a) => range(a.from, a.count))).to.deep.equal([1n, 65n, 129n, 193n].map((from) => range(from)));
    expect(new Set(asked.slice(0, 3).map((a) => a.peer)).size).to.equal(3);
    const alone = create({ a: 10_000n });
    alone.fetcher.fill(1n, 10_000n);
    alone.fetcher.fill(1n, 10_000n);
    expect(ranges(alone.asked)).to.deep.equal(["a 1+64", "a 65+64"]);
  });

  it("asks a peer for no more than it claims, and for a gap no more than the gap", async () => {
    const { asked, fetcher } = create({ a: 5n });
    fetcher.fill(3n, 5n);
    expect(ranges(asked)).to.deep.equal(["a 3+3"]);
    await asked[0]?.answer(1);
    fetcher.fill(3n, 5n);
    expect(ranges(asked)).to.deep.equal(["a 3+3", "a 4+2"]);
  });

  it("holds blocks until they are applied, within a window and within its bytes", async () => {
    const { asked, fetcher } = create({ a: 10_000n, b: 10_000n, c: 10_000n, d: 10_000n });
    fetcher.fill(1n, 10_000n);
    for (const one of asked.slice()) await one.answer();
    expect([fetcher.get(1n)?.peer, fetcher.get(256n) !== undefined]).to.deep.equal([asked[0]?.peer, true]);
    fetcher.fill(1n, 10_000n);
    expect(asked, "the window is full").to.have.length(4);
    fetcher.dropBelow(100n);
    expect([fetcher.get(99n), fetcher.get(100n) !== undefined]).to.deep.equal([undefined, true]);
    const heavy = create({ a: 10_000n, b: 10_000n });
    heavy.fetcher.fill(1n, 10_000n);
    for (const one of heavy.asked.slice()) await one.answer(1, 40 * 1_048_576);
    heavy.fetcher.fill(1n, 10_000n);
    expect(heavy.asked, "160 MiB wait").to.have.length(4);
    heavy.fetcher.dropBelow(2n);
    heavy.fetcher.fill(2n, 10_000n);
    expect(ranges(heavy.asked.slice(4)).map((r) => r.slice(2)), "what is needed next is always asked for").to.deep.equal([range(2n, 63)]);
    heavy.fetcher.dropBelow(130n);
    heavy.fetcher.fill(130n, 10_000n);
    expect(heavy.asked.length).to.be.greaterThan(5);
  });

  it("asks another peer too when the next range does not come, takes the first answer, and leaves the slow one alone", async () => {
    const { clock, asked, failed, fetcher } = create({ a: 64n, b: 64n });
    fetcher.fill(1n, 64n);
    clock.ms = 1_999;
    fetcher.fill(1n, 64n);
    expect(asked).to.have.length(1);
    clock.ms = 2_000;
    fetcher.fill(1n, 64n);
    fetcher.fill(1n, 64n);
    const [slow, quick] = asked as [Asked, Asked];
    expect([asked.length, slow.peer === quick.peer, quick.from]).to.deep.equal([2, false, 1n]);
    await quick.answer();
    expect(fetcher.get(64n)?.peer).to.equal(quick.peer);
    await slow.answer();
    expect(fetcher.get(1n)?.peer, "the first answer stays").to.equal(quick.peer);
    fetcher.dropBelow(65n);
    clock.ms = 2_100;
    fetcher.fill(1n, 64n);
    expect([asked.at(-1)?.peer, failed]).to.deep.equal([quick.peer, []]);
  });

  it("asks somebody else for what a peer did not send, whatever it did instead", async () => {
    const bad: readonly (readonly [string, (a: Asked) => Promise<void>, string])[] = [
      ["nothing", (a) => a.answer(0), "not-found"],
      ["more than was asked for", (a) => a.answer(65), "not-found"],
      ["bytes that are no answer", (a) => a.answerWith(Uint8Array.of(0xff, 0xff, 0xff)), "malformed"],
      ["silence", (a) => a.fail(new EdgeFailure("timeout", "no answer")), "timeout"],
      ["hanging up", (a) => a.fail(new EdgeFailure("unreachable", "gone")), "unreachable"],
    ];
    for (const [what, act, code] of bad) {
      const { asked, failed, fetcher } = create({ a: 64n, b: 64n });
      fetcher.fill(1n, 64n);
      const [first] = asked as [Asked];
      await act(first);
      expect(failed, what).to.deep.equal([`${first.peer} ${code}`]);
      fetcher.fill(1n, 64n);
      expect([asked[1]?.from, asked[1]?.peer === first.peer], what).to.deep.equal([1n, false]);
    }
  });

  it("keeps what is here when all peers leave, and goes on when one comes", async () => {
    const { asked, peers, fetcher } = create({ a: 200n });
    fetcher.fill(1n, 200n);
    await asked[0]?.answer();
    peers.forget("a");
    await asked[1]?.fail(new EdgeFailure("unreachable", "gone"));
    fetcher.fill(1n, peers.best());
    expect([asked.length, fetcher.underWay, fetcher.get(64n)?.peer]).to.deep.equal([2, 0, "a"]);
    peers.claim("b", { top: 200n, base: toHeight(1n) });
    fetcher.fill(1n, peers.best());
    expect(ranges(asked.slice(2))).to.deep.equal(["b 65+64", "b 129+64"]);
  });

  it("forgets all that a liar sent, and asks again", async () => {
    const { asked, peers, fetcher } = create({ a: 128n, b: 128n });
    fetcher.fill(1n, 128n);
    for (const one of asked.slice()) await one.answer();
    const liar = asked[0]?.peer ?? "";
    fetcher.dropOf(liar);
    peers.avoid(liar);
    fetcher.fill(1n, 128n);
    expect([asked.length, asked[2]?.from, asked[2]?.peer === liar]).to.deep.equal([3, 1n, false]);
  });

  it("says nothing of answers that come after the end", async () => {
    const { asked, failed, abort, fetcher } = create({ a: 64n });
    fetcher.fill(1n, 64n);
    abort.abort();
    await asked[0]?.fail(new EdgeFailure("aborted", "stopped"));
    expect(failed).to.deep.equal([]);
  });
});
