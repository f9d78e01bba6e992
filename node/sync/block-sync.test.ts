import { expect } from "chai";
import {
  decodeBlock,
  decodeExtendedCommit,
  encodeBlock,
  encodeExtendedCommit,
  toCommit,
  toExtendedCommit,
} from "../../chain/block/index.js";
import { Reject, toHeight } from "../../chain/primitives/index.js";
import { BlocksRequest, BlocksResponse } from "../../proto/gen/openledger/engine/v1.js";
import type { SyncBlock } from "../../proto/gen/openledger/engine/v1.js";
import { Cluster, CLUSTER_CHAIN, until } from "../engine/testkit/cluster.js";
import { encodeMessage } from "../engine/wire.js";
import { verifySyncBlock } from "./block-sync.js";

describe("block sync", function () {
  this.timeout(120_000);
  let cluster: Cluster;

  before(async () => {
    cluster = new Cluster();
    await cluster.startAll(3);
    await cluster.reach(12n);
  });

  after(() => cluster.stopAll());

  /** Block and commit of a height as an honest peer sends them. */
  function honest(height: bigint): SyncBlock {
    const { engine } = cluster.node(0);
    const stored = engine.block(toHeight(height));
    const commit = engine.extendedCommit(toHeight(height));
    if (stored === undefined || commit === undefined) throw new TypeError("not committed");
    return { block: encodeBlock(stored.block), commit: encodeExtendedCommit(commit) };
  }

  function verify(wire: SyncBlock, isLast = true): unknown {
    const validators = cluster.node(0).engine.validators(toHeight(5n));
    if (validators === undefined) throw new TypeError("no validators");
    const target = {
      height: toHeight(5n),
      validators,
      chainId: CLUSTER_CHAIN,
      isExtended: true,
      check: () => undefined,
    };
    try {
      verifySyncBlock(target, wire, isLast);
      return "accepted";
    } catch (error) {
      expect(error).to.be.instanceOf(Reject);
      return (error as Reject).code;
    }
  }

  it("accepts an honest block and refuses each lie with its code", () => {
    const good = honest(5n);
    const commit = decodeExtendedCommit(good.commit);
    const bare = encodeExtendedCommit(toExtendedCommit(toCommit(commit)));
    const forged = {
      ...commit,
      signatures: commit.signatures.map((s) =>
        s.flag === "commit" ? { ...s, signature: new Uint8Array(64) } : s,
      ),
    };
    const few = { ...commit, signatures: commit.signatures.slice(1) };
    const extended = {
      ...commit,
      signatures: commit.signatures.map((s) =>
        s.flag === "commit" ? { ...s, extension: new Uint8Array(3) } : s,
      ),
    };
    const other = decodeBlock(honest(6n).block);
    expect(verify(good)).to.equal("accepted");
    expect(verify({ ...good, commit: bare }, false), "a bare commit inside a range").to.equal("accepted");
    expect(verify({ ...good, commit: bare }, true), "a bare commit at the tip").to.equal(16);
    expect(verify({ ...good, commit: encodeExtendedCommit(forged) }), "forged signatures").to.equal(16);
    expect(verify({ ...good, commit: encodeExtendedCommit(few) }), "too few places").to.equal(10);
    expect(verify({ ...good, commit: encodeExtendedCommit(extended) }), "changed extensions").to.equal(16);
    expect(verify({ ...good, block: encodeBlock(other) }), "another block").to.equal(10);
    expect(verify({ ...good, block: good.block.slice(0, -1) }), "a torn block").to.equal(2);
  });

  it("brings a node that never ran up to the others, past a liar and a mute, and makes them pay", async () => {
    const claim = (height: bigint): Uint8Array =>
      encodeMessage({
        kind: "summary",
        base: toHeight(1n),
        summary: { height: toHeight(height), round: 0, step: "propose", hasProposal: false, rounds: [] },
      });
    const liar = cluster.net.create("liar");
    const mute = cluster.net.create("mute");
    for (const bad of [liar, mute]) {
      const channel = bad.channel("consensus", {
        maxBytes: 1e6,
        priority: "consensus",
        queue: { maxMessages: 9, maxBytes: 1e6 },
        onMessage: () => "ignore",
      });
      bad.requests("sync", {
        maxRequestBytes: 64,
        maxResponseBytes: 1e6,
        timeoutMs: 1_000,
        concurrency: 1,
        handler: (_peer, bytes) => {
          if (bad === mute) return Promise.resolve(BlocksResponse.encode({ blocks: [] }));
          const { height } = BlocksRequest.decode(bytes);
          const at = height < 10n ? height : 9n;
          const { commit } = honest(at);
          return Promise.resolve(
            BlocksResponse.encode({ blocks: [{ block: honest(at + 1n).block, commit }] }),
          );
        },
      });
      await bad.start();
      setInterval(() => channel.send("peer3", claim(1_000_000n)), 20).unref();
    }
    const late = await cluster.start(3);
    await cluster.reach(12n, [late]);
    await until("both to pay", () =>
      ["liar", "mute"].every((id) => late.p2p.penalties.some((p) => p.peer === id)),
    );
    await liar.stop();
    await mute.stop();
    await cluster.reach(cluster.node(0).engine.latestHeight() + 3n);
    cluster.expectAgreement();
    await until("nobody to be behind", () => !late.engine.status().isCatchingUp);
  });

  it("lets a validator that has just synchronized propose", async () => {
    await cluster.stop(3);
    await cluster.reach(cluster.node(0).engine.latestHeight() + 5n);
    const late = await cluster.start(3);
    const { engine } = cluster.node(0);
    const from = engine.latestHeight();
    const address = Buffer.from(late.engine.status().validator?.address ?? []).toString("hex");
    const proposed = (): boolean => {
      for (let h = from + 1n; h <= engine.latestHeight(); h++) {
        const proposer = engine.block(toHeight(h))?.block.header.proposer ?? new Uint8Array(0);
        if (Buffer.from(proposer).toString("hex") === address) return true;
      }
      return false;
    };
    await until("a block of the late validator", proposed);
    expect(late.fatal).to.equal(undefined);
    cluster.expectAgreement();
  });
});
