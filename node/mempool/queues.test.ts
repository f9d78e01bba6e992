import { expect } from "chai";
import { Queues } from "./queues.js";
import type { Entry } from "./queues.js";

let arrivals = 0;
const entry = (account: string, sequence: number | "u", priority: number, bytes = 1): Entry => {
  const number = arrivals++;
  const isUnordered = sequence === "u";
  return {
    key: `${account}/${sequence}/${number}`,
    tx: new Uint8Array(bytes),
    account,
    isUnordered,
    sequence: isUnordered ? 0n : BigInt(sequence),
    priority: BigInt(priority),
    gasWanted: 1n,
    number,
    height: 0n,
  };
};

function full(...entries: Entry[]): Queues {
  const queues = new Queues({ maxTxs: entries.length, maxBytes: entries.reduce((n, e) => n + e.tx.length, 0) });
  for (const e of entries) queues.add(e);
  return queues;
}

const newcomer = (account: string, priority: number, bytes = 1) => ({
  account,
  isUnordered: false,
  priority: BigInt(priority),
  bytes,
});

describe("the queues of the mempool", () => {
  it("make room by dropping the cheapest, the latest among equals, and only for more", () => {
    const early = entry("a", 0, 2);
    const cheap = entry("b", 0, 2);
    const queues = full(early, cheap, entry("c", 0, 3));
    expect(queues.makeRoom(newcomer("d", 2))).to.equal(undefined);
    expect(queues.makeRoom(newcomer("d", 3))).to.deep.equal([cheap]);
    expect(queues.size).to.equal(2);
  });

  it("drop the last of an account, worth no more than what it waits behind", () => {
    const rich = entry("a", 1, 100);
    const queues = full(entry("a", 0, 1), rich, entry("b", 0, 5));
    expect(queues.makeRoom(newcomer("c", 4))).to.deep.equal([rich]);
  });

  it("count a newcomer for no more than what it would wait behind, and never drop for it what it follows", () => {
    const queues = full(entry("a", 0, 1), entry("b", 0, 5));
    expect(queues.makeRoom(newcomer("a", 100))).to.equal(undefined);
  });

  it("see that a transaction is worth more once the cheap one before it was taken", () => {
    const first = entry("a", 0, 1);
    const queues = full(first, entry("a", 1, 9), entry("b", 0, 5), entry("c", 0, 7));
    queues.remove(first.key);
    queues.add(entry("d", 0, 8));
    expect(queues.makeRoom(newcomer("e", 9))?.map((e) => e.account)).to.deep.equal(["b"]);
  });

  it("change nothing when too little room can be made", () => {
    const queues = full(entry("a", 0, 1, 3), entry("b", 0, 1, 3), entry("c", 0, 9, 3));
    const before = [...queues.inOrder()].map((e) => e.key);
    expect(queues.makeRoom(newcomer("d", 5, 7))).to.equal(undefined);
    expect([...queues.inOrder()].map((e) => e.key)).to.deep.equal(before);
    expect(queues.makeRoom(newcomer("d", 5, 6))).to.have.length(2);
    expect([queues.size, queues.bytes]).to.deep.equal([1, 3]);
  });

  it("take transactions without order one by one, whatever else their account has waiting", () => {
    const loose = entry("a", "u", 50);
    const queues = full(entry("a", 0, 1), loose, entry("b", 0, 20));
    expect([...queues.inOrder()].map((e) => e.priority)).to.deep.equal([50n, 20n, 1n]);
    expect(queues.withFollowers(loose)).to.deep.equal([loose]);
    expect(queues.countOf("a")).to.equal(2);
  });

  it("stay as small as what waits, however often it changes", () => {
    const queues = new Queues({ maxTxs: 10, maxBytes: 100 });
    for (let i = 0; i < 20_000; i++) {
      const e = entry(`s${i % 7}`, i, i % 5);
      queues.add(e);
      queues.remove(e.key);
    }
    expect([queues.size, queues.bytes, queues.accounts()]).to.deep.equal([0, 0, []]);
  });
});
