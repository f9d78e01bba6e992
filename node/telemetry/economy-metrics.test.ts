import { expect } from "chai";
import { toUopen, utf8 } from "../../chain/primitives/index.js";
import { FakeChain } from "../../test/rpc/fake-chain.js";
import { watchEconomy } from "./economy-metrics.js";
import { Registry } from "./metrics.js";
import { readExposition } from "./testkit/exposition.js";

const event = (type: string, pairs: Readonly<Record<string, string>>) => ({
  type,
  attributes: Object.entries(pairs).map(([key, value]) => ({ key, value, index: true })),
});

describe("metrics of the data economy", () => {
  it("count what committed blocks and successful transactions did, and nothing that failed", () => {
    const chain = new FakeChain();
    const registry = new Registry();
    const stop = watchEconomy(registry, chain);
    const paid = event("attribution_payout", { inference_id: "1", account: "a", role: "1", amount: toUopen(2_500_000n).toString() });
    const closed = event("task_closed", { task_id: "1", kind: "attribution", result: "exact", revealed_power: "75" });
    const claim = event("claim_rewards", { account: "a", amount: "1000000" });
    chain.commitBlock([{ tx: utf8("ok"), result: { events: [claim] } }, { tx: utf8("bad"), result: { code: 5, events: [claim] } }], { events: [paid, paid, closed] });
    chain.commitBlock([], { events: [event("dispute_attribution", {}), event("settle_inference", { fee: "500000" }), event("close_work_audit", { result: "passed" })] });
    stop();
    chain.commitBlock([], { events: [paid] });
    const read = readExposition(registry.text());
    const valueOf = (name: string): number => read.get(`openledger_${name}`)?.samples[0]?.value ?? NaN;
    expect([valueOf("payouts_total"), valueOf("payouts_open_total")]).to.deep.equal([2, 5]);
    expect([valueOf("tasks_closed_total"), valueOf("attestation_power")]).to.deep.equal([1, 75]);
    expect([valueOf("rewards_claimed_open_total"), valueOf("inference_fees_open_total")]).to.deep.equal([1, 0.5]);
    expect(read.get("openledger_disputes_total")?.samples[0]?.labels).to.deep.equal({ stage: "opened" });
    expect(read.get("openledger_work_audits_total")?.samples[0]?.labels).to.deep.equal({ result: "passed" });
    expect(read.get("openledger_payouts_total")?.samples[0]?.labels["role"]).to.match(/^[a-z_]+$/).and.not.equal("other");
  });
});
