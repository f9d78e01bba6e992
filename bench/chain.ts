/**
 * CPU time of the application per bank send, in process: CheckTx, then FinalizeBlock and Commit of the block that holds
 * what was checked; and FinalizeBlock and Commit of a block that was not, as a node that syncs runs it; and of an idle block. Once with the
 * portable cryptography, once with the native one that node/main.ts installs. Memory instead of LevelDB, no engine.
 *
 * Run by hand, as it is built, for tsx wraps every closure: npm run build && node dist/bench/chain.js [sends in a block=1000] [rounds=5]
 * [accounts=250] [native, to leave out the portable cryptography]
 */
import { silentSource } from "../chain/attest/index.js";
import { sha256, verifySecp256k1 } from "../chain/crypto/index.js";
import { toUopen, toVotingPower } from "../chain/primitives/index.js";
import { TEST_GENESIS_TIME, createTestChain } from "../chain/testkit/chain.js";
import type { TestChain } from "../chain/testkit/chain.js";
import { anyOf, createSigner } from "../chain/testkit/signer.js";
import type { Signer } from "../chain/testkit/signer.js";
import { testKey } from "../chain/testkit/validators.js";
import { createModules } from "../modules/app.js";
import { buildGenesis } from "../modules/genesis.js";
import { installNativeCrypto } from "../node/crypto/native.js";
import { MsgSend } from "../proto/gen/cosmos/bank/v1beta1.js";
import { PubKey } from "../proto/gen/cosmos/crypto/secp256k1.js";
import { AuthInfo, SignDoc, TxRaw } from "../proto/gen/cosmos/tx/v1beta1.js";
import { cpuOf, median, printMachine, printTable, spread } from "./machine.js";

const [sends = 1_000, rounds = 5, accounts = 250] = process.argv.slice(2, 5).map(Number);
/** Portable cryptography takes most of the time of a run and seldom changes. */
const nativeOnly = process.argv[5] === "native";

const signers = Array.from({ length: accounts }, (_, i) => createSigner(`bench ${i}`));

function start(validatorCount = 0): TestChain {
  const { modules, accounts: auth, fees, attest } = createModules(silentSource);
  const funded = signers.map(({ address }) => ({ address, amount: toUopen(1_000_000_000n), from: "community" as const }));
  const validators = signers.slice(0, validatorCount).map(({ address: operator }, i) => {
    return { operator, publicKey: testKey(i).publicKey, power: 10n, moniker: `v${i}` };
  });
  const appState = buildGenesis({ time: TEST_GENESIS_TIME, validators, accounts: funded });
  return createTestChain({ modules, accounts: auth, fees, attest, appState, checkInvariants: false });
}

/** Sends in a ring: every account pays the next, again and again, each time from its next sequence. */
function createSends(chain: TestChain): () => Uint8Array[] {
  const sequences = new Map<Signer, bigint>();
  return () =>
    Array.from({ length: sends }, (_, i) => {
      const from = signers[i % accounts] as Signer;
      const to = signers[(i + 1) % accounts] as Signer;
      const sequence = sequences.get(from) ?? 0n;
      sequences.set(from, sequence + 1n);
      const amount = [{ denom: "uopen", amount: "1" }];
      const message = anyOf(MsgSend, { fromAddress: from.text, toAddress: to.text, amount });
      return chain.sign(from, [message], { gas: 200_000n, fee: 200n, sequence });
    });
}

interface Round {
  readonly signature: number;
  readonly check: number;
  readonly checked: number;
  readonly unchecked: number;
}

/** Microseconds for the signature check of one transaction and nothing else. */
function signatureCost(chain: TestChain, txs: readonly Uint8Array[]): number {
  const inputs = txs.map((tx, i) => {
    const { bodyBytes, authInfoBytes, signatures } = TxRaw.decode(tx);
    const key = AuthInfo.decode(authInfoBytes).signerInfos[0]?.publicKey?.value ?? new Uint8Array(0);
    const doc = SignDoc.encode({ bodyBytes, authInfoBytes, chainId: chain.chainId, accountNumber: BigInt(i) });
    return { key: PubKey.decode(key).key, hash: sha256(doc), signature: signatures[0] ?? new Uint8Array(64) };
  });
  return cpuOf(() => inputs.forEach(({ key, hash, signature }) => verifySecp256k1(key, hash, signature)));
}

function block(chain: TestChain, txs: readonly Uint8Array[]): number {
  return cpuOf(() => {
    const failed = chain.nextBlock(txs).txResults.find((r) => r.code !== 0);
    if (failed !== undefined) throw new TypeError(`a send failed: ${failed.log}`);
  });
}

function measure(): Round[] {
  const chain = start();
  chain.nextBlock();
  const next = createSends(chain);
  const each = 1_000 / sends;
  const round = (): Round => {
    const first = next();
    const signature = signatureCost(chain, first.slice(0, 100)) * (sends / 100);
    const check = cpuOf(() => {
      for (const tx of first) chain.app.checkTx({ tx, kind: "new" });
    });
    const checked = block(chain, first);
    const unchecked = block(chain, next());
    return { signature: signature * each, check: check * each, checked: checked * each, unchecked: unchecked * each };
  };
  round(); // warms the compiler
  return Array.from({ length: rounds }, round);
}

/** Milliseconds for a block without transactions that all of so many validators have signed, with every module. */
function idleCost(validatorCount: number): number[] {
  const chain = start(validatorCount);
  const voters = Array.from({ length: validatorCount }, (_, i) => ({ address: testKey(i).address, power: toVotingPower(10n) }));
  const votes = voters.map((validator) => ({ validator, flag: "commit" as const }));
  chain.nextBlock();
  const some = (): number => cpuOf(() => Array.from({ length: 20 }, () => chain.nextBlock([], { round: 0, votes }))) / 20;
  some();
  return Array.from({ length: rounds }, some);
}

function printIdle(): void {
  console.log("ms of CPU per block without transactions, native cryptography, all modules");
  const rows = [0, 4, 100].map((count) => {
    const costs = idleCost(count);
    return [`${count} validators`, median(costs).toFixed(2), spread(costs, 2)];
  });
  printTable(["", "ms", "range"], rows);
}

function main(): void {
  printMachine();
  const portable = nativeOnly ? [] : measure();
  installNativeCrypto();
  const native = measure();
  const row = (name: string, of: (r: Round) => number): string[] => {
    const [slow, fast] = [portable.map(of), native.map(of)];
    const ratio = median(slow) / median(fast);
    const own = [name, median(fast).toFixed(0), spread(fast, 0)];
    return nativeOnly ? own : [...own, median(slow).toFixed(0), spread(slow, 0), `${ratio.toFixed(1)}x`];
  };
  console.log(`us of CPU per bank send, median and range of ${rounds} blocks of ${sends}, ${accounts} accounts`);
  printTable(
    ["", "native", "range", ...(nativeOnly ? [] : ["portable", "range", "ratio"])],
    [
      row("signature check alone", (r) => r.signature),
      row("CheckTx", (r) => r.check),
      row("FinalizeBlock + Commit, checked before", (r) => r.checked),
      row("FinalizeBlock + Commit, not checked before", (r) => r.unchecked),
    ],
  );
  printIdle();
}

main();
