import { expect } from "chai";
import fc from "fast-check";
import { makePartSet } from "../../chain/block/index.js";
import type { Vote } from "../../chain/block/index.js";
import { Fault, equalBytes, toHeight, utf8 } from "../../chain/primitives/index.js";
import type { KvStore } from "../../chain/store/index.js";
import { testBlockId } from "../../chain/testkit/validators.js";
import { keyFromSeed } from "./key-file.js";
import { openSigner } from "./signer.js";
import { CLUSTER_CHAIN, Cluster, seedOf, txOf, until } from "./testkit/cluster.js";
import { decodeBits, decodeMessage, encodeBits, encodeMessage } from "./wire.js";
import type { GossipMessage } from "./wire.js";

const height = toHeight(3n);

describe("messages of the consensus channel", () => {
  const messages: readonly GossipMessage[] = [
    { kind: "parts-request", height, root: new Uint8Array(32).fill(1), total: 9, held: 0b101n },
    {
      kind: "summary",
      base: toHeight(1n),
      summary: {
        height,
        round: 2,
        step: "precommit",
        hasProposal: true,
        rounds: [
          {
            round: 1,
            prevotes: 0b1011n,
            precommits: 0n,
            polka: { blockId: null },
            commit: { blockId: testBlockId(3) },
          },
        ],
      },
    },
    { kind: "part", height, root: makePartSet(new Uint8Array(70_000)).header.hash, part: partOf(1) },
  ];

  function partOf(index: number): ReturnType<typeof makePartSet>["parts"][number] {
    const part = makePartSet(new Uint8Array(70_000)).parts[index];
    if (part === undefined) throw new TypeError("no such part");
    return part;
  }

  it("come back as they were", () => {
    for (const message of messages) expect(decodeMessage(encodeMessage(message))).to.deep.equal(message);
  });

  it("hold bit sets of any size up to their bound", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: (1n << 100n) - 1n }), (bits) => {
        expect(decodeBits(encodeBits(bits), 100)).to.equal(bits);
      }),
    );
    expect(() => decodeBits(encodeBits(1n << 100n), 100))
      .to.throw()
      .with.property("code", "malformed");
  });

  it("are refused with a coded error when bytes are changed, never with another", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...messages),
        fc.nat(),
        fc.integer({ min: 1, max: 255 }),
        (message, at, flip) => {
          const bytes = Uint8Array.from(encodeMessage(message));
          const i = at % bytes.length;
          bytes[i] = (bytes[i] ?? 0) ^ flip;
          try {
            decodeMessage(bytes);
          } catch (error) {
            expect(error).to.have.property("code");
          }
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe("an engine among bad peers and links", function () {
  this.timeout(120_000);
  let cluster: Cluster;

  beforeEach(() => {
    cluster = new Cluster();
  });

  afterEach(() => cluster.stopAll());

  it("rejects garbage and goes on", async () => {
    await cluster.startAll(4);
    const { p2p } = cluster.node(0);
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 200 }), async (bytes) => {
        await p2p.inject("peer3", "consensus", bytes);
      }),
      { numRuns: 100 },
    );
    expect(p2p.verdicts.reject).to.be.greaterThan(50);
    await cluster.reach(cluster.node(0).engine.latestHeight() + 2n);
  });

  it("rejects a vote with a forged signature or a place that is not its own", async () => {
    await cluster.startAll(4);
    const { engine, p2p } = cluster.node(0);
    const seen: Vote[] = [];
    const stop = engine.subscribe((e) => {
      if (e.kind === "vote" && e.vote.type === "prevote") seen.push(e.vote);
    });
    for (const spoil of [
      (v: Vote): Vote => ({ ...v, signature: v.signature.map((b, i) => (i === 5 ? b ^ 1 : b)), round: 1 }),
      (v: Vote): Vote => ({ ...v, index: (v.index + 1) % 4, round: 1 }),
      (v: Vote): Vote => ({ ...v, index: 9, round: 1 }),
    ]) {
      const before = p2p.verdicts.reject;
      await until("a rejection", () => {
        const last = seen.at(-1);
        if (last !== undefined && last.height === engine.latestHeight() + 1n)
          void p2p.inject("peer1", "consensus", encodeMessage({ kind: "vote", vote: spoil(last) }));
        return p2p.verdicts.reject > before;
      });
    }
    stop();
  });

  it("agrees when a third of all messages is lost", async () => {
    let n = 0;
    cluster.net.loss = () => n++ % 3 === 0;
    await cluster.startAll(4);
    await cluster.node(0).engine.pool.submit(txOf("alice", 0));
    await cluster.reach(6n);
    cluster.expectAgreement();
  });

  it("makes no block without two thirds, and goes on when they are back", async () => {
    await cluster.startAll(4);
    await cluster.reach(2n);
    const isCut = (id: string): boolean => id === "peer0" || id === "peer1";
    const lost = new Map<string, number>();
    cluster.net.loss = (from, to) => {
      const isLost = isCut(from) !== isCut(to);
      if (isLost) lost.set(from, (lost.get(from) ?? 0) + 1);
      return isLost;
    };
    /** Every node has told the other side ten times where it stands, and has come no further for all of it. */
    const spoken = async (): Promise<void> => {
      lost.clear();
      await until("all have spoken", () => cluster.nodes.every(({ p2p }) => (lost.get(p2p.selfId) ?? 0) >= 20));
    };
    await spoken(); // what was decided before the cut reaches the nodes of a side
    const stuck = cluster.nodes.map((n) => n.engine.latestHeight());
    await spoken();
    const tops = cluster.nodes.map((n) => n.engine.latestHeight());
    expect(tops).to.deep.equal(stuck);
    cluster.net.loss = () => false;
    await cluster.reach(tops.reduce((a, b) => (a > b ? a : b), 0n) + 3n);
    cluster.expectAgreement();
  });

  it("works along a chain of links, where most votes are passed on by others", async () => {
    const place = (id: string): number => Number(id.slice(4));
    cluster.net.loss = (from, to) => Math.abs(place(from) - place(to)) > 1;
    await cluster.startAll(4);
    await cluster.reach(4n);
    cluster.expectAgreement();
  });

  it("puts a double vote into a block as evidence, which the application hears of", async () => {
    await cluster.startAll(4);
    await cluster.reach(1n);
    const { engine, p2p } = cluster.node(0);
    const key = keyFromSeed(seedOf(2));
    const lied = new Set<bigint>();
    const stop = engine.subscribe((e) => {
      if (e.kind !== "vote" || e.vote.type !== "prevote" || !equalBytes(e.vote.validator, key.address))
        return;
      if (lied.has(e.vote.height)) return;
      lied.add(e.vote.height);
      const signer = openSigner({
        key,
        statePath: `${cluster.dir}/liar-${e.vote.height}-${e.vote.round}.json`,
        chainId: CLUSTER_CHAIN,
      });
      const lie = signer.signVote({ ...e.vote, blockId: testBlockId(9) }, false);
      if (lie !== null) void p2p.inject("peer2", "consensus", encodeMessage({ kind: "vote", vote: lie }));
    });
    const evidence = (): number => {
      let count = 0;
      for (let h = 1n; h <= engine.latestHeight(); h++)
        count += engine.block(toHeight(h))?.block.evidence.length ?? 0;
      return count;
    };
    await until("evidence in a block", () => evidence() > 0);
    stop();
    await cluster.reach(engine.latestHeight() + 2n);
    cluster.expectAgreement();
  });

  it("lets a validator's new power act two heights after the block that changed it", async () => {
    await cluster.startAll(4);
    await cluster.reach(1n);
    const { engine } = cluster.node(0);
    const key = Buffer.from(keyFromSeed(seedOf(1)).publicKey).toString("base64");
    await engine.pool.submit(txOf("gov", 0, `power:${key}:25`));
    await until("the update", () => cluster.node(0).app.applied === 1n);
    let at = 1n;
    while ((engine.results(toHeight(at))?.validatorUpdates.length ?? 0) === 0) at++;
    await cluster.reach(at + 4n);
    expect(engine.validators(toHeight(at + 1n))?.totalPower).to.equal(40n);
    expect(engine.validators(toHeight(at + 2n))?.totalPower).to.equal(55n);
    cluster.expectAgreement();
  });

  it("goes on without a validator that is jailed, which follows meanwhile, and with it when it returns", async () => {
    await cluster.startAll(4);
    await cluster.reach(1n);
    const { engine } = cluster.node(0);
    const key = Buffer.from(keyFromSeed(seedOf(1)).publicKey).toString("base64");
    const change = async (nonce: number, power: number): Promise<bigint> => {
      const from = engine.latestHeight();
      await engine.pool.submit(txOf("gov", nonce, `power:${key}:${power}`));
      await until("the update", () => cluster.node(0).app.applied === BigInt(nonce + 1));
      let at = from;
      while ((engine.results(toHeight(at))?.validatorUpdates.length ?? 0) === 0) at++;
      await cluster.reach(at + 5n);
      return at;
    };
    const left = await change(0, 0);
    expect(engine.validators(toHeight(left + 1n))?.validators).to.have.length(4);
    expect(engine.validators(toHeight(left + 2n))?.validators).to.have.length(3);
    expect(engine.commit(toHeight(left + 3n))?.commit.signatures, "nobody waits for its vote").to.have.length(3);
    const back = await change(1, 10);
    expect(engine.validators(toHeight(back + 2n))?.totalPower).to.equal(40n);
    cluster.expectAgreement();
  });

  it("answers queries by height about what is committed and nothing else", async () => {
    await cluster.startAll(4);
    await cluster.reach(3n);
    const { engine } = cluster.node(0);
    expect(engine.status()).to.have.nested.property("latest.height");
    expect(engine.commit(toHeight(1n))).to.have.property("isCanonical", true);
    expect(engine.block(toHeight(1n))?.block.lastCommit.signatures).to.deep.equal([]);
    expect(engine.heightOfHash(engine.block(toHeight(2n))?.id.hash ?? new Uint8Array(0))).to.equal(2n);
    expect(engine.block(toHeight(engine.latestHeight() + 5n))).to.equal(undefined);
    expect(engine.extendedCommit(toHeight(2n))?.signatures.some((s) => s.extension.length === 8)).to.equal(
      true,
    );
    expect((await engine.consensus()).validators.validators.length).to.equal(4);
  });
});

