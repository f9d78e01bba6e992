import { expect } from "chai";
import { AdapterStatus, DisputeKind, DisputeStatus, JobStatus, MsgDisputeTraining, MsgPublishAdapter, SampleStatus } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Params } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Runtime } from "../../sidecar/types.js";
import { LiveChain, OPEN } from "../../test/replay/live-chain.js";
import { otherRuntimeOf, serve, tinyRuntime } from "../../test/replay/world.js";
import type { Served } from "../../test/replay/world.js";
import { nudge, tamperingRuntime } from "../../testnet/faults/tampering.js";
import { Models } from "../tasks/models.js";
import { trainJob } from "../trainer/job.js";

const signal = new AbortController().signal;
const BOND = 5n * OPEN;
const FEE = 10n * OPEN;

describe("a software upgrade between a training and its replay", () => {
  let software: Runtime;
  let baseId: Uint8Array;
  /** The trainer's sidecar, one that lies, and those of the validators after the upgrade. */
  let old: Served;
  let liar: Served;
  let upgraded: Served;

  before(async () => {
    ({ runtime: software, baseId } = await tinyRuntime());
    old = await serve({ ...software, dispose: () => undefined });
    liar = await serve({ ...tamperingRuntime(software, { step: 2, change: nudge(0, 1e-3) }), dispose: () => undefined });
    upgraded = await serve(otherRuntimeOf(software));
  });
  after(async () => {
    for (const { close } of [old, liar, upgraded]) await close();
    software.dispose();
  });

  /** Job 1, trained with the trainer's sidecar before validators that have theirs. */
  async function trained(validators: Served, trainer: Served, params: Partial<Params>): Promise<LiveChain> {
    const chain = new LiveChain(validators.client, params);
    await chain.prepare(baseId);
    const job = await chain.order({}, trainer.client);
    const deps = chain.trainer(trainer.client);
    await trainJob(deps, new Models(deps), job, signal);
    return chain;
  }

  const purses = (chain: LiveChain): bigint[] => (["trainer", "challenger", "developer"] as const).map((name) => chain.balance(name));
  const stateOf = (chain: LiveChain): number[] => [chain.job(1n).status, chain.record.adapters.getOrFail(1n).status];
  const WITHDRAWN = [JobStatus.JOB_STATUS_UNVERIFIED, AdapterStatus.ADAPTER_STATUS_UNVERIFIED];

  it("leaves an honest trainer its bond when somebody disputes, the challenger too, and the developer its fee", async () => {
    const chain = await trained(upgraded, old, {});
    const held = purses(chain);
    const accusation = { challenger: chain.signer("challenger").text, jobId: 1n, kind: DisputeKind.DISPUTE_KIND_RESULT, step: 8 };
    expect(await chain.send("challenger", MsgDisputeTraining, accusation)).to.equal("");
    await chain.blocks(12);
    expect(chain.record.disputes.getOrFail(1n).status).to.equal(DisputeStatus.DISPUTE_STATUS_UNRESOLVED);
    expect(stateOf(chain)).to.deep.equal(WITHDRAWN);
    expect(purses(chain).map((now, i) => now - (held[i] ?? 0n))).to.deep.equal([BOND, 0n, FEE]);
  });

  it("is no cover for a trainer that states a runtime which nobody has: its first segment is tried, and nothing is paid", async () => {
    const chain = await trained(upgraded, liar, { replaySamplePpm: 1 });
    const own = { owner: chain.signer("developer").text, adapterId: 1n, name: "a", rateIn: "1", rateOut: "1" };
    expect(await chain.send("developer", MsgPublishAdapter, own)).to.equal("");
    const held = purses(chain);
    await chain.blocks(12);
    expect(stateOf(chain)).to.deep.equal(WITHDRAWN);
    expect(purses(chain).map((now, i) => now - (held[i] ?? 0n))).to.deep.equal([BOND, 0n, FEE]);
  });

  it("is not needed to find the same liar where validators have its runtime", async () => {
    const chain = await trained(old, liar, { replaySamplePpm: 1 });
    await chain.blocks(12);
    expect(stateOf(chain)).to.deep.equal([JobStatus.JOB_STATUS_REFUTED, AdapterStatus.ADAPTER_STATUS_REFUTED]);
    expect(chain.record.checkpoints.getOrFail([1n, 4]).sample).to.equal(SampleStatus.SAMPLE_STATUS_REFUTED);
  });
}).timeout(120_000);
