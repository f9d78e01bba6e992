import { DirectSecp256k1HdWallet, Registry, makeAuthInfoBytes, makeSignDoc } from "@cosmjs/proto-signing";
import { expect } from "chai";
import { MsgSend as PeerMsgSend } from "cosmjs-types/cosmos/bank/v1beta1/tx";
import { TxRaw as PeerTxRaw } from "cosmjs-types/cosmos/tx/v1beta1/tx";
import { Any as PeerAny } from "cosmjs-types/google/protobuf/any";
import { QueryAccountRequest, QueryAccountResponse } from "../proto/gen/cosmos/auth/v1beta1.js";
import { MsgSend, QueryBalanceRequest, QueryBalanceResponse } from "../proto/gen/cosmos/bank/v1beta1.js";
import { TxMsgData } from "../proto/gen/cosmos/base/abci/v1beta1.js";
import { SimulateRequest, SimulateResponse } from "../proto/gen/cosmos/tx/v1beta1.js";
import type { Event } from "../chain/abci/index.js";
import { formatAddress, parseAddress } from "../chain/codec/index.js";
import { moduleAddress } from "../chain/crypto/index.js";
import { Fault, toHeight, toUopen, utf8 } from "../chain/primitives/index.js";
import { createMemoryKv } from "../chain/store/index.js";
import type { KvStore } from "../chain/store/index.js";
import { TEST_CHAIN_ID, TEST_GENESIS_TIME, createTestChain } from "../chain/testkit/chain.js";
import type { TestChain } from "../chain/testkit/chain.js";
import { anyOf, createSigner } from "../chain/testkit/signer.js";
import type { Signer } from "../chain/testkit/signer.js";
import { createCoreModules } from "./app.js";
import { BUCKETS, MONTH_SECONDS, RELEASES, bucketAddress, buildGenesis } from "./genesis.js";

const alice = createSigner("alice");
const bob = createSigner("bob");
const validator = {
  operator: createSigner("v").address,
  publicKey: new Uint8Array(32).fill(9),
  power: 10n,
  moniker: "one",
};

interface Started {
  readonly chain: TestChain;
  readonly core: ReturnType<typeof createCoreModules>;
}

function start(
  addresses = [alice.address],
  kv: KvStore = createMemoryKv(),
  appState?: Readonly<Record<string, unknown>>,
): Started {
  const core = createCoreModules();
  const accounts = addresses.map((address) => ({
    address,
    amount: toUopen(1_000_000_000n),
    from: "community" as const,
  }));
  const genesis = appState ?? buildGenesis({ time: TEST_GENESIS_TIME, validators: [validator], accounts });
  const chain = createTestChain({
    modules: core.modules,
    accounts: core.auth,
    fees: core.token,
    appState: genesis,
    kv,
  });
  return { chain, core };
}

const pay = (from: Signer, to: string, amount: string) =>
  anyOf(MsgSend, { fromAddress: from.text, toAddress: to, amount: [{ denom: "uopen", amount }] });

function attributes(events: readonly Event[], type: string): string[][] {
  return events.filter((e) => e.type === type).map((e) => e.attributes.map((a) => `${a.key}=${a.value}`));
}

