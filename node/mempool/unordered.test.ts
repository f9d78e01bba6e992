import { expect } from "chai";
import { MsgSend } from "../../proto/gen/cosmos/bank/v1beta1.js";
import type { Block } from "../../chain/block/index.js";
import { toTimestamp } from "../../chain/codec/index.js";
import { toHeight, toUopen } from "../../chain/primitives/index.js";
import type { TimeNs } from "../../chain/primitives/index.js";
import { TEST_GENESIS_TIME, createTestChain } from "../../chain/testkit/chain.js";
import { anyOf, createSigner } from "../../chain/testkit/signer.js";
import { createCoreModules } from "../../modules/app.js";
import { buildGenesis } from "../../modules/genesis.js";
import { createLocalConnection } from "../app/index.js";
import { DEFAULT_MEMPOOL_CONFIG } from "../config/engine.js";
import { Mempool } from "./mempool.js";

/** Unordered transactions of the real application in the pool. */

const alice = createSigner("alice");

async function start() {
  const core = createCoreModules();
  const accounts = [{ address: alice.address, amount: toUopen(1_000_000n), from: "community" as const }];
  const appState = buildGenesis({ time: TEST_GENESIS_TIME, validators: [], accounts });
  const chain = createTestChain({ modules: core.modules, accounts: core.auth, fees: core.token, appState });
  const pool = new Mempool({ app: createLocalConnection(chain.app), config: DEFAULT_MEMPOOL_CONFIG });
  const commit = async (txs: readonly Uint8Array[]): Promise<number[]> => {
    await pool.lock();
    const response = chain.nextBlock(txs);
    await pool.update(toHeight(chain.height()), { txs } as unknown as Block, response);
    return response.txResults.map((r) => r.code);
  };
  await commit([]);
  const send = (amount: number) =>
    anyOf(MsgSend, { fromAddress: alice.text, toAddress: createSigner("bob").text, amount: [{ denom: "uopen", amount: amount.toString() }] });
  const loose = (seconds: number, amount = 1): Uint8Array => {
    const timeoutTimestamp = toTimestamp((chain.time() + BigInt(seconds) * 1_000_000_000n) as TimeNs);
    return chain.sign(alice, [send(amount)], { sequence: 0n, gas: 300_000n, body: { unordered: true, timeoutTimestamp } });
  };
  const ordered = (sequence: bigint): Uint8Array => chain.sign(alice, [send(1)], { sequence, gas: 300_000n });
  const codeOf = async (tx: Uint8Array): Promise<unknown> => {
    const submission = await pool.submit(tx);
    return submission.kind === "checked" ? submission.response.code : submission.reason;
  };
  return { chain, pool, commit, loose, ordered, codeOf, all: () => pool.reap(1_000_000, -1n) };
}

describe("the mempool and unordered transactions", () => {
  it("wait beside ordered ones of the same sender, and all pass in one block", async () => {
    const { pool, commit, loose, ordered, codeOf, all } = await start();
    for (const tx of [loose(60), ordered(0n), loose(50), ordered(1n)]) expect(await codeOf(tx)).to.equal(0);
    expect(await commit(all())).to.deep.equal([0, 0, 0, 0]);
    expect(pool.status().count).to.equal(0);
  });

  it("hold one of a timeout, also after a block made the check state forget it", async () => {
    const { pool, commit, loose, codeOf, all } = await start();
    const [first, rival] = [loose(60, 1), loose(60, 2)];
    expect(await codeOf(first)).to.equal(0);
    expect(await codeOf(rival)).to.equal(18);
    await commit([]);
    await codeOf(rival);
    const results = await commit(all());
    expect(results.filter((code) => code === 0)).to.have.length(1);
    expect(pool.status().count, "a rival of what ran is gone").to.equal(0);
    expect(await codeOf(first)).to.be.oneOf(["in-cache", 18]);
  });

  it("are dropped with a block that used their timeout up elsewhere", async () => {
    const { pool, commit, loose, codeOf } = await start();
    const [ours, theirs] = [loose(60, 1), loose(60, 2)];
    expect(await codeOf(ours)).to.equal(0);
    expect(await commit([theirs])).to.deep.equal([0]);
    expect(pool.status().count).to.equal(0);
  });

  it("never reach a block once their timeout is over", async () => {
    const { chain, commit, loose, codeOf, all } = await start();
    expect(await codeOf(loose(12))).to.equal(0);
    chain.wait(60n);
    await commit([]);
    const { txs } = chain.app.prepareProposal({
      txs: all(),
      maxTxBytes: 1_000_000,
      height: toHeight(chain.height() + 1n),
      time: chain.time(),
      localLastCommit: { round: 0, votes: [] },
      misbehavior: [],
      nextValidatorsHash: new Uint8Array(32),
      proposer: new Uint8Array(20),
    });
    expect(txs).to.deep.equal([]);
  });
});
