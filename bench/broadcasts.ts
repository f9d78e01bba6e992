/**
 * Sends that one validator accepts per second through each of its doors, with what a call takes: single calls that wait for CheckTx,
 * as wallets make them, signed beforehand. Blocks are made meanwhile and take the sends in. The clients share the machine.
 *
 * Build first: npm run build && npx tsx bench/broadcasts.ts [seconds=10] [connections=32] [index=kv]
 */
import { Agent, request } from "node:http";
import { Client, credentials } from "@grpc/grpc-js";
import { StargateClient } from "@cosmjs/stargate";
import { toUopen } from "../chain/primitives/index.js";
import { createSigner } from "../chain/testkit/signer.js";
import { installNativeCrypto } from "../node/crypto/native.js";
import { BroadcastMode, BroadcastTxRequest, BroadcastTxResponse } from "../proto/gen/cosmos/tx/v1beta1.js";
import { cpuMs, printMachine, printTable } from "./machine.js";
import { CHAIN_ID, pause, startNetwork } from "./network.js";
import type { BenchNetwork } from "./network.js";
import { createSenders, signSends } from "./signed-sends.js";
import type { Sender } from "./signed-sends.js";

const [seconds = 10, connections = 32] = process.argv.slice(2, 4).map(Number);
const index = process.argv[4] ?? "kv";

/** So many accounts for each door: what one has signed and not sent is in nobody's way. */
const SENDERS = 640;
const WARM_UP_SECONDS = 4;
/** More than any door has taken. */
const MOST_PER_SECOND = 4_500;
const FULL_WAIT_MS = 20;
const FACTS = { chainId: CHAIN_ID, gas: 100_000n, fee: 100n };
const BROADCAST = "/cosmos.tx.v1beta1.Service/BroadcastTx";

/** What CheckTx said; "full" when the pool has no room. */
type Verdict = "accepted" | "full";
/** One client, which waits for each answer. */
type Broadcast = (tx: Uint8Array) => Promise<Verdict>;

interface Door {
  readonly name: string;
  open(): { readonly broadcast: Broadcast; close(): void };
}

interface Report {
  readonly accepted: number;
  readonly full: number;
  readonly seconds: number;
  readonly latencies: readonly number[];
}

function post(agent: Agent, at: { readonly port: number; readonly path: string }, body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) };
    const sent = request({ ...at, host: "127.0.0.1", method: "POST", agent, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => void (text += chunk));
      response.on("end", () => resolve(text));
    });
    sent.on("error", reject);
    sent.end(body);
  });
}

/** @throws Error on any refusal but that of a full pool. */
function verdict(code: number | undefined, text: string): Verdict {
  if (code === 0) return "accepted";
  if (text.includes("mempool is full") || text.includes("busy")) return "full";
  throw new Error(`a send was refused: ${text}`);
}

function http(name: string, at: { readonly port: number; readonly path: string }, bodyOf: (tx: string) => string, codeOf: (text: string) => number | undefined): Door {
  return {
    name,
    open: () => {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 });
      const broadcast: Broadcast = async (tx) => {
        const text = await post(agent, at, bodyOf(Buffer.from(tx).toString("base64")));
        return verdict(codeOf(text), text);
      };
      return { broadcast, close: () => agent.destroy() };
    },
  };
}

function grpc(port: number): Door {
  return {
    name: "gRPC BroadcastTx",
    open: () => {
      const client = new Client(`127.0.0.1:${port}`, credentials.createInsecure(), { "grpc.use_local_subchannel_pool": 1 });
      const same = (bytes: Buffer): Buffer => bytes;
      const broadcast: Broadcast = (tx) =>
        new Promise((resolve, reject) => {
          const asked = Buffer.from(BroadcastTxRequest.encode({ txBytes: tx, mode: BroadcastMode.BROADCAST_MODE_SYNC }));
          client.makeUnaryRequest(BROADCAST, same, same, asked, (error, answer) => {
            const response = answer === undefined ? undefined : BroadcastTxResponse.decode(answer).txResponse;
            try {
              resolve(verdict(response?.code, error?.details ?? response?.rawLog ?? ""));
            } catch (refusal) {
              reject(refusal instanceof Error ? refusal : new Error(String(refusal)));
            }
          });
        });
      return { broadcast, close: () => client.close() };
    },
  };
}

