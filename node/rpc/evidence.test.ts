import { ed25519 } from "@noble/curves/ed25519.js";
import { expect } from "chai";
import fc from "fast-check";
import { makeDuplicateVoteEvidence, voteSignBytes } from "../../chain/block/index.js";
import type { Evidence, Vote } from "../../chain/block/index.js";
import { sha256 } from "../../chain/crypto/index.js";
import { EMPTY_BYTES, Reject, toHeight, toTimeNs, utf8 } from "../../chain/primitives/index.js";
import { TEST_CHAIN } from "../../chain/testkit/validators.js";
import { startRpcNode } from "../../test/rpc/rpc-node.js";
import type { RpcNode } from "../../test/rpc/rpc-node.js";
import { evidenceJson } from "./json-chain.js";
import { hashOfEvidence, parseEvidenceJson } from "./json-evidence.js";

describe("evidence through the RPC", () => {
  let node: RpcNode;
  let evidence: Evidence;
  const taken: Evidence[] = [];

  before(async () => {
    node = await startRpcNode();
    node.chain.commitBlock();
    const { set, keys } = node.chain.validatorsWithKeys;
    const [validator] = set.validators;
    const secret = keys[0]?.secret;
    if (validator === undefined || secret === undefined) throw new Error("no validators");
    const vote = (seed: string): Vote => {
      const hash = sha256(utf8(seed));
      const unsigned: Vote = {
        type: "precommit",
        height: toHeight(1n),
        round: 0,
        blockId: { hash, parts: { total: 1, hash } },
        time: toTimeNs(1_700_000_000n, 5),
        validator: validator.address,
        index: 0,
        signature: EMPTY_BYTES,
        extension: EMPTY_BYTES,
        extensionSignature: new Uint8Array(64).fill(1),
      };
      return { ...unsigned, signature: ed25519.sign(voteSignBytes(TEST_CHAIN, unsigned), secret) };
    };
    evidence = makeDuplicateVoteEvidence(vote("one"), vote("two"), { validators: set, time: toTimeNs(1_700_000_001n, 0) });
    node.chain.onEvidence = (given) => void taken.push(given);
  });
  after(() => node.stop());

  it("reaches the node as it was written in a block, and is answered with its hash", async () => {
    const { result } = await node.call("broadcast_evidence", { evidence: evidenceJson(evidence) });
    expect(taken).to.deep.equal([evidence]);
    expect(result).to.deep.equal({ hash: Buffer.from(hashOfEvidence(evidence)).toString("hex").toUpperCase() });
  });

  it("is refused in CometBFT's words when it convicts nobody", async () => {
    node.chain.onEvidence = () => {
      throw new Reject("comet", 12, "voter is not in the set");
    };
    const { error } = await node.call("broadcast_evidence", [evidenceJson(evidence)]);
    expect([error.code, error.data]).to.deep.equal([-32603, "failed to add evidence: voter is not in the set"]);
    const one = { type: "tendermint/DuplicateVoteEvidence", value: { vote_a: {} } };
    const missing = (await node.call("broadcast_evidence", { evidence: one })).error.data;
    expect(missing).to.equal("evidence.ValidateBasic failed: one or both of the votes are empty Vote, nil-Vote");
    const attack = { type: "tendermint/LightClientAttackEvidence", value: {} };
    expect((await node.call("broadcast_evidence", { evidence: attack })).error.data).to.match(/^failed to add evidence/);
  });

  it("never fails other than with a code, whatever is sent", () => {
    const leaf = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.constant({}), fc.constant([]));
    const fields = ["type", "height", "round", "block_id", "timestamp", "validator_address", "validator_index", "signature", "extension"];
    const vote = fc.dictionary(fc.constantFrom(...fields), leaf);
    const value = fc.dictionary(fc.constantFrom("vote_a", "vote_b", "TotalVotingPower", "ValidatorPower", "Timestamp"), fc.oneof(vote, leaf));
    const type = fc.constantFrom("tendermint/DuplicateVoteEvidence", "tendermint/LightClientAttackEvidence", "other");
    fc.assert(
      fc.property(fc.oneof(leaf, fc.record({ type, value: fc.oneof(value, leaf) })), (given) => {
        try {
          parseEvidenceJson(given);
        } catch (error) {
          expect(error).to.have.property("name", "RpcError");
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
