/**
 * Bank sends per second through networks of one and of four validators, each a process of its own, over JSON-RPC, with
 * transactions signed beforehand; and the time and cost of their idle blocks. The load generator shares the machine: its
 * own CPU time stands in the last column. No sidecars run.
 *
 * Build first, then run by hand: npm run build && npx tsx bench/sends.ts [sends=4000] [idle blocks=15] [validators=1,4] [commit ms=1000,0]
 */
import { StargateClient } from "@cosmjs/stargate";
import { toUopen } from "../chain/primitives/index.js";
import { anyOf, createSigner, signTransaction } from "../chain/testkit/signer.js";
import type { Signer } from "../chain/testkit/signer.js";
import { MsgSend } from "../proto/gen/cosmos/bank/v1beta1.js";
import { callRpc, queryStatus } from "../testnet/launcher/node-status.js";
import { cpuMs, median, printMachine, printTable } from "./machine.js";
import { CHAIN_ID, blocks, pause, startNetwork } from "./network.js";
import type { BenchNetwork } from "./network.js";

const [total = "4000", idleBlocks = "15", networks = "1,4", paces = "1000,0"] = process.argv.slice(2);
const SENDERS = 64;
const EACH = Math.ceil(Number(total) / SENDERS);
const GAS = 100_000n;
/** What createTestnet's nodes ask for: 0.001 uopen per unit of gas. */
const FEE = 100n;

const signers = Array.from({ length: SENDERS }, (_, i) => createSigner(`sender ${i}`));

interface Load {
  readonly rpc: string;
  readonly txs: readonly string[];
}

async function accountNumber(rpc: string, signer: Signer): Promise<bigint> {
  const client = await StargateClient.connect(rpc);
  const { accountNumber: number } = await client.getSequence(signer.text);
  client.disconnect();
  return number;
}

/** Every sender pays its neighbour, transaction after transaction, through one validator of its own. */
async function sign(rpcs: readonly string[]): Promise<Load[]> {
  const first = await accountNumber(rpcs[0] as string, signers[0] as Signer);
  const loads: Load[] = [];
  for (const [i, signer] of signers.entries()) {
    const to = signers[(i + 1) % SENDERS] as Signer;
    const amount = [{ denom: "uopen", amount: "1" }];
    const message = anyOf(MsgSend, { fromAddress: signer.text, toAddress: to.text, amount });
    const facts = { chainId: CHAIN_ID, accountNumber: first + BigInt(i), gas: GAS, fee: FEE };
    const txs = Array.from({ length: EACH }, (_, n) => signTransaction(signer, [message], { ...facts, sequence: BigInt(n) }));
    loads.push({ rpc: rpcs[i % rpcs.length] as string, txs: txs.map((tx) => Buffer.from(tx).toString("base64")) });
    await pause(0); // connections that the node closed meanwhile are noticed
  }
  return loads;
}

interface Broadcast {
  readonly code: number;
  readonly log: string;
}

/** As callRpc, but patient: a node that executes a large block answers late. */
async function broadcast(rpc: string, tx: string): Promise<Broadcast | undefined> {
  const response = await fetch(rpc, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "broadcast_tx_sync", params: { tx } }),
    signal: AbortSignal.timeout(120_000),
  });
  const answer = (await response.json()) as { result?: Broadcast; error?: unknown };
  if (answer.result !== undefined) return answer.result;
  const text = JSON.stringify(answer.error);
  if (text.includes("mempool is full")) return undefined;
  throw new Error(`a send was refused: ${text}`);
}

/** The height, however long the node takes to say it. */
async function heightOf(rpc: string): Promise<number> {
  for (;;) {
    const status = await queryStatus(rpc).catch(() => undefined);
    if (status !== undefined) return status.height;
    await pause(200);
  }
}

/** One after the other; a full mempool is waited for. */
async function send({ rpc, txs }: Load): Promise<void> {
  for (const tx of txs) {
    for (;;) {
      const answer = await broadcast(rpc, tx);
      if (answer === undefined) {
        await pause(50);
        continue;
      }
      const { code, log } = answer;
      if (code !== 0) throw new Error(`a send was refused: ${code} ${log}`);
      break;
    }
  }
}

