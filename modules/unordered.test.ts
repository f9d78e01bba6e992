import { expect } from "chai";
import { MsgSend } from "../proto/gen/cosmos/bank/v1beta1.js";
import { SimulateRequest } from "../proto/gen/cosmos/tx/v1beta1.js";
import type { Any } from "../proto/gen/google/protobuf.js";
import type { ExecTxResult } from "../chain/abci/index.js";
import { toTimestamp } from "../chain/codec/index.js";
import { createRouter, moduleTypes } from "../chain/kernel/index.js";
import { useUnordered } from "../chain/kernel/ante-unordered.js";
import { parseTransaction } from "../chain/kernel/transaction.js";
import { toHeight, toUopen } from "../chain/primitives/index.js";
import type { TimeNs } from "../chain/primitives/index.js";
import { TEST_CHAIN_ID, TEST_GENESIS_TIME, createTestChain } from "../chain/testkit/chain.js";
import type { TestChain } from "../chain/testkit/chain.js";
import { createScratchContext } from "../chain/testkit/scratch-context.js";
import { anyOf, createSigner, signTogether } from "../chain/testkit/signer.js";
import type { Signer } from "../chain/testkit/signer.js";
import { createCoreModules } from "./app.js";
import { AUTH_STORE, authState } from "./auth/state.js";
import { buildGenesis } from "./genesis.js";

/** Unordered transactions (SDK 0.53, cosmos-formats.md §7.3). */

const alice = createSigner("alice");
const bob = createSigner("bob");
const SECOND = 1_000_000_000n;

interface Started {
  readonly chain: TestChain;
  readonly core: ReturnType<typeof createCoreModules>;
}

function start(): Started {
  const core = createCoreModules();
  const accounts = [alice, bob].map(({ address }) => ({ address, amount: toUopen(1_000_000n), from: "community" as const }));
  const appState = buildGenesis({ time: TEST_GENESIS_TIME, validators: [], accounts });
  const chain = createTestChain({ modules: core.modules, accounts: core.auth, fees: core.token, appState });
  chain.nextBlock();
  return { chain, core };
}

const send = (amount: bigint, from: Signer = alice): Any =>
  anyOf(MsgSend, { fromAddress: from.text, toAddress: createSigner("carol").text, amount: [{ denom: "uopen", amount: amount.toString() }] });

interface Given {
  /** Nanoseconds after the last block; undefined for no timeout at all. */
  readonly ttl?: bigint | undefined;
  readonly sequence?: bigint;
  readonly messages?: readonly Any[];
  readonly signers?: readonly Signer[];
  readonly amino?: boolean;
  readonly unordered?: boolean;
}

function tx({ chain, core }: Started, given: Given = {}): Uint8Array {
  const { messages = [send(1n)], signers = [alice], sequence = 0n, unordered = true } = given;
  const ttl = "ttl" in given ? given.ttl : 60n * SECOND;
  const timeoutTimestamp = ttl === undefined ? undefined : toTimestamp((chain.time() + ttl) as TimeNs);
  const signings = signers.map((signer) => ({
    signer,
    accountNumber: core.auth.find(chain.read(), signer.address)?.number ?? 0n,
    sequence,
  }));
  const amino = given.amino === true ? { amino: moduleTypes(core.modules) } : {};
  const body = { unordered, timeoutTimestamp };
  return signTogether(signings, messages, { chainId: TEST_CHAIN_ID, gas: 300_000n, fee: 10n, body, ...amino });
}

function outcome(result: ExecTxResult | undefined): string {
  return result?.code === 0 ? "ok" : `${result?.codespace ?? ""}/${result?.code ?? ""} ${result?.log ?? ""}`;
}

function nonces({ chain }: Started): number {
  return [...authState.read(chain.read().store(AUTH_STORE)).nonces.keys()].length;
}