describe("a transaction from wallet to state", () => {
  it("signed by CosmJS moves coins, emits the SDK's events in order and answers with its response", async () => {
    const wallet = await DirectSecp256k1HdWallet.generate(12, { prefix: "open" });
    const [account] = await wallet.getAccounts();
    if (account === undefined) throw new Error("wallet without an account");
    const { chain, core } = start([parseAddress(account.address)]);
    chain.nextBlock();
    const asked = chain.app.query({
      path: "/cosmos.auth.v1beta1.Query/Account",
      data: QueryAccountRequest.encode({ address: account.address }),
      height: toHeight(0n),
      prove: false,
    });
    expect(asked.code).to.equal(0);
    expect(QueryAccountResponse.decode(asked.value).account?.typeUrl).to.equal(
      "/cosmos.auth.v1beta1.BaseAccount",
    );
    const amount = [{ denom: "uopen", amount: "7" }];
    const message = PeerMsgSend.fromPartial({ fromAddress: account.address, toAddress: bob.text, amount });
    const registry = new Registry([["/cosmos.bank.v1beta1.MsgSend", PeerMsgSend]]);
    const bodyBytes = registry.encodeTxBody({
      messages: [{ typeUrl: "/cosmos.bank.v1beta1.MsgSend", value: message }],
      memo: "hi",
    });
    const publicKey = PeerAny.fromPartial({
      typeUrl: "/cosmos.crypto.secp256k1.PubKey",
      value: Uint8Array.from([10, 33, ...account.pubkey]),
    });
    const fee = [{ denom: "uopen", amount: "500" }];
    const auth = makeAuthInfoBytes([{ pubkey: publicKey, sequence: 0 }], fee, 200_000, undefined, undefined);
    const number = core.auth.find(chain.read(), parseAddress(account.address))?.number ?? -1n;
    const signed = await wallet.signDirect(
      account.address,
      makeSignDoc(bodyBytes, auth, TEST_CHAIN_ID, Number(number)),
    );
    const tx = PeerTxRaw.encode({
      bodyBytes: signed.signed.bodyBytes,
      authInfoBytes: signed.signed.authInfoBytes,
      signatures: [Uint8Array.from(atob(signed.signature.signature), (c) => c.charCodeAt(0))],
    }).finish();
    const check = chain.app.checkTx({ tx, kind: "new" });
    expect([check.code, check.log, check.sender, check.sequence]).to.deep.equal([0, "", account.address, 0n]);
    const [result] = chain.nextBlock([tx]).txResults;
    if (result === undefined) throw new Error("no result");
    expect([result.code, result.log]).to.deep.equal([0, ""]);
    expect(core.token.balance(chain.read(), bob.address)).to.equal(7n);
    expect(core.token.moduleBalance(chain.read(), "fee_collector")).to.equal(500n);
    expect(result.events.map((e) => e.type)).to.deep.equal([
      "coin_spent",
      "coin_received",
      "transfer",
      "message",
      "tx",
      "tx",
      "tx",
      "message",
      "coin_spent",
      "coin_received",
      "transfer",
      "message",
    ]);
    expect(attributes(result.events, "message")[1]).to.deep.equal([
      "action=/cosmos.bank.v1beta1.MsgSend",
      `sender=${account.address}`,
      "module=bank",
      "msg_index=0",
    ]);
    expect(attributes(result.events, "tx")).to.deep.include([`acc_seq=${account.address}/0`]);
    expect(TxMsgData.decode(result.data).msgResponses[0]?.typeUrl).to.equal(
      "/cosmos.bank.v1beta1.MsgSendResponse",
    );
  });

  it("that fails in a message still pays its fee and uses its sequence, and undoes every message", () => {
    const { chain, core } = start();
    const messages = [pay(alice, bob.text, "5"), pay(alice, bob.text, "999999999999999")];
    const result = chain.deliver(alice, messages, { fee: 100n });
    expect([result.codespace, result.code]).to.deep.equal(["sdk", 5]);
    expect(result.log).to.match(/^failed to execute message; message index: 1: spendable balance /);
    expect(core.token.balance(chain.read(), bob.address)).to.equal(0n);
    expect(core.token.moduleBalance(chain.read(), "fee_collector")).to.equal(100n);
    expect(core.auth.find(chain.read(), alice.address)?.sequence).to.equal(1n);
    expect(
      result.events.some((e) => e.type === "message" && e.attributes.some((a) => a.key === "action")),
    ).to.equal(false);
  });

  it("with a wrong sequence gets the SDK's text, and changes nothing", () => {
    const { chain, core } = start();
    const before = core.token.balance(chain.read(), alice.address);
    const result = chain.deliver(alice, [pay(alice, bob.text, "5")], { sequence: 3n, fee: 10n });
    expect([result.code, result.log]).to.deep.equal([
      32,
      "account sequence mismatch, expected 0, got 3: incorrect account sequence",
    ]);
    expect(core.token.balance(chain.read(), alice.address)).to.equal(before);
  });

  it("that runs out of gas says where, and keeps its fee", () => {
    const { chain, core } = start();
    const result = chain.deliver(alice, [pay(alice, bob.text, "5")], { gas: 40_000n, fee: 10n });
    expect([result.codespace, result.code, result.gasWanted]).to.deep.equal(["sdk", 11, 40_000n]);
    expect(result.log).to.contain("out of gas in location: ");
    expect(core.token.moduleBalance(chain.read(), "fee_collector")).to.be.oneOf([0n, 10n]);
  });

  it("with a forged signature, an unknown signer or a blocked recipient is refused by code", () => {
    const { chain } = start();
    const tx = chain.sign(alice, [pay(alice, bob.text, "5")]);
    const forged = tx.slice();
    forged[forged.length - 1] = (forged[forged.length - 1] ?? 0) ^ 1;
    expect(chain.app.checkTx({ tx: forged, kind: "new" }).code).to.equal(4);
    expect(
      chain.app.checkTx({ tx: chain.sign(bob, [pay(bob, alice.text, "5")]), kind: "new" }).code,
    ).to.equal(9);
    expect(chain.app.checkTx({ tx: utf8("junk"), kind: "new" }).code).to.equal(2);
    const blocked = chain.deliver(alice, [pay(alice, formatAddress(moduleAddress("fee_collector")), "5")]);
    expect([blocked.codespace, blocked.code]).to.deep.equal(["sdk", 4]);
  });

  it("is simulated without key or signature, and needs at most what simulation said", () => {
    const { chain } = start();
    const tx = chain.sign(alice, [pay(alice, bob.text, "5")], { gas: 1n });
    const answer = chain.app.query({
      path: "/cosmos.tx.v1beta1.Service/Simulate",
      data: SimulateRequest.encode({ tx: undefined, txBytes: tx }),
      height: toHeight(0n),
      prove: false,
    });
    expect([answer.code, answer.log]).to.deep.equal([0, ""]);
    const used = SimulateResponse.decode(answer.value).gasInfo?.gasUsed ?? 0n;
    const result = chain.deliver(alice, [pay(alice, bob.text, "5")], { gas: used + 100n });
    expect(result.code, result.log).to.equal(0);
  });

  it("is replayed neither in the mempool nor in a block", () => {
    const { chain } = start();
    const tx = chain.sign(alice, [pay(alice, bob.text, "5")]);
    expect(chain.app.checkTx({ tx, kind: "new" }).code).to.equal(0);
    expect(chain.app.checkTx({ tx, kind: "new" }).code).to.equal(32);
    const results = chain.nextBlock([tx, tx]).txResults;
    expect(results.map((r) => r.code)).to.deep.equal([0, 32]);
  });
});

