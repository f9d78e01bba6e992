import { readFileSync } from "node:fs";
import { expect } from "chai";
import { formatAddress } from "../../chain/codec/index.js";
import { toAddress } from "../../chain/primitives/index.js";
import { startLiveNode } from "../../test/doors/live-node.js";
import type { LiveNode } from "../../test/doors/live-node.js";
import { readExposition } from "./testkit/exposition.js";
import type { ReadFamily } from "./testkit/exposition.js";

interface Panel {
  readonly title: string;
  readonly targets?: readonly { readonly expr: string }[];
  readonly panels?: readonly Panel[];
}

interface Dashboard {
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly { readonly query?: unknown }[] };
}

const dashboard = JSON.parse(readFileSync(new URL("../../docs/grafana/openledger.json", import.meta.url), "utf8")) as Dashboard;
const panels = dashboard.panels.flatMap((panel) => [panel, ...(panel.panels ?? [])]);
const WORDS = new Set(["sum", "max", "min", "by", "rate", "increase", "histogram_quantile", "topk", "label_values"]);

/** Metrics named by a query, and the labels it groups by. */
function namesIn(expr: string): { readonly metrics: readonly string[]; readonly labels: readonly string[] } {
  const labels = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = ""]) => list.split(",").map((l) => l.trim()));
  const bare = expr.replace(/\bby \([^)]*\)/g, "").replace(/\{[^}]*\}/g, "").replace(/\[[^\]]*\]/g, "");
  const metrics = [...bare.matchAll(/[a-zA-Z_:][a-zA-Z0-9_:]*/g)].map(([word]) => word).filter((word) => !WORDS.has(word));
  return { metrics, labels };
}

describe("the metrics of a running node", () => {
  let node: LiveNode;
  let families: ReadonlyMap<string, ReadFamily>;

  const scrape = async (): Promise<ReadonlyMap<string, ReadFamily>> => {
    const response = await fetch(`http://127.0.0.1:${node.metricsPort}/metrics`);
    expect(response.headers.get("content-type")).to.equal("text/plain; version=0.0.4; charset=utf-8");
    return readExposition(await response.text());
  };
  const valueOf = (name: string): number => families.get(name)?.samples[0]?.value ?? NaN;
  const familyOf = (metric: string): ReadFamily | undefined => families.get(metric) ?? families.get(metric.replace(/_(bucket|sum|count)$/, ""));

  before(async () => {
    node = await startLiveNode({ accounts: [], operator: formatAddress(toAddress(new Uint8Array(20).fill(7))), hasMetrics: true });
    await node.reached(node.engine.latestHeight() + 5n); // the blocks before the listener opened were not counted
    await fetch(`${node.rpc}/status`);
    await fetch(`${node.rpc}/block?height=999`);
    await fetch(node.rpc, { method: "POST", body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: `made up ${Math.random()}` }) });
    await fetch(`${node.api}/cosmos/bank/v1beta1/supply`);
    families = await scrape();
  });
  after(() => node.stop());

  it("can be read by Prometheus, with CometBFT's names where it has them", () => {
    expect(valueOf("cometbft_consensus_latest_block_height")).to.be.at.least(4);
    expect(valueOf("cometbft_consensus_height")).to.equal(valueOf("cometbft_consensus_latest_block_height") + 1);
    expect([valueOf("cometbft_consensus_validators"), valueOf("cometbft_consensus_missing_validators")]).to.deep.equal([1, 0]);
    expect(valueOf("cometbft_consensus_validators_power")).to.equal(10_000);
    expect(valueOf("cometbft_consensus_byzantine_validators")).to.equal(0);
    const counts = (name: string): number => families.get(name)?.samples.find((s) => s.name.endsWith("_count"))?.value ?? 0;
    expect(counts("cometbft_consensus_block_interval_seconds")).to.be.at.least(2);
    expect(counts("cometbft_state_block_processing_time")).to.be.at.least(3);
    for (const name of ["rounds", "num_txs", "block_size_bytes", "step_duration_seconds"]) expect(families.has(`cometbft_consensus_${name}`), name).to.equal(true);
    for (const name of ["mempool_size", "mempool_failed_txs", "p2p_peers"]) expect(valueOf(`cometbft_${name}`), name).to.equal(0);
  });

  it("count requests by door, route and status, whatever clients ask for", () => {
    const requests = families.get("openledger_requests_total")?.samples ?? [];
    const of = (route: string, status: string): number => requests.find((s) => s.labels["route"] === route && s.labels["status"] === status)?.value ?? 0;
    expect(of("status", "ok")).to.equal(1);
    expect(of("block", "-32603")).to.equal(1);
    expect(of("unknown", "-32601")).to.equal(1);
    expect(of("cosmos.bank.v1beta1.Query/TotalSupply", "ok")).to.equal(1);
    expect(requests.some((s) => s.labels["route"]?.includes("made up") === true)).to.equal(false);
  });

  it("name the chain on every series", () => {
    for (const { samples } of families.values()) for (const { name, labels } of samples) expect(labels["chain_id"], name).to.equal("open-doors-1");
  });

  it("are all that the dashboard names, with the labels it groups by", () => {
    const expressions = panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr })));
    expect(expressions.length).to.be.greaterThan(40);
    for (const { title, expr } of expressions) {
      const { metrics, labels } = namesIn(expr);
      expect(metrics, `${title}: ${expr}`).to.not.be.empty;
      for (const metric of metrics) {
        const family = familyOf(metric);
        expect(family, `${title} asks for ${metric}`).to.not.equal(undefined);
        if (metric.endsWith("_bucket")) expect(family?.type, metric).to.equal("histogram");
        for (const label of labels) {
          const known = family?.samples.some((s) => label in s.labels) === true || family?.samples.length === 0;
          expect(known, `${title} groups ${metric} by ${label}`).to.equal(true);
        }
      }
    }
    for (const { query } of dashboard.templating.list) {
      const [, metric] = /label_values\((\w+)/.exec(JSON.stringify(query)) ?? [];
      if (metric !== undefined) expect(families.has(metric), metric).to.equal(true);
    }
  });

  it("are all on the dashboard, but for a few that only matter in a query of one's own", () => {
    const named = new Set(panels.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => namesIn(expr).metrics.map((m) => familyOf(m)?.name))));
    const unseen = [...families.keys()].filter((name) => !named.has(name));
    expect(unseen).to.have.members([
      "cometbft_consensus_byzantine_validators", "cometbft_consensus_chain_size_bytes", "cometbft_consensus_height", "cometbft_consensus_num_txs",
      "cometbft_consensus_round_duration_seconds", "cometbft_state_consensus_param_updates", "cometbft_state_validator_set_updates",
      "openledger_build_info", "openledger_index_broken", "openledger_index_height", "process_start_time_seconds",
    ]);
  });

  it("come with the node's health, on every listener that speaks HTTP", async () => {
    for (const url of [`http://127.0.0.1:${node.metricsPort}/health`, `${node.rpc}/health`, `${node.api}/health`]) {
      expect((await fetch(url)).status, url).to.equal(200);
    }
    const json = (await (await fetch(`http://127.0.0.1:${node.metricsPort}/health`)).json()) as Record<string, unknown>;
    expect(json).to.deep.include({ status: "ok", reasons: [], warnings: [] });
    expect((await fetch(`http://127.0.0.1:${node.metricsPort}/nowhere`)).status).to.equal(404);
    expect((await fetch(`http://127.0.0.1:${node.metricsPort}/metrics`, { method: "POST" })).status).to.equal(405);
  });
});
