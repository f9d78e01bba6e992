/** One validator with every door open and no limits on calls, in a process of its own: bench/doors.ts asks it. */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { createInterface } from "node:readline";
import { createSigner } from "../chain/testkit/signer.js";
import { DEFAULT_ENGINE_CONFIG } from "../node/config/engine.js";
import { startLiveNode } from "../test/doors/live-node.js";
import { cpuMs } from "./machine.js";

const [commitMs = "1000"] = process.argv.slice(2);
const accounts = Array.from({ length: 64 }, (_, i) => ({ address: createSigner(`sender ${i}`).text, uopen: 1_000_000_000n }));
const node = await startLiveNode({
  accounts,
  operator: accounts[0]?.address ?? "",
  engine: { ...DEFAULT_ENGINE_CONFIG, commitMs: Number(commitMs) },
  app: { grpc: "requests_per_minute = 0", api: "requests_per_minute = 0" },
});
await node.reached(2n);

const delay = monitorEventLoopDelay({ resolution: 2 });
let times: number[] = [];
let cpu = cpuMs();
node.engine.subscribe((event) => {
  if (event.kind === "block") times.push(performance.now());
});

function reset(): void {
  times = [];
  cpu = cpuMs();
  delay.reset();
  delay.enable();
}

function report(): object {
  delay.disable();
  const ms = (nanos: number): number => nanos / 1e6;
  return {
    blocks: times.slice(1).map((t, i) => t - (times[i] ?? t)),
    cpuMs: cpuMs() - cpu,
    loop: { p50: ms(delay.percentile(50)), p99: ms(delay.percentile(99)), max: ms(delay.max) },
  };
}

function say(value: object): void {
  process.stdout.write(`${JSON.stringify(value)}\n`);
}

say({ rpcPort: node.rpcPort, grpcPort: node.grpcPort, apiPort: node.apiPort, address: accounts[1]?.address });
for await (const line of createInterface({ input: process.stdin })) {
  if (line === "reset") reset();
  else say(report());
}
await node.stop();
process.exit(0);