describe("unordered transactions", () => {
  it("run in any order, without sequences, and leave the sequence alone", () => {
    const started = start();
    const { chain, core } = started;
    const txs = [3n, 1n, 2n].map((n) => tx(started, { ttl: n * SECOND + 30n * SECOND, messages: [send(n)] }));
    expect(chain.nextBlock(txs).txResults.map(outcome)).to.deep.equal(["ok", "ok", "ok"]);
    expect(core.auth.find(chain.read(), alice.address)?.sequence).to.equal(0n);
    expect(core.token.balance(chain.read(), createSigner("carol").address)).to.equal(6n);
    expect(outcome(chain.deliver(alice, [send(1n)])), "an ordered one between them").to.equal("ok");
    expect(outcome(chain.nextBlock([tx(started, { ttl: 40n * SECOND })]).txResults[0])).to.equal("ok");
  });

  it("run once: neither the same again, nor another with the same timeout", () => {
    const started = start();
    const [one, other] = [tx(started), tx(started, { messages: [send(2n)] })];
    const { txResults } = started.chain.nextBlock([one, one, other]);
    expect(outcome(txResults[0])).to.equal("ok");
    expect(outcome(txResults[1])).to.match(
      /^sdk\/18 failed to add unordered nonce: sender open1\w+ has already used timeout \d+: invalid request$/,
    );
    expect(outcome(txResults[2])).to.match(/^sdk\/18 /);
    expect(outcome(started.chain.nextBlock([one]).txResults[0])).to.match(/^sdk\/18 /);
  });

  it("are told apart by their signers, all of whom use the timeout up", () => {
    const started = start();
    const both = tx(started, { messages: [send(1n), send(1n, bob)], signers: [alice, bob] });
    const bobs = tx(started, { messages: [send(1n, bob)], signers: [bob] });
    expect(started.chain.nextBlock([both, bobs]).txResults.map((r) => r.code)).to.deep.equal([0, 18]);
    expect(nonces(started)).to.equal(2);
  });

  it("use their timeout up even when their message fails, and not when the ante checks do", () => {
    const started = start();
    const fails = tx(started, { messages: [send(2_000_000n)] });
    expect(started.chain.nextBlock([fails, fails]).txResults.map((r) => r.code)).to.deep.equal([5, 18]);
    const forged = tx(started, { messages: [send(1n, bob)], signers: [alice], ttl: 99n * SECOND });
    expect(outcome(started.chain.nextBlock([forged]).txResults[0])).to.match(/^sdk\/(4|8) /);
    expect(nonces(started)).to.equal(1);
  });

  it("need a timeout within ten minutes, and no sequence", () => {
    const started = start();
    const refuse = (given: Given): string => outcome(started.chain.nextBlock([tx(started, given)]).txResults[0]);
    expect(refuse({ ttl: undefined })).to.match(/^sdk\/18 unordered transaction must have timeout_timestamp set/);
    expect(refuse({ ttl: 5n - started.chain.time() })).to.match(/^sdk\/18 unordered transaction must have timeout_timestamp set/);
    expect(refuse({ ttl: 4n * SECOND }), "the block comes five seconds later").to.match(/^sdk\/42 /);
    expect(refuse({ ttl: 605n * SECOND + 1n })).to.match(/^sdk\/18 unordered tx ttl exceeds 10m0s/);
    expect(refuse({ sequence: 1n })).to.match(/^sdk\/18 sequence is not allowed for unordered transactions/);
    expect(refuse({ ttl: 605n * SECOND })).to.equal("ok");
    expect(refuse({ ttl: 5n * SECOND }), "at the very last moment").to.equal("ok");
  });

  it("cost 2240 gas for what it takes to forget them", () => {
    const started = start();
    const { core, chain } = started;
    const parsed = parseTransaction(tx(started), createRouter(core.modules));
    const ctx = { ...createScratchContext(), block: { ...chain.read().block } };
    const options = { accounts: core.auth, fees: core.token, signModes: [], minGasPrice: { numerator: 0n, denominator: 1n } };
    useUnordered({ ctx, tx: parsed, mode: "simulate", options });
    expect(ctx.gas.consumed).to.equal(2_240n);
  });

  it("have no event of a sequence, but that of the signature", () => {
    const started = start();
    const [result] = started.chain.nextBlock([tx(started)]).txResults;
    const keys = result?.events.filter((e) => e.type === "tx").flatMap((e) => e.attributes.map((a) => a.key));
    expect(keys).to.deep.equal(["fee", "fee_payer", "signature"]);
  });

  it("are simulated as often as one likes, and use nothing up by it", () => {
    const started = start();
    const bytes = tx(started);
    for (let i = 0; i < 2; i++) {
      const data = SimulateRequest.encode({ tx: undefined, txBytes: bytes });
      const path = "/cosmos.tx.v1beta1.Service/Simulate";
      const { code, log } = started.chain.app.query({ path, data, height: toHeight(0n), prove: false });
      expect([code, log]).to.deep.equal([0, ""]);
    }
    expect(outcome(started.chain.nextBlock([bytes]).txResults[0])).to.equal("ok");
  });

  it("may be signed in amino JSON", () => {
    const started = start();
    expect(outcome(started.chain.nextBlock([tx(started, { amino: true })]).txResults[0])).to.equal("ok");
  });

  it("are forgotten once no block may carry them, and not before", () => {
    const started = start();
    const { chain } = started;
    const last = tx(started, { ttl: 10n * SECOND });
    chain.nextBlock([last]);
    expect(outcome(chain.nextBlock([last]).txResults[0]), "the block of the timeout itself").to.match(/^sdk\/18 /);
    expect(nonces(started)).to.equal(1);
    expect(outcome(chain.nextBlock([last]).txResults[0])).to.match(/^sdk\/42 /);
    expect(nonces(started)).to.equal(0);
  });

  it("cannot be repeated on a chain that starts again from the export, and are forgotten there in time", () => {
    const started = start();
    const [first, second] = [tx(started, { ttl: 100n * SECOND }), tx(started, { ttl: 101n * SECOND })];
    expect(outcome(started.chain.nextBlock([first]).txResults[0])).to.equal("ok");
    const appState = started.chain.app.exportGenesis();
    const core = createCoreModules();
    const copy = createTestChain({ modules: core.modules, accounts: core.auth, fees: core.token, appState });
    expect(nonces({ chain: copy, core })).to.equal(1);
    expect(copy.app.exportGenesis()).to.deep.equal(appState);
    const [again, other] = copy.nextBlock([first, second]).txResults.map(outcome);
    expect(again).to.match(/^sdk\/18 failed to add unordered nonce/);
    expect(other).to.equal("ok");
    copy.wait(200n);
    copy.nextBlock();
    copy.nextBlock();
    expect(nonces({ chain: copy, core })).to.equal(0);
  });

  it("stand in genesis once each", () => {
    const started = start();
    const { auth } = started.chain.app.exportGenesis() as { auth: object };
    const nonce = { timeout: "2026-01-01T00:10:00Z", signer: alice.text };
    const restart = (list: readonly object[]) => {
      const core = createCoreModules();
      const appState = { ...started.chain.app.exportGenesis(), auth: { ...auth, unordered_nonces: list } };
      return createTestChain({ modules: core.modules, accounts: core.auth, fees: core.token, appState });
    };
    expect(() => restart([nonce])).not.to.throw();
    expect(() => restart([nonce, nonce])).to.throw(`a nonce of ${alice.text} stands twice`);
    expect(() => restart([{ ...nonce, signer: "open1" }])).to.throw();
  });

  it("are told to the mempool, which keeps no order for them", () => {
    const started = start();
    const response = started.chain.app.checkTx({ tx: tx(started), kind: "new" });
    expect([response.code, response.isUnordered, response.sender]).to.deep.equal([0, true, alice.text]);
    expect(started.chain.app.checkTx({ tx: tx(started), kind: "new" }).code, "until the next block").to.equal(18);
  });
});