describe("blocks", () => {
  const block = (height: bigint, txs: readonly Uint8Array[], hash: number) => ({
    txs,
    decidedLastCommit: { round: 0, votes: [] },
    misbehavior: [],
    hash: new Uint8Array(32).fill(hash),
    height: toHeight(height),
    time: TEST_GENESIS_TIME,
    nextValidatorsHash: new Uint8Array(32),
    proposer: new Uint8Array(20),
  });

  for (const first of [1n, 2n]) {
    it(`finalized twice at height ${first}, the second time with other content, equal a single run`, () => {
      const once = start();
      const twice = start();
      for (const { chain } of [once, twice]) if (first === 2n) chain.nextBlock();
      const tx = once.chain.sign(alice, [pay(alice, bob.text, "5")]);
      twice.chain.app.finalizeBlock(block(first, [], 1));
      const again = twice.chain.app.finalizeBlock(block(first, [tx], 2));
      const single = once.chain.app.finalizeBlock(block(first, [tx], 2));
      expect(again).to.deep.equal(single);
      expect(twice.chain.app.finalizeBlock(block(first, [tx], 2))).to.deep.equal(single);
      twice.chain.app.commit();
      expect(twice.chain.app.info().lastBlockAppHash).to.deep.equal(single.appHash);
    });
  }

  it("that do not follow the state are a Fault", () => {
    const { chain } = start();
    expect(() => chain.app.finalizeBlock(block(5n, [], 1))).to.throw(Fault);
    expect(() => chain.app.commit()).to.throw(Fault);
  });

  it("proposed by us hold what fits, are accepted by us, and junk is rejected", () => {
    const { chain } = start([alice.address, bob.address]);
    chain.nextBlock();
    const good = chain.sign(alice, [pay(alice, bob.text, "5")]);
    const late = chain.sign(bob, [pay(bob, alice.text, "5")], { sequence: 9n });
    const base = {
      misbehavior: [],
      height: toHeight(2n),
      time: TEST_GENESIS_TIME,
      nextValidatorsHash: new Uint8Array(32),
      proposer: new Uint8Array(20),
    };
    const prepare = (maxTxBytes: number) =>
      chain.app.prepareProposal({
        ...base,
        maxTxBytes,
        txs: [utf8("junk"), late, good],
        localLastCommit: { round: 0, votes: [] },
      }).txs;
    expect(prepare(100_000)).to.deep.equal([good]);
    expect(prepare(50)).to.deep.equal([]);
    const judge = (txs: readonly Uint8Array[]) =>
      chain.app.processProposal({
        ...base,
        txs,
        hash: new Uint8Array(32),
        proposedLastCommit: { round: 0, votes: [] },
      });
    expect([judge([good]), judge([utf8("junk")]), judge([])]).to.deep.equal(["accept", "reject", "accept"]);
  });
});

