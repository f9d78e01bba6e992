/**
 * What users, clients and proposers may get wrong, each through the whole application: refused with a code and a text
 * that says why, and nothing lost: after the refusal the same account's good transaction works. docs/errors.md lists
 * these with the bad input that peers and sidecars send.
 */
import { expect } from "chai";
import { MsgSend } from "../../proto/gen/cosmos/bank/v1beta1.js";
import * as datanet from "../../proto/gen/openledger/datanet/v1.js";
import * as model from "../../proto/gen/openledger/modelfactory/v1.js";
import { MsgRequestInference } from "../../proto/gen/openledger/openlora/v1.js";
import type { Any } from "../../proto/gen/google/protobuf.js";
import { silentSource } from "../../chain/attest/index.js";
import { DEFAULT_CONSENSUS_PARAMS } from "../../chain/block/index.js";
import { fromJson, toJson } from "../../chain/codec/index.js";
import { sha256 } from "../../chain/crypto/index.js";
import { toHeight, toUopen, toVotingPower, u64be } from "../../chain/primitives/index.js";
import { TEST_CHAIN_ID, TEST_GENESIS_TIME, createTestChain } from "../../chain/testkit/chain.js";
import type { DeliverOptions, TestChain } from "../../chain/testkit/chain.js";
import { anyOf, createSigner, signTransaction } from "../../chain/testkit/signer.js";
import type { Signer } from "../../chain/testkit/signer.js";
import { createModules } from "../../modules/app.js";
import { contributionCommitment } from "../../modules/datanet/rules/commitment.js";
import { digestRows } from "../../modules/datanet/rules/blob.js";
import { buildGenesis } from "../../modules/genesis.js";

const owner = createSigner("owner");
const alice = createSigner("alice");
const user = createSigner("user");
const CID = `b${"afkrei".padEnd(57, "a")}a`;
const SALT = new Uint8Array(32).fill(3);
const params = { ...DEFAULT_CONSENSUS_PARAMS, abci: { voteExtensionsEnableHeight: 1n } };

/** A draft adapter from genesis: training one takes a sidecar. */
function appState(): Readonly<Record<string, unknown>> {
  const base = { owner: owner.text, name: "base", baseHash: new Uint8Array(32), configCid: CID, tokenizerCid: CID, weightsCid: CID, license: "MIT", royaltyPpm: 0 };
  const accounts = [owner, alice, user].map(({ address }) => ({ address, amount: toUopen(1_000_000_000n), from: "community" as const }));
  return buildGenesis({ time: TEST_GENESIS_TIME, validators: [], accounts, baseModels: [base] });
}

function start(withAttestation = false): TestChain {
  const { modules, accounts, fees, attest } = createModules(silentSource);
  const options = { modules, accounts, fees, appState: appState(), minGasPrice: { numerator: 1n, denominator: 1_000n } };
  return createTestChain(withAttestation ? { ...options, attest, params } : options);
}

/** "codespace/code: log" of a delivered transaction. */
function deliver(chain: TestChain, signer: Signer, messages: readonly Any[], options: DeliverOptions = { fee: 10_000n }): string {
  const { code, codespace, log } = chain.deliver(signer, messages, options);
  return code === 0 ? "ok" : `${codespace}/${code}: ${log}`;
}

function check(chain: TestChain, tx: Uint8Array): string {
  const { code, codespace, log } = chain.app.checkTx({ tx, kind: "new" });
  return code === 0 ? "ok" : `${codespace}/${code}: ${log}`;
}

