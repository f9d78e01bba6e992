/**
 * Queries per second through each door of one validator, with their latency; and what a flood of queries through all doors
 * at once does to its blocks and its event loop, beside the same flood at another node. Each node is a process of its own, with
 * limits on calls switched off; the clients share the machine.
 *
 * npx tsx bench/doors.ts [seconds=5] [connections=32] [seconds of the flood=30] [flood connections of each door=64] [commit ms=1000]
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, request } from "node:http";
import { createInterface } from "node:readline";
import { Client, credentials } from "@grpc/grpc-js";
import { QueryAllBalancesRequest } from "../proto/gen/cosmos/bank/v1beta1.js";
import { median, printMachine, printTable } from "./machine.js";

const [seconds = "5", connections = "32", floodSeconds = "30", floodConnections = "64", commitMs = "1000"] = process.argv.slice(2);
const QUERY = "/cosmos.bank.v1beta1.Query/AllBalances";

interface Report {
  readonly blocks: readonly number[];
  readonly cpuMs: number;
  readonly loop: { readonly p50: number; readonly p99: number; readonly max: number };
}

interface Ports {
  readonly rpcPort: number;
  readonly grpcPort: number;
  readonly apiPort: number;
  readonly address: string;
}

interface BenchNode extends Ports {
  reset(): void;
  report(): Promise<Report>;
  stop(): Promise<void>;
}

async function startNode(): Promise<BenchNode> {
  const args = ["--import", "tsx", new URL("doors-node.ts", import.meta.url).pathname, commitMs];
  const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async <T>(): Promise<T> => JSON.parse((await lines.next()).value as string) as T;
  const ports = await next<Ports>();
  return {
    ...ports,
    reset: () => void child.stdin.write("reset\n"),
    report: () => (child.stdin.write("report\n"), next<Report>()),
    stop: async () => {
      child.stdin.end();
      await once(child, "exit");
    },
  };
}

/** One call of one client; resolves when it is answered, with whether the answer was good. */
type Call = () => Promise<boolean>;
interface Door {
  readonly name: string;
  open(count: number): { readonly calls: readonly Call[]; close(): void };
}

function httpCall(agent: Agent, options: { readonly port: number; readonly path: string }, body?: string): Promise<boolean> {
  return new Promise((resolve) => {
    const method = body === undefined ? "GET" : "POST";
    const sent = request({ ...options, host: "127.0.0.1", method, agent, headers: { "Content-Type": "application/json" } }, (response) => {
      response.resume();
      response.on("end", () => resolve(response.statusCode === 200));
    });
    sent.on("error", () => resolve(false));
    sent.end(body);
  });
}

function doorsOf({ rpcPort, grpcPort, apiPort, address }: Ports): readonly Door[] {
  const data = Buffer.from(QueryAllBalancesRequest.encode(QueryAllBalancesRequest.create({ address })));
  const params = { path: QUERY, data: data.toString("hex"), height: "0", prove: false };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "abci_query", params });
  const http = (name: string, call: (agent: Agent) => Promise<boolean>): Door => ({
    name,
    open: (count) => {
      const agent = new Agent({ keepAlive: true, maxSockets: count });
      return { calls: Array.from({ length: count }, () => () => call(agent)), close: () => agent.destroy() };
    },
  });
  const grpc: Door = {
    name: "gRPC",
    open: (count) => {
      const pool = { "grpc.use_local_subchannel_pool": 1 };
      const clients = Array.from({ length: count }, () => new Client(`127.0.0.1:${grpcPort}`, credentials.createInsecure(), pool));
      const same = (b: Buffer): Buffer => b;
      const call = (client: Client): Promise<boolean> =>
        new Promise((resolve) => client.makeUnaryRequest(QUERY, same, same, data, (error) => resolve(error === null)));
      return { calls: clients.map((client) => () => call(client)), close: () => clients.forEach((c) => c.close()) };
    },
  };
  return [
    http("REST", (agent) => httpCall(agent, { port: apiPort, path: `/cosmos/bank/v1beta1/balances/${address}` })),
    grpc,
    http("RPC abci_query", (agent) => httpCall(agent, { port: rpcPort, path: "/" }, body)),
  ];
}

interface Load {
  readonly perSecond: number;
  readonly failed: number;
  readonly p50: number;
  readonly p99: number;
}

/** Every client asks, waits for the answer, and asks again. */
async function drive(door: Door, count: number, ms: number): Promise<Load> {
  const opened = door.open(count);
  const latencies: number[] = [];
  let failed = 0;
  const end = performance.now() + ms;
  const client = async (call: Call): Promise<void> => {
    while (performance.now() < end) {
      const start = performance.now();
      if (await call()) latencies.push(performance.now() - start);
      else failed++;
    }
  };
  await Promise.all(opened.calls.map(client));
  opened.close();
  const sorted = latencies.toSorted((a, b) => a - b);
  const at = (share: number): number => sorted[Math.floor(sorted.length * share)] ?? Number.NaN;
  return { perSecond: (latencies.length / ms) * 1000, failed, p50: at(0.5), p99: at(0.99) };
}

const mean = (values: readonly number[]): number => values.reduce((sum, v) => sum + v, 0) / values.length;
const row = (name: string, load: Load): string[] => [name, load.perSecond.toFixed(0), load.p50.toFixed(1), load.p99.toFixed(1), load.failed.toString()];

function blockRow(name: string, { blocks, loop, cpuMs }: Report, ms: number): string[] {
  const times = [mean(blocks), median(blocks), Math.max(...blocks)].map((t) => t.toFixed(0));
  return [name, blocks.length.toString(), ...times, ...[loop.p50, loop.p99, loop.max].map((t) => t.toFixed(1)), ((cpuMs / ms) * 100).toFixed(0)];
}

const head = ["door", "queries/s", "p50 ms", "p99 ms", "failed"];
printMachine();
const node = await startNode();
const doors = doorsOf(node);
const rows: string[][] = [];
for (const door of doors) {
  await drive(door, Number(connections), 1000);
  rows.push(row(door.name, await drive(door, Number(connections), Number(seconds) * 1000)));
}
printTable(head, rows);

const ms = Number(floodSeconds) * 1000;

/** What the node says of the time in which the doors are flooded. */
async function flood(at: readonly Door[]): Promise<{ readonly report: Report; readonly loads: readonly Load[] }> {
  node.reset();
  const quiet = new Promise<void>((resolve) => setTimeout(resolve, ms));
  const [loads] = await Promise.all([Promise.all(at.map((door) => drive(door, Number(floodConnections), ms))), quiet]);
  return { report: await node.report(), loads };
}

const calm = await flood([]);
// The clients and a flooded node take the same time of the machine whichever node they ask: what is left is the doors' doing.
const decoy = await startNode();
const beside = await flood(doorsOf(decoy));
await decoy.stop();
const flooded = await flood(doors);
console.log(`\nflood of ${Number(floodConnections) * doors.length} clients:`);
printTable(head, flooded.loads.map((load, i) => row(doors[i]?.name ?? "", load)));
console.log("");
printTable(
  ["node", "blocks", "mean ms", "median ms", "max ms", "loop p50 ms", "p99 ms", "max ms", "cpu %"],
  [
    blockRow("calm", calm.report, ms),
    blockRow("beside a flooded node", beside.report, ms),
    blockRow("flooded", flooded.report, ms),
  ],
);
const moved = (from: Report): string => ((mean(flooded.report.blocks) / mean(from.blocks) - 1) * 100).toFixed(1);
console.log(`block time moved by ${moved(calm.report)} % against calm, ${moved(beside.report)} % against beside`);
await node.stop();
