import { expect } from "chai";
import { parseUtf8, utf8 } from "../../chain/primitives/index.js";
import { isFailure } from "../errors.js";
import { TestHosts, connected, openTopic, until } from "./testkit/hosts.js";
import type { P2p, Topic, TopicOptions } from "./types.js";

describe("a gossip topic", () => {
  const hosts = new TestHosts();
  afterEach(() => hosts.stop());

  interface Node {
    readonly host: P2p;
    readonly topic: Topic;
    readonly seen: string[];
  }

  /** Hosts in a line, 1 - 2 - 3 ..., so that a message to the end must be forwarded. */
  async function line(...options: readonly Partial<TopicOptions>[]): Promise<Node[]> {
    const nodes: Node[] = [];
    for (const [i, own] of options.entries()) {
      const host = hosts.create(i + 1, nodes.at(-1)?.host.addresses() ?? []);
      const seen: string[] = [];
      const record: TopicOptions["onMessage"] = (_, bytes) => (
        seen.push(parseUtf8(bytes.subarray(0, 40))),
        "accept"
      );
      nodes.push({ host, topic: host.topic("txs", openTopic({ onMessage: record, ...own })), seen });
      await host.start();
    }
    await connected(1, ...nodes.map(({ host }) => host));
    return nodes;
  }
  const at = (nodes: readonly Node[], i: number): Node => {
    const node = nodes[i];
    if (node === undefined) throw new Error(`there is no node ${i}`);
    return node;
  };

  /** Publishes fresh messages until one has reached the node: gossipsub learns subscriptions in its own time. */
  async function warm(from: Node, to: Node): Promise<void> {
    let n = 0;
    await until("gossip flows", () => {
      if (n++ % 10 === 0) void from.topic.publish(utf8(`warm ${n}`)).catch(() => undefined);
      return to.seen.some((text) => text.startsWith("warm"));
    });
  }

  it("carries a message over a node in between, once", async () => {
    const nodes = await line({}, {}, {});
    await warm(at(nodes, 0), at(nodes, 2));
    await at(nodes, 0).topic.publish(utf8("batch"));
    expect(await at(nodes, 0).topic.publish(utf8("batch"))).to.equal(0);
    await until("it has arrived", () => at(nodes, 2).seen.includes("batch"));
    expect(at(nodes, 2).seen.filter((text) => text === "batch")).to.have.length(1);
    expect(at(nodes, 0).seen).not.to.include("batch");
  });

  it("stops a bad message at the first honest node, which bans its sender in the end", async () => {
    const isBad = (bytes: Uint8Array): boolean => parseUtf8(bytes).startsWith("bad");
    const seen: string[] = [];
    const honest: Partial<TopicOptions> = {
      onMessage: (_, bytes) => {
        if (isBad(bytes)) return "reject";
        seen.push(parseUtf8(bytes));
        return "accept";
      },
    };
    const nodes = await line({}, honest, {});
    await warm(at(nodes, 0), at(nodes, 2));
    for (let i = 0; i < 6; i += 1) await at(nodes, 0).topic.publish(utf8(`bad ${i}`));
    await until("the sender is banned", () => at(nodes, 1).host.stats().bans === 1);
    await until("it is gone", () => at(nodes, 1).host.peers().every(({ id }) => id !== at(nodes, 0).host.selfId));
    expect(at(nodes, 2).seen.filter((text) => text.startsWith("bad"))).to.deep.equal([]);
    await until("the other stays", () => at(nodes, 1).host.peers().some(({ id }) => id === at(nodes, 2).host.selfId));
  });

  it("does not publish what is too long, nor accept it from others", async () => {
    const nodes = await line({ maxBytes: 2000 }, { maxBytes: 100 });
    const tooLong = await at(nodes, 1)
      .topic.publish(new Uint8Array(101))
      .catch((error: unknown) => error);
    expect(isFailure(tooLong, "too-large")).to.equal(true);
    await warm(at(nodes, 0), at(nodes, 1));
    await at(nodes, 0).topic.publish(utf8("long".repeat(100)));
    await until("it is rejected", () => at(nodes, 1).host.stats().topics["txs"]?.rejected === 1);
    expect(at(nodes, 1).seen.some((text) => text.startsWith("long"))).to.equal(false);
  });

  it("ignores what a peer sends above its rate", async () => {
    const nodes = await line({}, { rate: { messagesPerSecond: 1, bytesPerSecond: 100_000 } });
    await warm(at(nodes, 0), at(nodes, 1));
    for (let i = 0; i < 40; i += 1) await at(nodes, 0).topic.publish(utf8(`many ${i}`));
    await until("some are dropped", () => (at(nodes, 1).host.stats().topics["txs"]?.dropped ?? 0) > 20);
    expect(at(nodes, 1).host.stats().bans).to.equal(0);
  });

  it("disconnects a peer whose message makes the handler throw, and lives on", async () => {
    const nodes = await line(
      {},
      {
        onMessage: (_, bytes) => {
          if (parseUtf8(bytes) === "boom") throw new RangeError("offset out of range");
          nodes[1]?.seen.push(parseUtf8(bytes));
          return "accept";
        },
      },
    );
    await warm(at(nodes, 0), at(nodes, 1));
    let left = 0;
    at(nodes, 1).host.onPeer({ disconnected: () => (left += 1) });
    await at(nodes, 0).topic.publish(utf8("boom"));
    await until("the sender is dropped", () => left === 1);
    await connected(1, at(nodes, 1).host);
  });

  it("cannot be published on before start or after stop", async () => {
    const host = hosts.create(1);
    const topic = host.topic("txs", openTopic());
    const early = await topic.publish(utf8("x")).catch((error: unknown) => error);
    expect(isFailure(early, "not-running")).to.equal(true);
    await host.start();
    expect(await topic.publish(utf8("x"))).to.equal(0);
    await host.stop();
    const late = await topic.publish(utf8("y")).catch((error: unknown) => error);
    expect(isFailure(late, "not-running")).to.equal(true);
  });
});
