import { parseUopen } from "../../chain/codec/index.js";
import type { ReadContext } from "../../chain/kernel/context.js";
import type { Invariant } from "../../chain/kernel/module.js";
import { sumUopen } from "../../chain/primitives/index.js";
import { JobStatus } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { TrainingJob } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Token } from "./ports.js";
import { MODELFACTORY_STORE, modelfactoryState } from "./state.js";

const open = (ctx: ReadContext): ReturnType<typeof modelfactoryState.read> =>
  modelfactoryState.read(ctx.store(MODELFACTORY_STORE));

const isActive = (job: TrainingJob): boolean =>
  job.status === JobStatus.JOB_STATUS_OPEN || job.status === JobStatus.JOB_STATUS_RUNNING;

/** Statements that hold after every block. */
export const invariants = (token: Token): readonly Invariant[] => [
  {
    name: "the modelfactory account holds exactly the fees and bonds of open and running jobs",
    holds(ctx) {
      const active = [...open(ctx).jobs.values()].filter(isActive);
      const owed = sumUopen(active.flatMap((job) => [parseUopen(job.fee), parseUopen(job.bond)]));
      const held = token.moduleBalance(ctx, MODELFACTORY_STORE);
      return owed === held || { owed, held };
    },
  },
  {
    name: "a job has a deadline exactly while it is open or running",
    holds(ctx) {
      const state = open(ctx);
      for (const job of state.jobs.values()) {
        if (state.deadlines.has([job.deadline, job.id]) !== isActive(job)) return { job: job.id, deadline: job.deadline };
      }
      return true;
    },
  },
  {
    name: "a completed job has its last checkpoint and its adapter",
    holds(ctx) {
      const state = open(ctx);
      for (const job of state.jobs.values()) {
        if (job.status !== JobStatus.JOB_STATUS_COMPLETED) continue;
        const isWhole =
          state.checkpoints.has([job.id, job.hyperparameters.steps]) && state.adapters.get(job.adapterId)?.jobId === job.id;
        if (!isWhole) return { job: job.id, adapter: job.adapterId };
      }
      return true;
    },
  },
];