const send = (from: Signer): Any => anyOf(MsgSend, { fromAddress: from.text, toAddress: user.text, amount: [{ denom: "uopen", amount: "1" }] });
const LICENSE = { spdx: "CC0-1.0", commercialUse: true, derivatives: true, expiresAt: 0n };
const createNet = anyOf(datanet.MsgCreateDatanet, datanet.MsgCreateDatanet.create({
  owner: owner.text, name: "letters", modality: datanet.Modality.MODALITY_TEXT, license: LICENSE, access: datanet.Access.ACCESS_OPEN,
}));
const publishNet = anyOf(datanet.MsgPublishDatanet, { owner: owner.text, datanetId: 1n });
const commit = anyOf(datanet.MsgCommitContribution, {
  contributor: alice.text,
  datanetId: 1n,
  commitment: contributionCommitment({ contributor: alice.address, datanetId: 1n, blobCid: CID, salt: SALT }),
  sponsor: "",
});
const reveal = (change: Partial<datanet.MsgRevealContribution> = {}): Any =>
  anyOf(datanet.MsgRevealContribution, {
    contributor: alice.text, contributionId: 1n, blobCid: CID, salt: SALT, rows: digestRows(["one row"]), ...change,
  });
const hyperparameters = {
  rank: 4, alpha: 16, targets: ["q"], rateNano: 1_000n, beta1Ppm: 900_000, beta2Ppm: 990_000, epsilonPico: 100_000n,
  batchSize: 8, steps: 8, sequenceLength: 32, seed: 1n, checkpointEvery: 4, maxTangents: 0,
};
const order = anyOf(model.MsgOrderTraining, {
  developer: owner.text, baseModelId: 1n, datasets: [{ datanetId: 1n, version: 1n }], hyperparameters, fee: "5000000", commercialUse: false, parentAdapterId: 0n,
});
const ask = (change: Partial<MsgRequestInference> = {}): Any =>
  anyOf(MsgRequestInference, {
    user: user.text, adapterId: 1n, prompt: "Why?", maxTokens: 4, sampling: { temperatureMilli: 0, topK: 0, seed: 0n },
    maxFee: "1000000", clientNonce: "n1", ...change,
  });

describe("bad input of users", () => {
  it("a wrong signature is refused, and the right one then works", () => {
    const chain = start();
    const tx = chain.sign(alice, [send(alice)], { fee: 10_000n });
    const forged = tx.with(tx.length - 1, (tx.at(-1) ?? 0) ^ 1);
    expect(check(chain, forged)).to.match(/^sdk\/4: .*signature verification failed/);
    expect(check(chain, tx)).to.equal("ok");
  });

  it("a wrong sequence is refused in the SDK's words", () => {
    const chain = start();
    const tx = chain.sign(alice, [send(alice)], { fee: 10_000n, sequence: 5n });
    expect(check(chain, tx)).to.equal("sdk/32: account sequence mismatch, expected 0, got 5: incorrect account sequence");
    expect(deliver(chain, alice, [send(alice)])).to.equal("ok");
  });

  it("too little fee is refused, and the text says what is missing", () => {
    const chain = start();
    expect(check(chain, chain.sign(alice, [send(alice)], { fee: 1n }))).to.match(
      /^sdk\/13: insufficient fees; got: 1uopen required: 10000uopen: insufficient fee/,
    );
  });

  it("another chain's transaction is refused", () => {
    const chain = start();
    const options = { chainId: `${TEST_CHAIN_ID}-other`, accountNumber: 12n, sequence: 0n, gas: 1_000_000n, fee: 10_000n };
    expect(check(chain, signTransaction(alice, [send(alice)], options))).to.match(/^sdk\/4: /);
  });

  it("bytes that are no transaction are refused", () => {
    const chain = start();
    expect(check(chain, Uint8Array.of(1, 2, 3))).to.match(/^sdk\/2: /);
  });

  it("a reveal without a commit, of another's commit, or of other rows is refused", () => {
    const chain = start();
    expect(deliver(chain, owner, [createNet, publishNet])).to.equal("ok");
    expect(deliver(chain, alice, [reveal()])).to.match(/^datanet\/11: .*contribution not found/);
    expect(deliver(chain, alice, [commit])).to.equal("ok");
    expect(deliver(chain, user, [reveal({ contributor: user.text })])).to.match(/^datanet\/12: /);
    expect(deliver(chain, alice, [reveal({ salt: new Uint8Array(32).fill(4) })])).to.match(/^datanet\/15: /);
  });

  it("an oversize row is refused", () => {
    const chain = start();
    deliver(chain, owner, [createNet, publishNet]);
    deliver(chain, alice, [commit]);
    const rows = digestRows(["x".repeat(100_000)]);
    expect(deliver(chain, alice, [reveal({ rows })])).to.match(/^datanet\/18: .*row is too long/);
  });

  it("training on a draft Datanet is refused, and the escrow stays where it was", () => {
    const chain = start();
    deliver(chain, owner, [createNet]);
    expect(deliver(chain, owner, [order])).to.match(/^modelfactory\/9: .*datanet is not published/);
    expect(deliver(chain, owner, [publishNet])).to.equal("ok");
    expect(deliver(chain, owner, [order])).to.match(/^modelfactory\/8: .*dataset version not found/);
  });

  it("an inference on an adapter that does not exist, or is not published, is refused", () => {
    const chain = start();
    expect(deliver(chain, user, [ask({ adapterId: 9n })])).to.match(/^openlora\/6: .*adapter not found/);
    const draft = draftAdapterChain();
    expect(deliver(draft, user, [ask()])).to.match(/^openlora\/7: .*adapter is not published/);
    const publish = anyOf(model.MsgPublishAdapter, { owner: owner.text, adapterId: 1n, name: "a", rateIn: "1000", rateOut: "1000" });
    expect(deliver(draft, owner, [publish])).to.equal("ok");
    expect(deliver(draft, user, [ask({ maxFee: "1" })])).to.match(/^openlora\/9: /);
  });
});

