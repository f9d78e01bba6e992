import { expect } from "chai";
import { MsgPublishDatanet, MsgPublishDatanetResponse } from "../proto/gen/openledger/datanet/v1.js";
import { QueryValidatorsRequest, QueryValidatorsResponse } from "../proto/gen/cosmos/staking/v1beta1.js";
import { DEFAULT_CONSENSUS_PARAMS } from "../chain/block/index.js";
import { parseAddress } from "../chain/codec/index.js";
import { ed25519Address } from "../chain/crypto/index.js";
import { messageRoute, storeNames } from "../chain/kernel/index.js";
import type { AttestHooks, Module } from "../chain/kernel/index.js";
import { Fault, Reject, toHeight, toUopen, toVotingPower, utf8 } from "../chain/primitives/index.js";
import { createMemoryKv, openMultiStore } from "../chain/store/index.js";
import { TEST_GENESIS_TIME, createTestChain } from "../chain/testkit/chain.js";
import type { TestChain, TestChainOptions } from "../chain/testkit/chain.js";
import { anyOf, createSigner } from "../chain/testkit/signer.js";
import { createTestTasks } from "../chain/testkit/tasks.js";
import { createCoreModules } from "./app.js";
import { buildGenesis } from "./genesis.js";

const alice = createSigner("alice");
const key = new Uint8Array(32).fill(9);
const validator = { operator: alice.address, publicKey: key, power: 10n, moniker: "one" };

/** What a message of the stub does, by its number. */
const ACTS: Readonly<Record<string, () => never>> = {
  "1": () => {
    throw new TypeError(`engine text ${Math.random()}`);
  },
  "2": () => {
    throw new Fault("broken promise");
  },
  "3": () => {
    throw new Reject("stub", 7, "no");
  },
};

function stub(more: Partial<Module> = {}): Module {
  const publish = messageRoute({
    request: MsgPublishDatanet,
    response: MsgPublishDatanetResponse,
    parse: (wire) => wire,
    signers: (wire) => [parseAddress(wire.owner)],
    handle(ctx, wire) {
      ctx.store("stub").set(Uint8Array.of(1), Uint8Array.of(1));
      ACTS[wire.datanetId.toString()]?.();
      return {};
    },
  });
  const genesis = { defaults: () => ({}), init: () => [], export: () => ({}) };
  return { name: "stub", messages: [publish], queries: [], genesis, invariants: [], tasks: [], ...more };
}

function start(module = stub(), more: Partial<TestChainOptions> = {}): TestChain {
  const core = createCoreModules();
  const accounts = [{ address: alice.address, amount: toUopen(1_000_000n), from: "community" as const }];
  const appState = buildGenesis({ time: TEST_GENESIS_TIME, validators: [validator], accounts });
  return createTestChain({
    modules: [...core.modules, module],
    accounts: core.auth,
    fees: core.token,
    appState,
    ...more,
  });
}

const act = (n: bigint) => anyOf(MsgPublishDatanet, { owner: alice.text, datanetId: n });
const request = (chain: TestChain) => ({
  misbehavior: [],
  height: toHeight(chain.height() + 1n),
  time: TEST_GENESIS_TIME,
  nextValidatorsHash: new Uint8Array(32),
  proposer: new Uint8Array(20),
});

describe("failures inside a block", () => {
  it("that nobody foresaw cost all the gas, show no engine text and leave no writes", () => {
    const chain = start();
    const result = chain.deliver(alice, [act(1n)], { gas: 123_456n });
    expect([result.codespace, result.code, result.gasUsed]).to.deep.equal(["undefined", 111222, 123_456n]);
    expect(result.log).to.not.contain("engine text");
    expect(chain.read().store("stub").has(Uint8Array.of(1))).to.equal(false);
  });

  it("of a module's own kind keep their code", () => {
    const result = start().deliver(alice, [act(3n)]);
    expect([result.codespace, result.code]).to.deep.equal(["stub", 7]);
  });

  it("that are our fault halt the node, also from a block hook that rejects", () => {
    expect(() => start().deliver(alice, [act(2n)])).to.throw(Fault, "broken promise");
    const rejecting = stub({
      beginBlock() {
        throw new Reject("stub", 9, "no");
      },
    });
    expect(() => start(rejecting).nextBlock()).to.throw(Fault, "a block hook rejected");
  });

  it("of an invariant name the sentence that broke", () => {
    const broken = stub({ invariants: [{ name: "water is dry", holds: () => ({ wet: 1n }) }] });
    expect(() => start(broken).nextBlock()).to.throw(Fault, "water is dry");
  });
});