describe("an engine whose application breaks its promise", function () {
  this.timeout(120_000);

  it("stops with the reason when the application throws, wherever that is", async () => {
    for (const call of ["verifyVoteExtension", "finalizeBlock", "extendVote", "processProposal"] as const) {
      const cluster = new Cluster();
      await cluster.startAll(3);
      const node = await cluster.start(3);
      await cluster.reach(2n);
      node.app[call] = () => {
        throw new Fault(`broken ${call}`);
      };
      await until(`a stop in ${call}`, () => node.fatal instanceof Fault);
      expect(String(node.fatal)).to.contain(call);
      const height = cluster.node(0).engine.latestHeight();
      await cluster.reach(height + 2n, cluster.nodes.slice(0, 3));
      await cluster.stopAll();
    }
  });

  it("refuses to start when replay gives another application hash", async () => {
    const cluster = new Cluster();
    await cluster.startAll(4);
    await cluster.reach(3n);
    await cluster.stop(3);
    const wrapKv = (): KvStore => ({
      get: () => utf8(`["1",[["mallory","1"]],"1"]`),
      write: () => undefined,
    });
    const error: unknown = await cluster.start(3, { wrapKv }).catch((e: unknown) => e);
    expect(error).to.be.instanceOf(Fault);
    await cluster.stopAll();
  });
});
