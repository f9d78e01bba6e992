import { expect } from "chai";
import { utf8 } from "../../chain/primitives/index.js";
import { TestHosts, connected, openChannel, testPeerId, until } from "./testkit/hosts.js";
import type { ChannelOptions, Verdict } from "./types.js";

describe("a direct channel", () => {
  const hosts = new TestHosts();
  afterEach(() => hosts.stop());

  /** Two connected hosts sharing the channel `votes`; the second host receives with `options`. */
  async function pair(options: Partial<ChannelOptions>, sending: Partial<ChannelOptions> = {}) {
    const receiver = hosts.create(1);
    const inbound = receiver.channel("votes", openChannel(options));
    await receiver.start();
    const sender = hosts.create(2, receiver.addresses());
    const outbound = sender.channel("votes", openChannel(sending));
    await sender.start();
    await connected(1, receiver, sender);
    return { receiver, sender, inbound, outbound };
  }

  it("delivers messages of every size in the order sent, to a peer that is named", async () => {
    const sizes = [0, 1, 127, 128, 65_536, 300_000, 1_000_000];
    const seen: [string, number, number][] = [];
    const { receiver, sender, outbound } = await pair({
      onMessage: (peer, bytes) => {
        seen.push([peer, bytes.length, bytes.at(-1) ?? 0]);
        return "accept";
      },
    });
    sizes.forEach((size, i) =>
      expect(outbound.send(receiver.selfId, new Uint8Array(size).fill(i))).to.equal(true),
    );
    await until("all have arrived", () => seen.length === sizes.length);
    expect(seen).to.deep.equal(sizes.map((size, i) => [sender.selfId, size, size === 0 ? 0 : i]));
    expect(receiver.stats().channels["votes"]).to.include({ received: 7, rejected: 0 });
  });

  it("broadcasts to every peer but the one it came from", async () => {
    const hub = hosts.create(1);
    const channel = hub.channel("votes", openChannel());
    await hub.start();
    const got: number[] = [];
    for (const n of [2, 3, 4]) {
      const leaf = hosts.create(n, hub.addresses());
      leaf.channel("votes", openChannel({ onMessage: () => (got.push(n), "accept") }));
      await leaf.start();
    }
    await connected(3, hub);
    expect(channel.broadcast(utf8("block part"), testPeerId(3))).to.equal(2);
    await until("two have it", () => got.length === 2);
    expect(got.toSorted((a, b) => a - b)).to.deep.equal([2, 4]);
  });

  it("says no, and drops, when the queue to a peer is full", async () => {
    const { receiver, sender, outbound } = await pair({}, { queue: { maxMessages: 3, maxBytes: 1000 } });
    const bytes = new Uint8Array(300);
    const results = Array.from({ length: 5 }, () => outbound.send(receiver.selfId, bytes));
    expect(results).to.deep.equal([true, true, true, false, false]);
    expect(outbound.send(testPeerId(9), bytes)).to.equal(false);
    expect(sender.stats().channels["votes"]).to.include({ sent: 3, dropped: 3 });
  });

  it("does not accept a message longer than the channel allows", async () => {
    const { receiver, outbound } = await pair({}, { maxBytes: 10 });
    expect(() => outbound.send(receiver.selfId, new Uint8Array(11))).to.throw(
      "longer than its channel allows",
    );
  });

  it("serves a peer one message at a time, and others meanwhile", async () => {
    const hub = hosts.create(1);
    const waiting: (() => void)[] = [];
    const order: string[] = [];
    hub.channel(
      "votes",
      openChannel({
        onMessage: async (peer): Promise<Verdict> => {
          order.push(peer);
          if (peer === testPeerId(2)) await new Promise<void>((resolve) => void waiting.push(resolve));
          return "accept";
        },
      }),
    );
    await hub.start();
    for (const n of [2, 3]) {
      const leaf = hosts.create(n, hub.addresses());
      const channel = leaf.channel("votes", openChannel());
      await leaf.start();
      await connected(1, leaf);
      channel.send(hub.selfId, utf8("1"));
      channel.send(hub.selfId, utf8("2"));
      await until(
        "served",
        () => order.filter((peer) => peer === testPeerId(n)).length === (n === 2 ? 1 : 2),
      );
    }
    expect(order.filter((peer) => peer === testPeerId(2))).to.have.length(1);
    waiting.forEach((release) => release());
    await until("the second message is served", () => waiting.length === 2);
    waiting.forEach((release) => release());
  });

  it("slows a peer down that sends above its rate, without penalty and without losing a message", async () => {
    let seen = 0;
    const { receiver, sender, outbound } = await pair({
      rate: { messagesPerSecond: 50, bytesPerSecond: 1_000_000 },
      onMessage: () => (seen++, "accept"),
    });
    for (let i = 0; i < 75; i += 1) outbound.send(receiver.selfId, utf8("x"));
    await until("all have arrived", () => seen === 75);
    expect(receiver.peers()[0]).to.include({ id: sender.selfId, penalty: 0 });
  });

  it("bans a peer after repeated rejected messages, and not after ignored ones", async () => {
    let verdict: "ignore" | "reject" = "ignore";
    const { receiver, sender, outbound } = await pair({ onMessage: () => verdict }, {});
    for (let i = 0; i < 20; i += 1) outbound.send(receiver.selfId, utf8("old"));
    await until("all are ignored", () => receiver.stats().channels["votes"]?.received === 20);
    expect(receiver.peers()[0]?.penalty).to.equal(0);
    verdict = "reject";
    for (let i = 0; i < 6; i += 1) outbound.send(receiver.selfId, utf8("bad"));
    await until("the peer is gone", () => receiver.peers().length === 0 && sender.peers().length === 0);
    expect(receiver.stats()).to.include({ bans: 1 });
    await until("it was refused when it came back", () => receiver.stats().refusedConnections > 0);
    expect(receiver.peers()).to.deep.equal([]);
  });

  it("disconnects only the peer whose message makes a handler throw, and takes it back later", async () => {
    let explode = true;
    const { receiver, sender, outbound } = await pair({
      onMessage: () => {
        if (explode) throw new TypeError("undefined is not a vote");
        return "accept";
      },
    });
    const witness = hosts.create(3, receiver.addresses());
    await witness.start();
    await connected(2, receiver);
    let dropped = 0;
    receiver.onPeer({ disconnected: (peer) => (dropped += peer === sender.selfId ? 1 : 0) });
    outbound.send(receiver.selfId, utf8("boom"));
    await until("the sender is dropped", () => dropped === 1);
    expect(receiver.peers().map((peer) => peer.id)).to.include(witness.selfId);
    explode = false;
    await connected(2, receiver);
    await connected(1, sender);
    await until("its messages arrive again", () => {
      outbound.send(receiver.selfId, utf8("fine"));
      return (receiver.stats().channels["votes"]?.received ?? 0) > 1;
    });
  });

  it("lets consensus messages overtake bulk data that waits for a slow reader", async () => {
    const order: string[] = [];
    const receiver = hosts.create(1);
    let release: () => void = () => undefined;
    const stuck = new Promise<void>((resolve) => (release = resolve));
    receiver.channel(
      "txs",
      openChannel({ onMessage: () => stuck.then(() => (order.push("bulk"), "accept")) }),
    );
    receiver.channel(
      "votes",
      openChannel({ priority: "consensus", onMessage: () => (order.push("vote"), "accept") }),
    );
    await receiver.start();
    const sender = hosts.create(2, receiver.addresses());
    const txs = sender.channel("txs", openChannel());
    const votes = sender.channel("votes", openChannel({ priority: "consensus" }));
    await sender.start();
    await connected(1, sender, receiver);
    for (let i = 0; i < 12; i += 1) txs.send(receiver.selfId, new Uint8Array(1_000_000));
    for (let i = 0; i < 10; i += 1) votes.send(receiver.selfId, utf8("vote"));
    await until("the votes are there", () => order.length === 10);
    expect(new Set(order)).to.deep.equal(new Set(["vote"]));
    release();
    await until("the bulk data follows", () => order.length === 22);
  });
});
