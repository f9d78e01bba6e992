/** What the services of a node count themselves, read when somebody scrapes; and the process around them. */
import type { TxPool } from "../engine/types.js";
import type { IndexStatus } from "../indexer/types.js";
import type { FlowStats, P2p } from "../p2p/types.js";
import type { SignerStatus } from "../privval/index.js";
import type { TaskStats } from "../tasks/types.js";
import type { Registry } from "./metrics.js";

export function watchPool(registry: Registry, namespace: string, pool: Pick<TxPool, "status" | "stats">): void {
  const name = (text: string): string => `${namespace}_mempool_${text}`;
  const size = registry.gauge({ name: name("size"), help: "Number of uncommitted transactions in the mempool." });
  const bytes = registry.gauge({ name: name("size_bytes"), help: "Total size of the mempool in bytes." });
  const failed = registry.counter({ name: name("failed_txs"), help: "Number of failed transactions." });
  const rejected = registry.counter({ name: name("rejected_txs"), help: "Number of rejected transactions." });
  const evicted = registry.counter({ name: name("evicted_txs"), help: "Number of evicted transactions." });
  const rechecked = registry.counter({ name: name("recheck_times"), help: "Number of times transactions are rechecked in the mempool." });
  registry.onScrape(() => {
    const { count, bytes: total } = pool.status();
    const stats = pool.stats();
    size.set(count);
    bytes.set(total);
    failed.set(stats.failed);
    rejected.set(stats.rejected);
    evicted.set(stats.evicted);
    rechecked.set(stats.rechecked);
  });
}

export function watchP2p(registry: Registry, namespace: string, p2p: Pick<P2p, "stats">): void {
  const name = (text: string): string => `${namespace}_p2p_${text}`;
  const peers = registry.gauge({ name: name("peers"), help: "Number of peers." });
  const labels = ["message_type"];
  const received = registry.counter({ name: name("message_receive_bytes_total"), help: "Number of bytes of each message type received.", labels });
  const sent = registry.counter({ name: name("message_send_bytes_total"), help: "Number of bytes of each message type sent.", labels });
  const dropped = registry.counter({ name: "openledger_p2p_dropped_messages_total", help: "Messages dropped: a queue was full, or a rate passed.", labels });
  const bans = registry.counter({ name: "openledger_p2p_bans_total", help: "Peers that were banned." });
  const failures = registry.counter({ name: "openledger_p2p_dial_failures_total", help: "Dials that failed." });
  const known = registry.gauge({ name: "openledger_p2p_known_addresses", help: "Addresses of peers in the address book." });
  const refused = registry.counter({ name: "openledger_p2p_refused_connections_total", help: "Connections refused: no place, banned, or not on the allow-list." });
  registry.onScrape(() => {
    const stats = p2p.stats();
    peers.set(stats.peers);
    bans.set(stats.bans);
    failures.set(stats.dialFailures);
    known.set(stats.knownAddresses);
    refused.set(stats.refusedConnections);
    for (const flows of [stats.channels, stats.topics, stats.requests] as readonly Readonly<Record<string, FlowStats>>[]) {
      for (const [flow, { receivedBytes, sentBytes, dropped: lost }] of Object.entries(flows)) {
        received.set(receivedBytes, flow);
        sent.set(sentBytes, flow);
        dropped.set(lost, flow);
      }
    }
  });
}

export function watchIndex(registry: Registry, index: { status(): IndexStatus }): void {
  const last = registry.gauge({ name: "openledger_index_height", help: "Height up to which transactions and blocks can be searched." });
  const lag = registry.gauge({ name: "openledger_index_lag_blocks", help: "Committed blocks that cannot be searched yet." });
  const broken = registry.gauge({ name: "openledger_index_broken", help: "1 when the index has failed and nothing can be searched." });
  registry.onScrape(() => {
    const status = index.status();
    last.set(Number(status.last));
    lag.set(status.lag);
    broken.set(status.isBroken ? 1 : 0);
  });
}

/** @param stats undefined on a node without a sidecar */
export function watchTasks(registry: Registry, stats: (() => TaskStats) | undefined): void {
  const ready = registry.gauge({ name: "openledger_tasks_ready", help: "Open tasks whose value this validator knows." });
  const working = registry.gauge({ name: "openledger_tasks_working", help: "Tasks that are being computed." });
  const computed = registry.counter({ name: "openledger_tasks_computed_total", help: "Tasks that this validator has computed." });
  const failed = registry.counter({ name: "openledger_tasks_failed_total", help: "Attempts at tasks that failed." });
  if (stats === undefined) return;
  registry.onScrape(() => {
    const now = stats();
    ready.set(now.ready);
    working.set(now.working);
    computed.set(now.computed);
    failed.set(now.failed);
  });
}

/** @param status undefined on a node that holds its key itself */
export function watchSigner(registry: Registry, status: (() => SignerStatus) | undefined): void {
  if (status === undefined) return;
  const connected = registry.gauge({ name: "openledger_signer_connected", help: "1 while the remote signer is in reach." });
  const answers = registry.counter({ name: "openledger_signer_answers_total", help: "What the remote signer did with what it was asked to sign.", labels: ["result"] });
  registry.onScrape(() => {
    const now = status();
    connected.set(now.isConnected ? 1 : 0);
    answers.set(now.signed, "signed");
    answers.set(now.refused, "refused");
    answers.set(now.failed, "failed");
  });
}

const LOOP_BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5];
const LOOP_SAMPLE_MS = 100;

/** The process, under the names that Prometheus' own clients use, and how late its event loop is. */
export function watchProcess(registry: Registry): () => void {
  const memory = registry.gauge({ name: "process_resident_memory_bytes", help: "Resident memory size in bytes." });
  const heap = registry.gauge({ name: "nodejs_heap_size_used_bytes", help: "Process heap size used from Node.js in bytes." });
  const cpu = registry.counter({ name: "process_cpu_seconds_total", help: "Total user and system CPU time spent in seconds." });
  const start = registry.gauge({ name: "process_start_time_seconds", help: "Start time of the process since unix epoch in seconds." });
  const loop = registry.histogram({
    name: "openledger_event_loop_delay_seconds",
    help: "How late timers of the main thread fire: what everything else has to wait for it.",
    buckets: LOOP_BUCKETS,
  });
  start.set(Math.round(Date.now() / 1_000 - process.uptime()));
  let due = performance.now() + LOOP_SAMPLE_MS;
  const timer = setInterval(() => {
    const now = performance.now();
    loop.observe(Math.max(0, now - due) / 1_000);
    due = now + LOOP_SAMPLE_MS;
  }, LOOP_SAMPLE_MS);
  timer.unref();
  registry.onScrape(() => {
    const { rss, heapUsed } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    memory.set(rss);
    heap.set(heapUsed);
    cpu.set((user + system) / 1e6);
  });
  return () => clearInterval(timer);
}
