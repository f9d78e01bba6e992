/**
 * How fast a late node takes in the chain of one validator over libp2p on loopback: blocks and bank sends per second, once for empty
 * blocks and once for full ones. Both are processes of their own with the real application; the validator is stopped from making blocks of
 * its own by a commit timeout of ten minutes while the late node runs, and only serves.
 *
 * Run by hand: npx tsx bench/sync.ts [empty blocks=600] [sends=8000]
 */
import { readFileSync } from "node:fs";
import { StargateClient } from "@cosmjs/stargate";
import { anyOf, createSigner, signTransaction } from "../chain/testkit/signer.js";
import type { Signer } from "../chain/testkit/signer.js";
import { ChainNode } from "../node/cli/testkit/chain-of-one.js";
import { MsgSend } from "../proto/gen/cosmos/bank/v1beta1.js";
import { callRpc } from "../testnet/launcher/node-status.js";
import { printMachine, printTable } from "./machine.js";
import { blocks, pause } from "./network.js";

const [emptyBlocks = 600, sends = 8_000] = process.argv.slice(2).map(Number);
const SENDERS = 64;
const CHAIN = "sync-bench-1";
const MS_PER_TICK = 10;
const signers = Array.from({ length: SENDERS }, (_, i) => createSigner(`sender ${i}`));

function cpuOf(pid: number | undefined): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}

function signed(signer: Signer, to: Signer, accountNumber: bigint, count: number): string[] {
  const message = anyOf(MsgSend, { fromAddress: signer.text, toAddress: to.text, amount: [{ denom: "uopen", amount: "1" }] });
  const facts = { chainId: CHAIN, accountNumber, gas: 100_000n, fee: 2_500n };
  return Array.from({ length: count }, (_, n) => Buffer.from(signTransaction(signer, [message], { ...facts, sequence: BigInt(n) })).toString("base64"));
}

/** Sends again what a closed connection lost; a node that has it already says so. */
async function broadcast(rpc: string, tx: string): Promise<void> {
  for (;;) {
    try {
      const { code, log } = (await callRpc(rpc, "broadcast_tx_sync", { tx })) as { code: number; log: string };
      if (code !== 0) throw new RangeError(`a send was refused: ${code} ${log}`);
      return;
    } catch (error) {
      if (error instanceof RangeError) throw error;
      if (String(error).includes("already exists in cache")) return;
      await pause(50);
    }
  }
}

async function send(rpc: string, txs: readonly string[]): Promise<void> {
  for (const tx of txs) await broadcast(rpc, tx);
}

/** Sends from every account at once, each paying the next, and waits until all are in blocks. */
async function fill(validator: ChainNode): Promise<void> {
  const rpc = `http://127.0.0.1:${validator.rpc}`;
  const client = await StargateClient.connect(rpc);
  const loads: string[][] = [];
  for (const [i, signer] of signers.entries()) {
    const { accountNumber } = await client.getSequence(signer.text);
    loads.push(signed(signer, signers[(i + 1) % SENDERS] as Signer, accountNumber, Math.ceil(sends / SENDERS)));
    await pause(0); // connections that the node closed meanwhile are noticed
  }
  client.disconnect();
  await Promise.all(loads.map((txs) => send(rpc, txs)));
  while (((await callRpc(rpc, "num_unconfirmed_txs", {})) as { total: string }).total !== "0") await pause(100);
}

interface Synced {
  readonly blocks: number;
  readonly sends: number;
  readonly seconds: number;
  readonly cpuMs: number;
}

/** Lets a new node follow, and takes the time from its start to the last block: it may be done before its doors open. */
async function follow(validator: ChainNode): Promise<Synced> {
  const to = await validator.height();
  const late = await ChainNode.create();
  try {
    await late.initFollower(validator);
    late.start();
    const [from, since] = [0, performance.now()];
    let at = 0;
    while (at < to) {
      await pause(20);
      at = await late.height();
    }
    const seconds = (performance.now() - since) / 1_000;
    const cpuMs = cpuOf(late.pid);
    const taken = await blocks(`http://127.0.0.1:${validator.rpc}`, from + 1, at);
    return { blocks: at - from, sends: taken.reduce((sum, b) => sum + b.transactions, 0), seconds, cpuMs };
  } finally {
    await late.remove();
  }
}

async function measure(kind: "empty" | "full"): Promise<string[]> {
  const validator = await ChainNode.create();
  try {
    await validator.initValidator(CHAIN, kind === "full" ? signers.map((s) => s.text) : []);
    await validator.set("config", "consensus.timeout_commit_ms", kind === "full" ? "200" : "0");
    validator.start();
    await validator.reach(2);
    if (kind === "full") await fill(validator);
    else await validator.reach(emptyBlocks);
    await validator.stop();
    await validator.set("config", "consensus.timeout_commit_ms", "600000");
    validator.start();
    await validator.reach(2);
    const { blocks: count, sends: txs, seconds, cpuMs } = await follow(validator);
    return [kind, String(count), String(txs), seconds.toFixed(1), (count / seconds).toFixed(0), (txs / seconds).toFixed(0), (cpuMs / count).toFixed(2)];
  } finally {
    await validator.remove();
  }
}

printMachine();
const rows = [await measure("empty"), await measure("full")];
printTable(["blocks are", "blocks", "sends", "seconds, start included", "blocks/s", "sends/s", "CPU ms per block of the late node"], rows);
