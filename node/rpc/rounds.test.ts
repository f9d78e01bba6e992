import { expect } from "chai";
import type { Vote } from "../../chain/block/index.js";
import { EMPTY_BYTES, toAddress, toHeight, toTimeNs, toUpperHex } from "../../chain/primitives/index.js";
import { FakeChain } from "../../test/rpc/fake-chain.js";
import { startRpcNode } from "../../test/rpc/rpc-node.js";
import type { RpcNode } from "../../test/rpc/rpc-node.js";
import type { ConsensusState, NetInfo } from "./types.js";

/** A chain in the middle of round 1: two of three prevoted, one of them nil, and there is a proposal and a lock. */
class BusyChain extends FakeChain {
  override netInfo(): NetInfo {
    const peer = { id: "ab".repeat(20), address: "/ip4/203.0.113.7/tcp/26656/p2p/12D3KooW", isOutbound: true, moniker: "friend" };
    return { listeners: ["/ip4/127.0.0.1/tcp/26656"], peers: [peer] };
  }

  override consensus(): ConsensusState {
    const state = super.consensus();
    const { validators } = state.validators;
    const id = this.blocks[0]?.id ?? { hash: EMPTY_BYTES, parts: { total: 0, hash: EMPTY_BYTES } };
    const vote = (index: number, isNil: boolean): Vote => ({
      type: "prevote",
      height: state.height,
      round: 1,
      blockId: isNil ? null : id,
      time: toTimeNs(1_700_000_000n, 0),
      validator: validators[index]?.address ?? toAddress(new Uint8Array(20)),
      index,
      signature: new Uint8Array(64).fill(0xab),
      extension: EMPTY_BYTES,
      extensionSignature: EMPTY_BYTES,
    });
    const none = validators.map(() => null);
    return {
      ...state,
      round: 1,
      step: 4,
      votes: [
        { round: 0, prevotes: none, precommits: none },
        { round: 1, prevotes: [vote(0, false), vote(1, true), null], precommits: none },
      ],
      proposal: id.hash,
      proposalMessage: { height: toHeight(state.height), round: 1, polRound: 0, blockId: id, time: toTimeNs(1n, 0), signature: new Uint8Array(64).fill(1) },
      locked: id.hash,
      lockedRound: 0,
      valid: id.hash,
      validRound: 0,
    };
  }
}

describe("where consensus stands, through the RPC", () => {
  let node: RpcNode;
  before(async () => {
    node = await startRpcNode({}, new BusyChain());
    node.chain.commitBlock();
  });
  after(() => node.stop());

  it("is told in short with the votes of each round as explorers read them", async () => {
    const { round_state: state } = (await node.get("/consensus_state")).json.result;
    expect(state["height/round/step"]).to.equal("2/1/4");
    const round = state.height_vote_set[1];
    const [first, second, third] = round.prevotes as readonly string[];
    const { set } = node.chain.validatorsWithKeys;
    const short = toUpperHex((set.validators[0]?.address ?? EMPTY_BYTES).subarray(0, 6));
    expect(first).to.match(new RegExp(`^Vote\\{0:${short} 2/01/SIGNED_MSG_TYPE_PREVOTE\\(Prevote\\) [0-9A-F]{12} ABABABABABAB .*Z\\}$`));
    expect(second).to.contain("(Prevote)  ABABABABABAB");
    expect(third).to.equal("nil-Vote");
    expect(round.prevotes_bit_array).to.equal("BA{3:xx_} 50/60 = 0.83");
    expect(round.precommits_bit_array).to.equal("BA{3:___} 0/60 = 0.00");
    expect(state.locked_block_hash).to.equal(state.proposal_block_hash).and.to.match(/^[0-9A-F]{64}$/);
  });

  it("goes with the peers, in CometBFT's form", async () => {
    const { listening, n_peers, peers } = (await node.get("/net_info")).json.result;
    expect([listening, n_peers]).to.deep.equal([true, "1"]);
    expect(Object.keys(peers[0] as object)).to.deep.equal(["node_info", "is_outbound", "connection_status", "remote_ip"]);
    expect(peers[0]).to.include({ is_outbound: true, remote_ip: "203.0.113.7" });
    expect(peers[0].node_info).to.include({ id: "ab".repeat(20), moniker: "friend" });
  });

  it("is told in full with proposal, locks, the last commit and both validator sets", async () => {
    const { round_state: state, peers } = (await node.call("dump_consensus_state")).result;
    expect([state.height, state.round, state.step, state.locked_round, state.valid_round, state.commit_round]).to.deep.equal(["2", 1, 4, 0, 0, -1]);
    expect(state.proposal).to.include({ Type: 32, height: "2", round: 1, pol_round: 0 });
    expect(state.last_commit.votes_bit_array).to.equal("BA{3:xx_} 50/60 = 0.83");
    expect(state.last_commit.votes[2]).to.equal("nil-Vote");
    expect(state.last_validators.validators).to.have.length(3);
    expect(peers).to.deep.equal([{ node_address: `${"ab".repeat(20)}@/ip4/203.0.113.7/tcp/26656/p2p/12D3KooW`, peer_state: {} }]);
  });
});
