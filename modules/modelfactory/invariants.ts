import { parseUopen } from "../../chain/codec/index.js";
import type { ReadContext } from "../../chain/kernel/context.js";
import type { Invariant } from "../../chain/kernel/module.js";
import { equalBytes, sumUopen } from "../../chain/primitives/index.js";
import { DisputeStatus, JobStatus, SampleStatus } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Adapter, TrainingJob } from "../../proto/gen/openledger/modelfactory/v1.js";
import { isOpenDispute } from "./dispute-book.js";
import { holdsEscrow } from "./job-book.js";
import { isMarked } from "./marks.js";
import type { Token } from "./ports.js";
import { MODELFACTORY_STORE, modelfactoryState } from "./state.js";

type State = ReturnType<typeof modelfactoryState.read>;

const open = (ctx: ReadContext): State => modelfactoryState.read(ctx.store(MODELFACTORY_STORE));

const count = (keys: Iterable<unknown>): number => [...keys].length;

function escrow(token: Token): Invariant {
  return {
    name: "the modelfactory account holds exactly the fees and bonds of unsettled jobs and the bonds of open disputes",
    holds(ctx) {
      const state = open(ctx);
      const jobs = [...state.jobs.values()].filter(holdsEscrow).flatMap((job) => [parseUopen(job.fee), parseUopen(job.bond)]);
      const bonds = [...state.disputes.values()].filter(isOpenDispute).map((dispute) => parseUopen(dispute.bond));
      const owed = sumUopen([...jobs, ...bonds]);
      const held = token.moduleBalance(ctx, MODELFACTORY_STORE);
      return owed === held || { owed, held };
    },
  };
}

/** Open and running jobs end by their deadline; completed ones are paid by it, once nothing is open about them. */
function hasStage(job: TrainingJob): boolean {
  const isHeldUp = job.status === JobStatus.JOB_STATUS_COMPLETED && job.openDisputes + job.openReplays > 0;
  return holdsEscrow(job) && !isHeldUp;
}

const stages: Invariant = {
  name: "a job has a deadline exactly while a stage of it ends by itself",
  holds(ctx) {
    const state = open(ctx);
    const due = [...state.jobs.values()].filter(hasStage);
    for (const job of state.jobs.values()) {
      const isListed = state.deadlines.has([job.deadline, job.id]);
      if (isListed !== hasStage(job) || isListed !== (job.deadline !== 0n)) return { job: job.id, deadline: job.deadline };
    }
    return count(state.deadlines.keys()) === due.length || { due: due.length };
  },
};

function isResultOf(adapter: Adapter | undefined, job: TrainingJob): boolean {
  return adapter !== undefined && adapter.jobId === job.id && equalBytes(adapter.runtimeId, job.runtimeId);
}

const results: Invariant = {
  name: "a completed job has its last checkpoint and its adapter, made with the runtime it was claimed with",
  holds(ctx) {
    const state = open(ctx);
    for (const job of state.jobs.values()) {
      const isDone = job.status === JobStatus.JOB_STATUS_COMPLETED || job.status === JobStatus.JOB_STATUS_SETTLED;
      if (!isDone) continue;
      const isWhole =
        state.checkpoints.has([job.id, job.hyperparameters.steps]) && isResultOf(state.adapters.get(job.adapterId), job);
      if (!isWhole) return { job: job.id, adapter: job.adapterId };
    }
    return true;
  },
};

const disputes: Invariant = {
  name: "an open dispute is listed once, has a deadline exactly while it is a side's turn, and is counted by its job",
  holds(ctx) {
    const state = open(ctx);
    for (const dispute of state.disputes.values()) {
      const { id, jobId, kind, segment, deadline } = dispute;
      const isOpen = isOpenDispute(dispute);
      const isTurn = isOpen && dispute.status !== DisputeStatus.DISPUTE_STATUS_COMMITTEE;
      const isListed = state.openDisputes.get([jobId, kind, segment]) === id;
      if (isListed !== isOpen || state.moves.has([deadline, id]) !== isTurn) return { dispute: id };
    }
    for (const job of state.jobs.values()) {
      if (count(state.openDisputes.keys({ prefix: [job.id] })) !== job.openDisputes) return { job: job.id };
    }
    return true;
  },
};

const replays: Invariant = {
  name: "a job counts its unasked replays, and a segment is in the draw exactly while it waits for it",
  holds(ctx) {
    const state = open(ctx);
    const openOf = new Map<bigint, number>();
    for (const { jobId, step, height, sample } of state.checkpoints.values()) {
      const isWaiting = sample === SampleStatus.SAMPLE_STATUS_WAITING;
      if (state.draws.has([height, jobId, step]) !== isWaiting) return { job: jobId, step };
      if (isWaiting || sample === SampleStatus.SAMPLE_STATUS_REPLAYING) openOf.set(jobId, (openOf.get(jobId) ?? 0) + 1);
    }
    for (const job of state.jobs.values()) if (job.openReplays !== (openOf.get(job.id) ?? 0)) return { job: job.id };
    return true;
  },
};

const marks: Invariant = {
  name: "an adapter is its parent's child exactly while it bears no mark, and marks on parents are queued to reach it",
  holds(ctx) {
    const state = open(ctx);
    for (const adapter of state.adapters.values()) {
      const { id, parentAdapterId: parent } = adapter;
      const isChild = parent !== 0n && !isMarked(adapter);
      if (state.children.has([parent, id]) !== isChild) return { adapter: id };
      const isQueued = isMarked(adapter) && count(state.children.keys({ prefix: [id], limit: 1 })) > 0;
      if (state.spreading.has(id) !== isQueued) return { adapter: id };
    }
    return true;
  },
};

/** Statements that hold after every block. */
export const invariants = (token: Token): readonly Invariant[] => [escrow(token), stages, results, disputes, replays, marks];
