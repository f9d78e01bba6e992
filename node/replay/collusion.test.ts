import { expect } from "chai";
import { DisputeKind, DisputeStatus, JobStatus, MsgDisputeTraining, ReplayOutcome, ReplayStatus } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Runtime } from "../../sidecar/types.js";
import { LiveChain, OPEN } from "../../test/replay/live-chain.js";
import { serve, tinyRuntime } from "../../test/replay/world.js";
import type { Served } from "../../test/replay/world.js";
import { nudge, tamperingRuntime } from "../../testnet/faults/tampering.js";
import { Models } from "../tasks/models.js";
import { trainJob } from "../trainer/job.js";

const signal = new AbortController().signal;
const PRIZE = (5n * OPEN) / 2n;
const { DISPUTE_STATUS_REJECTED, DISPUTE_STATUS_UNRESOLVED, DISPUTE_STATUS_UPHELD } = DisputeStatus;

/** Said by a validator that would have the trainer lose. */
const SLANDER = ReplayOutcome.create({ status: ReplayStatus.REPLAY_STATUS_IMPOSSIBLE });

describe("validators that lie about a replay", () => {
  let honest: Runtime;
  let baseId: Uint8Array;
  let served: Served;
  const open: Served[] = [];
  before(async () => {
    ({ runtime: honest, baseId } = await tinyRuntime());
    served = await serve(honest);
  });
  after(async () => {
    for (const { close } of open) await close();
    await served.close();
  });

  /** An honest job; the first `liars` of four validators slander its trainer. */
  async function trained(liars: () => number): Promise<LiveChain> {
    const chain = new LiveChain(served.client, {}, (i) => (i < liars() ? SLANDER : undefined));
    await chain.prepare(baseId);
    const deps = chain.trainer(served.client);
    await trainJob(deps, new Models(deps), await chain.order(), signal);
    return chain;
  }

  /** The result is disputed; what trainer and challenger gain by it. */
  async function disputed(chain: LiveChain): Promise<{ readonly status: number; readonly gained: readonly bigint[] }> {
    const purses = (): bigint[] => [chain.balance("trainer"), chain.balance("challenger")];
    const before = purses();
    const message = { challenger: chain.signer("challenger").text, jobId: 1n, kind: DisputeKind.DISPUTE_KIND_RESULT, step: 8, stateRoot: new Uint8Array(0) };
    expect(await chain.send("challenger", MsgDisputeTraining, message)).to.equal("");
    await chain.blocks(60);
    const status = [...chain.record.disputes.values()].at(-1)?.status ?? 0;
    return { status, gained: purses().map((b, i) => b - (before[i] ?? 0n)) };
  }

  it("are outvoted while they are a quarter: the accuser pays", async () => {
    const chain = await trained(() => 1);
    expect(await disputed(chain)).to.deep.equal({ status: DISPUTE_STATUS_REJECTED, gained: [PRIZE, -5n * OPEN] });
    expect(chain.job(1n).status).to.equal(JobStatus.JOB_STATUS_COMPLETED);
  });

  it("keep it undecided while they are half: nobody pays, and it can be asked again", async () => {
    let liars = 2;
    const chain = await trained(() => liars);
    expect(await disputed(chain)).to.deep.equal({ status: DISPUTE_STATUS_UNRESOLVED, gained: [0n, 0n] });
    liars = 0;
    expect((await disputed(chain)).status).to.equal(DISPUTE_STATUS_REJECTED);
  });

  it("cannot save a trainer that lied, while they are a quarter", async () => {
    const liar = await serve({ ...tamperingRuntime(honest, { step: 8, change: nudge(0, 1e-3) }), dispose: () => undefined });
    open.push(liar);
    const forgiving = ReplayOutcome.create({ status: ReplayStatus.REPLAY_STATUS_CORRUPT });
    const chain = new LiveChain(served.client, { replaySamplePpm: 1_000_000 }, (i, task) => (i === 0 && task.stateCid !== "" ? forgiving : undefined));
    await chain.prepare(baseId);
    const deps = chain.trainer(liar.client);
    await trainJob(deps, new Models(deps), await chain.order(), signal);
    await chain.blocks(40);
    expect(chain.job(1n).status).to.equal(JobStatus.JOB_STATUS_REFUTED);
    expect([...chain.record.disputes.values()].every((d) => d.status === DISPUTE_STATUS_UPHELD)).to.equal(true);
  });
}).timeout(120_000);