interface Idle {
  readonly blockMs: number;
  /** CPU of one validator for one block. */
  readonly cpuPerBlock: number;
}

async function measureIdle(network: BenchNetwork): Promise<Idle> {
  const [rpc = ""] = network.rpcs;
  const from = await heightOf(rpc);
  const cpu = network.cpuMs();
  let to = from;
  while (to < from + Number(idleBlocks)) {
    await pause(100);
    to = await heightOf(rpc);
  }
  const used = network.cpuMs() - cpu;
  const times = (await blocks(rpc, from, to)).map((b) => b.time);
  const gaps = times.slice(1).map((time, i) => time - (times[i] ?? time));
  return { blockMs: median(gaps), cpuPerBlock: used / (to - from) / network.rpcs.length };
}

interface Throughput {
  readonly sends: number;
  readonly seconds: number;
  readonly blocks: number;
  readonly largest: number;
  readonly nodeCpu: number;
  readonly ownCpu: number;
}

async function checkResults(rpc: string, heights: readonly number[]): Promise<void> {
  for (const height of heights) {
    const results = (await callRpc(rpc, "block_results", { height: height.toString() })) as { txs_results: readonly { code: number }[] };
    const failed = results.txs_results.find(({ code }) => code !== 0);
    if (failed !== undefined) throw new Error(`a send failed in block ${height} with code ${failed.code}`);
  }
}

async function measureLoad(network: BenchNetwork): Promise<Throughput> {
  const loads = await sign(network.rpcs);
  const [rpc = ""] = network.rpcs;
  const from = await heightOf(rpc);
  const [startedAt, nodes, own] = [performance.now(), network.cpuMs(), cpuMs()];
  const sending = Promise.all(loads.map(send));
  sending.catch(() => undefined); // awaited below
  const full: { height: number; transactions: number }[] = [];
  let [next, done] = [from + 1, 0];
  while (done < SENDERS * EACH) {
    await Promise.race([pause(100), sending.then(() => pause(100))]);
    const height = await heightOf(rpc);
    for (const block of await blocks(rpc, next, height)) {
      done += block.transactions;
      if (block.transactions > 0) full.push(block);
    }
    next = height + 1;
  }
  await sending;
  const seconds = (performance.now() - startedAt) / 1_000;
  const used = { nodeCpu: network.cpuMs() - nodes, ownCpu: cpuMs() - own };
  await checkResults(rpc, full.map((b) => b.height));
  return { sends: done, seconds, blocks: full.length, largest: Math.max(...full.map((b) => b.transactions)), ...used };
}

async function measure(validators: number, timeoutCommitMs: number): Promise<string[]> {
  const accounts = signers.map(({ address }) => ({ address, amount: toUopen(1_000_000_000n), from: "community" as const }));
  const network = await startNetwork({ validators, accounts, timeoutCommitMs });
  try {
    const idle = await measureIdle(network);
    const load = await measureLoad(network);
    return [
      validators.toString(),
      timeoutCommitMs.toString(),
      idle.blockMs.toFixed(0),
      idle.cpuPerBlock.toFixed(1),
      (load.sends / load.seconds).toFixed(0),
      `${load.sends} in ${load.seconds.toFixed(1)} s`,
      `${load.blocks}, largest ${load.largest}`,
      (load.nodeCpu / load.sends / validators).toFixed(2),
      (load.ownCpu / load.sends).toFixed(2),
    ];
  } finally {
    await network.stop();
  }
}

printMachine();
const rows: string[][] = [];
for (const validators of networks.split(",")) {
  for (const pace of paces.split(",")) rows.push(await measure(Number(validators), Number(pace)));
}
printTable(
  [
    "validators",
    "timeout_commit ms",
    "idle block ms",
    "CPU ms per idle block and validator",
    "sends/s",
    "sends",
    "blocks",
    "CPU ms per send and validator",
    "CPU ms per send, generator",
  ],
  rows,
);
