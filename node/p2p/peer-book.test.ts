import { expect } from "chai";
import { PeerBook } from "./peer-book.js";

describe("the peer book", () => {
  let now = 1000;
  const create = (): PeerBook => {
    now = 1000;
    return new PeerBook({ banPenalty: 100, banMs: 60_000, fadePerSecond: 1, maxEntries: 3 }, () => now);
  };

  it("bans at the limit, once, for a time, and then starts the peer afresh", () => {
    const book = create();
    expect([book.penalize("a", 60), book.penalize("a", 40), book.penalize("a", 100)]).to.deep.equal([
      false,
      true,
      false,
    ]);
    expect(book.isBanned("a")).to.equal(true);
    now += 60_001;
    expect(book.isBanned("a")).to.equal(false);
    expect(book.penalize("a", 10)).to.equal(false);
  });

  it("forgives with time, down to nothing and no further", () => {
    const book = create();
    book.penalize("a", 50);
    now += 20_000;
    expect(book.penaltyOf("a")).to.equal(30);
    now += 60_000;
    expect(book.penaltyOf("a")).to.equal(0);
    book.penalize("a", 5);
    expect(book.penaltyOf("a")).to.equal(5);
  });

  it("does not ban for slow drops that fade in between", () => {
    const book = create();
    for (let i = 0; i < 50; i += 1) {
      expect(book.penalize("a", 20)).to.equal(false);
      now += 20_000;
    }
  });

  it("forgets the peer noted longest ago when it is full", () => {
    const book = create();
    for (const peer of ["a", "b", "c"]) book.ban(peer, 60_000);
    book.penalize("a", 1);
    book.ban("d", 60_000);
    expect(["a", "b", "c", "d"].map((peer) => book.isBanned(peer))).to.deep.equal([true, false, true, true]);
  });
});