/** The same chain with a draft adapter, as a finished training leaves it. */
function draftAdapterChain(): TestChain {
  const { modules, accounts, fees } = createModules(silentSource);
  const state = appState();
  const genesis = fromJson(model.GenesisState, state["modelfactory"]);
  const adapter = model.Adapter.create({
    id: 1n, jobId: 1n, owner: owner.text, name: "a", baseModelId: 1n, datasets: [], adapterHash: new Uint8Array(32).fill(1),
    configCid: CID, weightsCid: CID, tangentsCid: CID, tangentRoot: new Uint8Array(32).fill(2), runtimeId: new Uint8Array(32).fill(3),
    status: model.AdapterStatus.ADAPTER_STATUS_DRAFT, rateIn: "0", rateOut: "0",
  });
  const withAdapter = toJson(model.GenesisState, { ...genesis, adapters: [adapter], nextAdapterId: 2n });
  return createTestChain({
    modules, accounts, fees, appState: { ...state, modelfactory: withAdapter }, minGasPrice: { numerator: 0n, denominator: 1n }, checkInvariants: false,
  });
}

describe("bad input of proposers and voters", () => {
  const commitInfo = (flag: "commit" | "absent") => ({
    round: 0,
    votes: [{ validator: { address: new Uint8Array(20), power: toVotingPower(1n) }, flag }],
  });

  function process(chain: TestChain, txs: readonly Uint8Array[]): string {
    return chain.app.processProposal({
      txs,
      proposedLastCommit: commitInfo("commit"),
      misbehavior: [],
      hash: sha256(u64be(2n)),
      height: toHeight(chain.height() + 1n),
      time: chain.time(),
      nextValidatorsHash: new Uint8Array(32),
      proposer: new Uint8Array(20),
    });
  }

  it("a proposal without the extended commit, or with garbage in its place, is rejected and never thrown", () => {
    const chain = start(true);
    chain.nextBlock();
    for (const txs of [[], [new Uint8Array(0)], [Uint8Array.of(255, 1, 2)], [chain.sign(alice, [send(alice)])]]) {
      expect(process(chain, txs)).to.equal("reject");
    }
  });

  it("a malformed vote extension is rejected; an empty one never is", () => {
    const chain = start(true);
    chain.nextBlock();
    const verify = (extension: Uint8Array): string =>
      chain.app.verifyVoteExtension({ hash: new Uint8Array(32), validator: new Uint8Array(20), height: toHeight(2n), extension });
    expect(verify(new Uint8Array(0))).to.equal("accept");
    expect(verify(Uint8Array.of(1, 2, 3))).to.equal("reject");
    expect(verify(new Uint8Array(2_000_000))).to.equal("reject");
  });
});