function doorsOf({ ports: [ports] }: BenchNetwork): readonly Door[] {
  if (ports === undefined) throw new Error("no validator");
  const rpc = (tx: string): string => `{"jsonrpc":"2.0","id":1,"method":"broadcast_tx_sync","params":{"tx":"${tx}"}}`;
  const rest = (tx: string): string => `{"tx_bytes":"${tx}","mode":"BROADCAST_MODE_SYNC"}`;
  return [
    http("RPC broadcast_tx_sync", { port: ports.rpc, path: "/" }, rpc, (text) => (JSON.parse(text) as { result?: { code: number } }).result?.code),
    http("REST POST /cosmos/tx/v1beta1/txs", { port: ports.api, path: "/cosmos/tx/v1beta1/txs" }, rest, (text) => (JSON.parse(text) as { tx_response?: { code: number } }).tx_response?.code),
    grpc(ports.grpc),
  ];
}

/** Each client has accounts of its own, whose sends go out one after the other. */
async function drive(door: Door, queues: readonly (readonly Uint8Array[])[], forMs: number): Promise<Report> {
  const latencies: number[] = [];
  let full = 0;
  const start = performance.now();
  const client = async (own: readonly (readonly Uint8Array[])[]): Promise<void> => {
    const opened = door.open();
    const txs = Array.from({ length: own[0]?.length ?? 0 }, (_, k) => own.flatMap((queue) => queue[k] ?? [])).flat();
    for (const tx of txs) {
      for (;;) {
        const from = performance.now();
        if (from - start > forMs) {
          opened.close();
          return;
        }
        if ((await opened.broadcast(tx)) === "accepted") {
          latencies.push(performance.now() - from);
          break;
        }
        full++;
        await pause(FULL_WAIT_MS);
      }
    }
    throw new Error("more sends were accepted than were signed: raise MOST_PER_SECOND");
  };
  await Promise.all(Array.from({ length: connections }, (_, i) => client(queues.filter((_q, k) => k % connections === i))));
  const took = (performance.now() - start) / 1_000;
  return { accepted: latencies.length, full, seconds: took, latencies: latencies.toSorted((a, b) => a - b) };
}

const sign = (senders: readonly Sender[], from: number, total: number): Uint8Array[][] =>
  senders.map((sender) => signSends(sender, FACTS, from, Math.ceil(total / senders.length)));

async function measure(network: BenchNetwork, door: Door, senders: readonly Sender[]): Promise<string[]> {
  // Warm-up has accounts of its own too: how many of its sends go out is not known beforehand.
  const [warm, own] = [senders.slice(0, SENDERS / 2), senders.slice(SENDERS / 2)];
  await drive(door, sign(warm, 0, WARM_UP_SECONDS * MOST_PER_SECOND), WARM_UP_SECONDS * 1_000);
  const queues = sign(own, 0, seconds * MOST_PER_SECOND);
  const [nodes, ours] = [network.cpuMs(), cpuMs()];
  const { accepted, full, seconds: took, latencies } = await drive(door, queues, seconds * 1_000);
  const at = (share: number): string => (latencies[Math.floor(latencies.length * share)] ?? Number.NaN).toFixed(1);
  const [node, generator] = [network.cpuMs() - nodes, cpuMs() - ours].map((ms) => (ms / accepted).toFixed(3));
  return [door.name, (accepted / took).toFixed(0), at(0.5), at(0.99), full.toString(), node ?? "", generator ?? ""];
}

installNativeCrypto();
printMachine();
const accounts = Array.from({ length: 3 * SENDERS }, (_, i) => createSigner(`sender ${i}`).address).map((address) => ({
  address,
  amount: toUopen(1_000_000_000n),
  from: "community" as const,
}));
const noLimits = { "grpc.requests_per_minute": "0", "api.requests_per_minute": "0" };
const network = await startNetwork({ validators: 1, accounts, timeoutCommitMs: 1_000, settings: { "tx_index.indexer": JSON.stringify(index) }, appSettings: noLimits });
try {
  const client = await StargateClient.connect(network.rpcs[0] ?? "");
  const { accountNumber } = await client.getSequence(createSigner("sender 0").text);
  client.disconnect();
  const senders = createSenders(accounts.length, accountNumber);
  const rows: string[][] = [];
  for (const [i, door] of doorsOf(network).entries()) rows.push(await measure(network, door, senders.slice(i * SENDERS, (i + 1) * SENDERS)));
  printTable(["door", "accepted/s", "p50 ms", "p99 ms", "refused as full", "CPU ms of the node", "of the clients"], rows);
} finally {
  await network.stop();
}
