import { expect } from "chai";
import fc from "fast-check";
import { encodeBlock, headerHash, makePartSet } from "../../chain/block/index.js";
import { EMPTY_BYTES, toHex, toUpperHex } from "../../chain/primitives/index.js";
import { EdgeFailure } from "../errors.js";
import { readConsensusState } from "./read-consensus.js";
import { readBlock, readBroadcast, readConsensusParams, readNetwork, readResults, readSignedHeader, readStatus, readUnconfirmed, readValidatorPage } from "./read-json.js";
import { recordedAnswers } from "./testkit/recorded.js";

const answers = recordedAnswers();

/** Everything in a value, with one leaf replaced. */
function spoil(value: unknown, at: number, by: unknown): { readonly value: unknown; readonly leaves: number } {
  let leaves = 0;
  const walk = (v: unknown): unknown => {
    if (Array.isArray(v)) return v.map(walk);
    if (typeof v === "object" && v !== null) return Object.fromEntries(Object.entries(v).map(([key, inner]) => [key, walk(inner)]));
    return leaves++ === at ? by : v;
  };
  return { value: walk(value), leaves };
}

const READERS: readonly (readonly [string, (answer: unknown) => unknown, unknown])[] = [
  ["block", readBlock, answers.blocks[5]],
  ["commit", readSignedHeader, answers.commits[5]],
  ["block_results", readResults, answers.results[5]],
  ["validators", readValidatorPage, answers.validators[0]],
  ["consensus_params", readConsensusParams, answers.params[0]],
  ["status", readStatus, answers.status],
  ["dump_consensus_state", readConsensusState, answers.dump],
  ["net_info", readNetwork, { listening: true, listeners: ["Listener(@)"], n_peers: "1", peers: [{ node_info: { id: "ab", listen_addr: "tcp://127.0.0.1:1", moniker: "m" }, is_outbound: true, remote_ip: "127.0.0.1" }] }],
  ["broadcast_tx_sync", readBroadcast, { code: 0, data: "", log: "", codespace: "", hash: "00" }],
  ["unconfirmed_txs", readUnconfirmed, { n_txs: "1", total: "1", total_bytes: "3", txs: ["AQID"] }],
];

describe("CometBFT's answers", () => {
  it("give blocks that are byte for byte those that CometBFT cut into parts", () => {
    for (const answer of answers.blocks) {
      const { id, block } = readBlock(answer);
      expect(toHex(headerHash(block.header))).to.equal(toHex(id.hash));
      expect(makePartSet(encodeBlock(block)).header).to.deep.equal(id.parts);
    }
  });

  it("give results with every event", () => {
    const { txResults, appHash } = readResults(answers.results[5]);
    const sent = txResults[1];
    expect(sent?.code).to.equal(0);
    expect(sent?.gasUsed).to.be.greaterThan(0);
    expect(sent?.events.map(({ type }) => type)).to.include("transfer");
    expect(sent?.events[0]?.attributes[0]).to.have.keys("key", "value", "index");
    expect(appHash).to.have.length(32);
  });

  it("give changes of validators and parameters, with what Go leaves out when it is zero", () => {
    const key = { Sum: { type: "tendermint.crypto.PublicKey_Ed25519", value: { ed25519: `${"A".repeat(43)}=` } } };
    const changed = {
      height: "1",
      txs_results: null,
      finalize_block_events: [{ type: "e", attributes: [{ key: "k", value: "v" }] }, { type: "bare" }],
      validator_updates: [{ pub_key: key, power: "5" }, { pub_key: key }],
      consensus_param_updates: { block: { max_bytes: "7", max_gas: "-1" }, evidence: { max_age_num_blocks: "1", max_age_duration: "2" }, validator: { pub_key_types: ["ed25519"] }, version: {}, abci: {} },
      app_hash: "AA==",
    };
    const { validatorUpdates, consensusParamUpdates, events } = readResults(changed);
    expect(validatorUpdates.map(({ power }) => power)).to.deep.equal([5n, 0n]);
    expect(consensusParamUpdates).to.deep.equal({
      block: { maxBytes: 7n, maxGas: -1n },
      evidence: { maxAgeNumBlocks: 1n, maxAgeDurationNs: 2n, maxBytes: 0n },
      validator: { pubKeyTypes: ["ed25519"] },
      version: { app: 0n },
      abci: { voteExtensionsEnableHeight: 0n },
    });
    expect(events).to.deep.equal([
      { type: "e", attributes: [{ key: "k", value: "v", index: false }] },
      { type: "bare", attributes: [] },
    ]);
  });

  it("give the place of consensus, with as much of each vote as CometBFT prints", () => {
    const dump = structuredClone(answers.dump) as { round_state: Record<string, unknown> & { validators: { validators: { address: string }[] } } };
    const address = dump.round_state.validators.validators[0]?.address ?? "";
    const hash = "AB".repeat(32);
    const id = { hash, parts: { total: 1, hash: "CD".repeat(32) } };
    const text = (type: string, short: string, block: string): string =>
      `Vote{0:${address.slice(0, 12)} 9/02/SIGNED_MSG_TYPE_${type}(${short}) ${block} 01993BB4B99F 000000000000 @ 2026-11-21T16:33:15.224901185Z}`;
    dump.round_state["proposal"] = { Type: 32, height: "9", round: 2, pol_round: -1, block_id: id, timestamp: "2026-11-21T16:33:15Z", signature: "AAAA" };
    dump.round_state["votes"] = [{ round: 2, prevotes: [text("PREVOTE", "Prevote", hash.slice(0, 12))], prevotes_bit_array: "", precommits: [text("PRECOMMIT", "Precommit", "000000000000")], precommits_bit_array: "" }];
    const { votes, proposal, validators, lockedRound } = readConsensusState(dump);
    const [round] = votes;
    expect(round?.round).to.equal(2);
    expect(toUpperHex(round?.prevotes[0]?.blockId?.hash ?? EMPTY_BYTES)).to.equal(hash);
    expect(round?.prevotes[0]).to.include({ type: "prevote", height: 9n, round: 2, index: 0 });
    expect(toUpperHex(round?.prevotes[0]?.signature ?? EMPTY_BYTES)).to.equal("01993BB4B99F");
    expect(round?.precommits[0]?.blockId).to.equal(null);
    expect(toUpperHex(proposal)).to.equal(hash);
    expect(toUpperHex(validators.proposer.address)).to.equal(address);
    expect(lockedRound).to.equal(-1);
  });

  for (const [name, read, good] of READERS) {
    it(`of ${name} are read or refused, whatever one field of them holds`, () => {
      read(good);
      const { leaves } = spoil(good, -1, null);
      fc.assert(
        fc.property(fc.integer({ min: 0, max: leaves - 1 }), fc.oneof(fc.string(), fc.integer(), fc.constant(null), fc.constant({}), fc.constant([]), fc.double()), (at, by) => {
          try {
            read(spoil(good, at, by).value);
          } catch (error) {
            expect(error).to.be.instanceOf(EdgeFailure);
          }
        }),
        { numRuns: 150 },
      );
      for (const nothing of [undefined, null, 3, "text", [], {}]) expect(() => read(nothing)).to.throw(EdgeFailure);
    });
  }
});
