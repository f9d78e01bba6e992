import { expect } from "chai";
import type { Misbehavior } from "../../chain/abci/index.js";
import { toHeight, toHex, toTimeNs } from "../../chain/primitives/index.js";
import { keyFromSeed } from "./key-file.js";
import { Cluster, seedOf, txOf, until } from "./testkit/cluster.js";
import type { ClusterNode } from "./testkit/cluster.js";

const LIAR = 3;
const TWIN = 4;

/** What the applications were told of misbehaviour, height by height, each height once. */
function heard(node: ClusterNode): Map<bigint, readonly Misbehavior[]> {
  const told = new Map<bigint, readonly Misbehavior[]>();
  const { app } = node;
  const finalizeBlock = app.finalizeBlock.bind(app);
  app.finalizeBlock = (request) => {
    if (request.misbehavior.length > 0) told.set(request.height, request.misbehavior);
    return finalizeBlock(request);
  };
  return told;
}

describe("a validator that runs twice with one key", function () {
  this.timeout(120_000);

  it("is caught: consensus sees both votes, makes evidence of them, gossips it, and every application hears of the same", async () => {
    const cluster = new Cluster();
    try {
      await cluster.startAll(4);
      const told = [0, 1, 2].map((i) => heard(cluster.node(i)));
      await cluster.reach(2n);
      const twin = await cluster.start(TWIN, { keyOf: LIAR });
      // The two propose different blocks when it is their turn, and each votes for its own.
      const prepare = twin.app.prepareProposal.bind(twin.app);
      twin.app.prepareProposal = (request) => ({ txs: [...prepare(request).txs, txOf("twin", Number(request.height))] });
      await until("all three to hear of it", () => told.every((one) => one.size > 0), () => cluster.nodes.map((n) => String(n.engine.latestHeight())).join());
      await cluster.stop(TWIN);
      await cluster.stop(0);
      await cluster.start(0);
      const top = cluster.node(1).engine.latestHeight();
      await cluster.reach(top + 4n);
      cluster.expectAgreement();

      const { engine } = cluster.node(1);
      const { address } = keyFromSeed(seedOf(LIAR));
      const carried: string[] = [];
      for (let h = 1n; h <= engine.latestHeight(); h++) {
        for (const { voteA, voteB, time } of engine.block(toHeight(h))?.block.evidence ?? []) {
          expect([voteA.validator, voteB.validator].map(toHex)).to.deep.equal([toHex(address), toHex(address)]);
          expect(toHex(voteA.blockId?.hash ?? new Uint8Array(0))).to.not.equal(toHex(voteB.blockId?.hash ?? new Uint8Array(0)));
          expect(time).to.equal(engine.block(voteA.height)?.block.header.time ?? toTimeNs(0n, 0));
          carried.push(`${voteA.height}/${voteA.round}/${voteA.type}`);
        }
      }
      expect(carried.length).to.be.greaterThan(0);
      expect(new Set(carried).size, "each place once").to.equal(carried.length);
      for (const [height, misbehavior] of told[1] ?? []) {
        for (const { kind, validator, totalVotingPower } of misbehavior)
          expect([kind, toHex(validator.address), validator.power, totalVotingPower], `height ${height}`).to.deep.equal(["duplicate-vote", toHex(address), 10n, 40n]);
      }
    } finally {
      await cluster.stopAll();
    }
  });
});
