/**
 * How fast a late node takes in the chain of one validator over loopback: blocks and bank sends per second, for empty blocks and for full
 * ones, under each engine: a late node of ours from a node of ours, a late CometBFT node from a CometBFT node that made as many blocks of the
 * same sends. All are processes of their own with the real application; the server makes no blocks meanwhile, because its commit timeout
 * is ten minutes then.
 *
 * "while syncing" leaves out the start of the process: it counts between the first and the last height seen on the way.
 *
 * npx tsx bench/sync.ts [options]         CometBFT 0.38 is found as by the node: OPENLEDGER_COMETBFT, or the PATH
 *   --engines embedded,cometbft   --kinds empty,full   --blocks 1000 (empty ones)   --sends 8000 (in full ones)
 */
import { parseArgs } from "node:util";
import { StargateClient } from "@cosmjs/stargate";
import { anyOf, createSigner, signTransaction } from "../chain/testkit/signer.js";
import type { Signer } from "../chain/testkit/signer.js";
import { ChainNode } from "../node/cli/testkit/chain-of-one.js";
import { findCometBft } from "../node/comet/binary.js";
import { freePort } from "../node/testkit/free-port.js";
import { MsgSend } from "../proto/gen/cosmos/bank/v1beta1.js";
import { callRpc, queryStatus } from "../testnet/launcher/node-status.js";
import { printMachine, printTable } from "./machine.js";
import { blocks, cpuOfFamily, pause } from "./network.js";

const { values: flags } = parseArgs({
  options: {
    engines: { type: "string", default: "embedded,cometbft" },
    kinds: { type: "string", default: "empty,full" },
    blocks: { type: "string", default: "1000" },
    sends: { type: "string", default: "8000" },
  },
});
const [emptyBlocks, sends] = [Number(flags.blocks), Number(flags.sends)];
const SENDERS = 64;
const CHAIN = "sync-bench-1";
const binary = findCometBft();
/** A node that gets no further for so long has failed. */
const STUCK_MS = 180_000;
const signers = Array.from({ length: SENDERS }, (_, i) => createSigner(`sender ${i}`));

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

type EngineName = "embedded" | "cometbft";
/** Of a chain's blocks. */
type Kind = "empty" | "full";

interface Synced {
  readonly to: number;
  /** From the start of the process to the last block. */
  readonly seconds: number;
  /** The heights between which the rest was counted, and how long that took. */
  readonly window: { readonly from: number; readonly to: number; readonly seconds: number };
  readonly cpuMs: number;
}

/** Makes a node run on the engine. Returns where that engine answers itself. */
async function use(node: ChainNode, engine: EngineName): Promise<string> {
  await node.set("config", "engine", engine);
  if (engine === "embedded") return `http://127.0.0.1:${node.rpc}`;
  const port = await freePort();
  await node.set("config", "cometbft.rpc_laddr", `tcp://127.0.0.1:${port}`);
  await node.set("config", "cometbft.binary", binary ?? "");
  return `http://127.0.0.1:${port}`;
}

interface Sample {
  readonly height: number;
  /** On our monotonic clock, in ms. */
  readonly at: number;
}

/** Each new height that a node is seen at, until it is there. @throws Error when it gets no further. */
async function watch(rpc: string, to: number): Promise<Sample[]> {
  const seen: Sample[] = [{ height: 0, at: performance.now() }];
  for (;;) {
    const last = seen.at(-1) ?? { height: 0, at: 0 };
    if (last.height >= to) return seen;
    await pause(20);
    const height = await queryStatus(rpc).then((status) => status.height, () => 0);
    if (height > last.height) seen.push({ height, at: performance.now() });
    else if (performance.now() - last.at > STUCK_MS) throw new Error(`the late node stands at height ${last.height} of ${to}`);
  }
}

/** Lets a new node follow, and takes the time from its start to the last block: it may be done before its doors open. */
async function follow(validator: ChainNode, engine: EngineName, to: number): Promise<Synced> {
  const late = await ChainNode.create();
  try {
    await late.initFollower(validator);
    const rpc = await use(late, engine);
    late.start();
    const since = performance.now();
    const seen = await watch(rpc, to);
    const cpuMs = cpuOfFamily(late.pid ?? 0);
    const end = seen.at(-1) ?? { height: to, at: since };
    const way = seen.filter(({ height }) => height > 0 && height < to);
    const [first, last] = [way[0] ?? end, way.at(-1) ?? end];
    const window = { from: first.height, to: last.height, seconds: (last.at - first.at) / 1_000 };
    return { to, seconds: (end.at - since) / 1_000, window, cpuMs };
  } finally {
    await late.remove();
  }
}

const perSecond = (count: number, seconds: number): string => (seconds > 0 ? (count / seconds).toFixed(0) : "-");

function row(kind: Kind, engine: EngineName, synced: Synced, sendsAt: readonly number[]): string[] {
  const { to, seconds, window, cpuMs } = synced;
  const sum = (from: number, until: number): number => sendsAt.slice(from, until).reduce((total, n) => total + n, 0);
  const all = sum(0, to);
  return [
    kind,
    engine,
    to.toString(),
    all.toString(),
    seconds.toFixed(1),
    `${perSecond(to, seconds)} / ${perSecond(all, seconds)}`,
    `${window.from}-${window.to}`,
    `${perSecond(window.to - window.from, window.seconds)} / ${perSecond(sum(window.from, window.to), window.seconds)}`,
    (cpuMs / to).toFixed(2),
  ];
}

/** A node that is short of CPU may need more than one call to answer. */
async function insisting<T>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await ask();
    } catch (error) {
      if (tries === 20) throw error;
      await pause(500);
    }
  }
}

function oneOf<T extends string>(known: readonly T[], list: string): T[] {
  return list.split(",").map((name) => {
    const found = known.find((each) => each === name);
    if (found === undefined) throw new Error(`there is no "${name}": ${known.join(", ")}`);
    return found;
  });
}

/** Makes the chain, and then serves it without making another block. Returns its last height. */
async function make(validator: ChainNode, kind: Kind): Promise<number> {
  await validator.set("config", "consensus.timeout_commit_ms", kind === "full" ? "200" : "0");
  validator.start();
  await validator.reach(2);
  if (kind === "full") await fill(validator);
  else await validator.reach(emptyBlocks);
  await validator.stop();
  await validator.set("config", "consensus.timeout_commit_ms", "600000");
  validator.start();
  await validator.reach(2);
  return validator.height();
}

async function measure(kind: Kind, engine: EngineName): Promise<string[]> {
  const validator = await ChainNode.create();
  try {
    await validator.initValidator(CHAIN, kind === "full" ? signers.map((s) => s.text) : []);
    await use(validator, engine);
    const to = await make(validator, kind);
    const made = await insisting(() => blocks(`http://127.0.0.1:${validator.rpc}`, 1, to));
    const sendsAt = made.map((b) => b.transactions);
    return row(kind, engine, await follow(validator, engine, to), sendsAt);
  } finally {
    await validator.stop();
    await validator.remove();
  }
}

printMachine();
const head = ["blocks are", "engine", "blocks", "sends", "seconds, start included", "blocks/s / sends/s", "seen on the way", "while syncing", "CPU ms per block"];
const rows: string[][] = [];
for (const kind of oneOf(["empty", "full"], flags.kinds)) {
  for (const engine of oneOf(["embedded", "cometbft"], flags.engines)) {
    rows.push(await measure(kind, engine));
    console.log(rows.at(-1)?.join("  "));
  }
}
printTable(head, rows);