describe("queries", () => {
  const ask = (
    chain: TestChain,
    path: string,
    data: Uint8Array,
    more: { height?: bigint; prove?: boolean } = {},
  ) => chain.app.query({ path, data, height: toHeight(more.height ?? 0n), prove: more.prove ?? false });

  it("answer with the texts that CosmJS and Keplr match on", () => {
    const { chain } = start();
    chain.nextBlock();
    const missing = ask(
      chain,
      "/cosmos.auth.v1beta1.Query/Account",
      QueryAccountRequest.encode({ address: bob.text }),
    );
    expect([missing.code, missing.codespace]).to.deep.equal([22, "sdk"]);
    expect(missing.log).to.match(/^rpc error: code = NotFound desc = .*: key not found$/);
    expect(missing.height).to.equal(1n);
    const bad = ask(
      chain,
      "/cosmos.bank.v1beta1.Query/Balance",
      QueryBalanceRequest.encode({ address: "test", denom: "uopen" }),
    );
    expect([bad.code, bad.log.includes("InvalidArgument")]).to.deep.equal([18, true]);
    expect(ask(chain, "/no.such.Query/Thing", new Uint8Array(0)).code).to.equal(6);
    expect(ask(chain, "/cosmos.bank.v1beta1.Query/Params", new Uint8Array(0), { height: 9n }).code).to.equal(
      26,
    );
    expect(ask(chain, "/app/version", new Uint8Array(0)).value).to.deep.equal(utf8("test"));
    expect(ask(chain, "/store/none/key", Uint8Array.of(1)).code).to.equal(6);
  });

  it("see the height they ask for, and prove what they show", () => {
    const { chain } = start();
    chain.nextBlock();
    chain.deliver(alice, [pay(alice, bob.text, "5")]);
    chain.deliver(alice, [pay(alice, bob.text, "6")]);
    const data = QueryBalanceRequest.encode({ address: bob.text, denom: "uopen" });
    const at = (height: bigint) =>
      QueryBalanceResponse.decode(ask(chain, "/cosmos.bank.v1beta1.Query/Balance", data, { height }).value);
    expect([1n, 2n, 3n].map((h) => at(h).balance?.amount)).to.deep.equal(["0", "5", "11"]);
    const key = Uint8Array.from([2, ...bob.address]);
    const proven = ask(chain, "/store/bank/key", key, { prove: true });
    expect([proven.code, proven.proofOps.map((op) => op.type)]).to.deep.equal([
      0,
      ["ics23:iavl", "ics23:simple"],
    ]);
    expect(ask(chain, "/store/bank/key", key, { prove: true, height: 1n }).code).to.equal(18);
  });
});

describe("genesis", () => {
  it("releases what the schedule says, and no sooner", () => {
    const { chain, core } = start([]);
    const spendable = (): string[] =>
      BUCKETS.map((b) =>
        (
          core.token.spendable(chain.read(), bucketAddress(b), chain.read().block.time) / 1_000_000n
        ).toString(),
      );
    expect(spendable()).to.deep.equal(["145500000", "19999990", "0", "0", "50000000"]);
    chain.wait(12n * MONTH_SECONDS - 5n);
    chain.nextBlock();
    expect(spendable()).to.deep.equal(["238400000", "39999990", "0", "0", "50000000"]);
    chain.wait(18n * MONTH_SECONDS - 5n);
    chain.nextBlock();
    expect(spendable()).to.deep.equal(["377750000", "69999990", "91450000", "75000000", "50000000"]);
    chain.wait(18n * MONTH_SECONDS - 5n);
    chain.nextBlock();
    // Ten of the ecosystem's OPEN are the validator's stake.
    const left = BUCKETS.map((b) => RELEASES[b].total / 1_000_000n - (b === "ecosystem" ? 10n : 0n));
    expect(spendable()).to.deep.equal(left.map((amount) => amount.toString()));
  });

  it("sums to the whole supply whatever the accounts are, and refuses more than was launched", () => {
    const { chain, core } = start([alice.address, bob.address]);
    expect(core.token.supply(chain.read())).to.equal(1_000_000_000_000_000n);
    const greedy = {
      address: alice.address,
      amount: toUopen(50_000_001_000_000n),
      from: "liquidity" as const,
    };
    expect(() => buildGenesis({ time: TEST_GENESIS_TIME, validators: [], accounts: [greedy] })).to.throw(
      /launched from liquidity/,
    );
  });

  it("exported after some blocks and imported again is the same document", () => {
    const { chain } = start();
    chain.deliver(alice, [pay(alice, bob.text, "5")], { fee: 3n });
    const exported = chain.app.exportGenesis();
    const copy = start([], createMemoryKv(), JSON.parse(JSON.stringify(exported)) as Record<string, unknown>);
    expect(copy.chain.app.exportGenesis()).to.deep.equal(exported);
  });
});