describe("transaction 0", () => {
  const params = { ...DEFAULT_CONSENSUS_PARAMS, abci: { voteExtensionsEnableHeight: 1n } };
  const seen: string[] = [];
  const attest: AttestHooks = {
    prepare: (_, { maxBytes }) => (maxBytes > 100 ? utf8("votes") : undefined),
    process: (_, { tx }) => tx.length === 5,
    finalize: (ctx, { tx }) => void seen.push(`${ctx.block.height}:${tx.length}`),
    finish: (ctx) => void seen.push(`end ${ctx.block.height}`),
    extend: () => Uint8Array.of(1),
    verify: (_, { extension }) => (extension.length < 9 ? "accept" : "reject"),
  };

  it("is carried, judged and applied from the first block after extensions began, and runs as no transaction", () => {
    const chain = start(stub(), { params, attest });
    const lastCommit = { round: 0, votes: [] };
    const prepare = (maxTxBytes: number) =>
      chain.app.prepareProposal({ ...request(chain), maxTxBytes, txs: [], localLastCommit: lastCommit }).txs;
    const judge = (txs: readonly Uint8Array[]) =>
      chain.app.processProposal({
        ...request(chain),
        txs,
        hash: new Uint8Array(32),
        proposedLastCommit: lastCommit,
      });
    expect(prepare(1000)).to.deep.equal([]);
    expect(judge([])).to.equal("accept");
    chain.nextBlock();
    expect(prepare(1000)).to.deep.equal([utf8("votes")]);
    expect(prepare(50)).to.deep.equal([]);
    expect([judge([utf8("votes")]), judge([]), judge([utf8("no")])]).to.deep.equal([
      "accept",
      "reject",
      "reject",
    ]);
    const [zero] = chain.nextBlock([utf8("votes")]).txResults;
    expect([zero?.code, zero?.gasUsed]).to.deep.equal([0, 0n]);
    expect(seen).to.deep.equal(["end 1", "2:5", "end 2"]);
    const vote = { hash: new Uint8Array(32), validator: new Uint8Array(20), height: toHeight(3n) };
    expect(chain.app.verifyVoteExtension({ ...vote, extension: new Uint8Array(9) })).to.equal("reject");
    expect(chain.app.extendVote({ ...vote, round: 0 })).to.deep.equal(Uint8Array.of(1));
  });
});

describe("a node that restarts", () => {
  it("reports the last committed height and hash, and computes the next block as if nothing had happened", () => {
    const kv = createMemoryKv();
    const [one, other] = [start(stub(), { kv }), start()];
    for (const chain of [one, other]) chain.nextBlock([chain.sign(alice, [act(0n)])]);
    const state = openMultiStore({ kv, stores: storeNames([...createCoreModules().modules, stub()]) });
    expect([state.last.version, state.last.appHash]).to.deep.equal([1n, other.app.info().lastBlockAppHash]);
    expect(one.nextBlock().appHash).to.deep.equal(other.nextBlock().appHash);
  });
});

describe("staking", () => {
  it("hands the engine the validators of genesis, and finds them by consensus address", () => {
    const chain = start();
    chain.nextBlock();
    const { staking } = createCoreModules();
    const address = ed25519Address(key);
    expect(staking.byConsensusAddress(chain.read(), address)?.moniker).to.equal("one");
    expect(staking.operator(chain.read(), address)).to.deep.equal(alice.address);
    expect(staking.consensusKey(chain.read(), new Uint8Array(20))).to.equal(undefined);
    expect(staking.members(chain.read())).to.deep.equal([{ validator: address, power: toVotingPower(10n) }]);
    const data = QueryValidatorsRequest.encode({ status: "BOND_STATUS_BONDED", pagination: undefined });
    const answer = chain.app.query({
      path: "/cosmos.staking.v1beta1.Query/Validators",
      data,
      height: toHeight(0n),
      prove: false,
    });
    expect(QueryValidatorsResponse.decode(answer.value).validators[0]?.tokens).to.equal("10000000");
  });
});

describe("tasks in tests", () => {
  it("resolve one block after they open with what the test answers, or fail", () => {
    const { staking } = createCoreModules();
    const log: string[] = [];
    const kind = {
      kind: "k",
      maxValueBytes: 10,
      isValid: (value: Uint8Array) => value.length > 0,
      onResolved: (_: unknown, task: { id: bigint }, outcome: { value: Uint8Array }) =>
        void log.push(`${task.id}=${outcome.value.length}`),
      onFailed: (_: unknown, task: { id: bigint }) => void log.push(`${task.id} failed`),
    };
    const answer = ({ subject }: { subject: bigint }) => (subject === 1n ? utf8("yes") : undefined);
    const tasks = createTestTasks({ kinds: () => [kind], validators: staking, answer });
    const opening = stub({
      beginBlock(ctx) {
        if (ctx.block.height > 1n) return;
        for (const subject of [1n, 2n]) tasks.opener.open(ctx, { kind: "k", subject, payload: utf8("p") });
      },
    });
    const core = createCoreModules();
    const appState = buildGenesis({ time: TEST_GENESIS_TIME, validators: [validator], accounts: [] });
    const modules = [...core.modules, opening, tasks.module];
    const chain = createTestChain({ modules, accounts: core.auth, fees: core.token, appState });
    chain.nextBlock();
    expect(log).to.deep.equal([]);
    chain.nextBlock();
    expect(log).to.deep.equal(["1=3", "2 failed"]);
  });
});
