import { expect } from "chai";
import { scoreVectors } from "../../modules/attribution/rules/score.js";
import type { ScaledScores } from "../../modules/attribution/rules/score.js";
import { parseVectors } from "../../modules/attribution/rules/vectors.js";
import { PayoutRole } from "../../proto/gen/openledger/attribution/v1.js";
import type { AttributionRecord } from "../../proto/gen/openledger/attribution/v1.js";
import { MsgPublishAdapter } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Adapter, Params } from "../../proto/gen/openledger/modelfactory/v1.js";
import { MsgRequestInference } from "../../proto/gen/openledger/openlora/v1.js";
import type { Runtime } from "../../sidecar/types.js";
import { LiveChain } from "../../test/replay/live-chain.js";
import { serve, tinyRuntime } from "../../test/replay/world.js";
import type { Served } from "../../test/replay/world.js";
import { trainJob } from "../trainer/job.js";
import { Models } from "./models.js";

const signal = new AbortController().signal;

/** What was paid for one answer, and the adapter that gave it. */
interface Paid {
  readonly chain: LiveChain;
  readonly adapter: Adapter;
  readonly record: AttributionRecord;
}

describe("pricing where the tangents do not predict retraining", () => {
  let runtime: Runtime;
  let baseId: Uint8Array;
  let served: Served;
  before(async () => {
    ({ runtime, baseId } = await tinyRuntime());
    served = await serve(runtime);
  });
  after(() => served.close());

  /** A job is trained and checked, its adapter asked once, and the answer attributed and paid. */
  async function paid(params: Partial<Params>): Promise<Paid> {
    const chain = new LiveChain(served.client, params);
    await chain.prepare(baseId);
    const deps = chain.trainer(served.client);
    await trainJob(deps, new Models(deps), await chain.order(), signal);
    const developer = chain.signer("developer").text;
    const offer = { owner: developer, adapterId: 1n, name: "voices", rateIn: "100000", rateOut: "1000000" };
    expect(await chain.send("developer", MsgPublishAdapter, offer)).to.equal("");
    const sampling = { temperatureMilli: 0, topK: 0, seed: 0n };
    const question = { user: chain.signer("owner").text, adapterId: 1n, prompt: "the harvest of wheat", maxTokens: 6, maxFee: "900000", clientNonce: "n", sampling };
    expect(await chain.send("owner", MsgRequestInference, question)).to.equal("");
    for (let i = 0; i < 40 && chain.attribution(1n) === undefined; i++) await chain.block();
    const record = chain.attribution(1n);
    if (record === undefined) throw new Error("the answer was not attributed");
    return { chain, adapter: chain.record.adapters.getOrFail(1n), record };
  }

  /** Scores by the vectors behind this name, from published bytes alone. */
  function scoresBy({ chain, record }: Paid, cid: string): ScaledScores["scores"] {
    const vectors = parseVectors(chain.blobs.content.get(cid) ?? new Uint8Array(0));
    const gradient = chain.blobs.content.get(record.outcome.queryGradientCid);
    if (vectors === undefined || gradient === undefined) throw new Error("not published");
    return scoreVectors({ exponent: record.outcome.queryExponent, values: new Int8Array(gradient) }, vectors.contributors).scores;
  }

  const byName = (scores: readonly { readonly contributor: string; readonly score: bigint }[]): string[] =>
    scores.map(({ contributor, score }) => `${contributor} ${score}`).sort((a, b) => (a < b ? -1 : 1));

  it("is by ef-v1, from the check to the payout, and the record says so", async () => {
    const found = await paid({ metasmoothSubsets: 3, metasmoothMinPpm: 1_000_000 });
    const { adapter, record } = found;
    expect(adapter).to.include({ method: "ef-v1", metasmoothSubsets: 3 });
    expect(adapter.metasmoothnessPpm).to.be.within(-999_999, 999_999);
    expect(record).to.include({ method: "ef-v1", vectorsCid: adapter.fallbackCid });
    expect(record.tangentRoot).to.deep.equal(adapter.fallbackRoot);
    expect(byName(record.outcome.influence)).to.deep.equal(byName(scoresBy(found, adapter.fallbackCid)));
    expect(byName(record.outcome.influence)).to.not.deep.equal(byName(scoresBy(found, adapter.tangentsCid)));
    const best = record.shares.reduce((a, b) => (b.influencePpm > a.influencePpm ? b : a));
    const earned = record.payouts.filter((p) => p.role === PayoutRole.PAYOUT_ROLE_CONTRIBUTOR);
    const most = earned.reduce((a, b) => (BigInt(b.amount) > BigInt(a.amount) ? b : a));
    expect(most.account).to.equal(best.contributor);
    expect(record.payouts.reduce((sum, p) => sum + BigInt(p.amount), 0n)).to.equal(BigInt(record.fee));
  });

  it("is by tangents where the check passes, of the same training", async () => {
    const found = await paid({ metasmoothSubsets: 3, metasmoothMinPpm: -1_000_000 });
    const { adapter, record } = found;
    expect([adapter.method, record.method, record.vectorsCid]).to.deep.equal(["tangent-v1", "tangent-v1", adapter.tangentsCid]);
    expect(byName(record.outcome.influence)).to.deep.equal(byName(scoresBy(found, adapter.tangentsCid)));
  });
}).timeout(120_000);
