import {
  QueryCheckpointsRequest,
  QueryCheckpointsResponse,
  QueryDisputeRequest,
  QueryDisputeResponse,
  QueryJobRequest,
  QueryJobResponse,
  QueryService,
} from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Adapter, Checkpoint, Dispute, TrainingJob } from "../../proto/gen/openledger/modelfactory/v1.js";
import { EdgeFailure } from "../errors.js";
import { queryAdapter } from "../tasks/models.js";
import type { StateReader } from "../tasks/types.js";

const PATH = `/${QueryService.typeName}`;
const PAGE = 100n;

export async function queryJob(state: StateReader, jobId: bigint): Promise<TrainingJob> {
  const codecs = { request: QueryJobRequest, response: QueryJobResponse };
  return (await state.query(`${PATH}/Job`, codecs, { jobId })).job;
}

export async function queryDispute(state: StateReader, disputeId: bigint): Promise<Dispute> {
  const codecs = { request: QueryDisputeRequest, response: QueryDisputeResponse };
  return (await state.query(`${PATH}/Dispute`, codecs, { disputeId })).dispute;
}

/** All checkpoints of a job, by step. */
export async function queryCheckpoints(state: StateReader, jobId: bigint): Promise<Checkpoint[]> {
  const codecs = { request: QueryCheckpointsRequest, response: QueryCheckpointsResponse };
  const all: Checkpoint[] = [];
  let key: Uint8Array = new Uint8Array(0);
  do {
    const pagination = { key, offset: 0n, limit: PAGE, countTotal: false, reverse: false };
    const page = await state.query(`${PATH}/Checkpoints`, codecs, { jobId, pagination });
    all.push(...page.checkpoints);
    key = page.pagination?.nextKey ?? new Uint8Array(0);
  } while (key.length > 0);
  return all;
}

export async function lastCheckpoint(state: StateReader, jobId: bigint): Promise<Checkpoint | undefined> {
  const codecs = { request: QueryCheckpointsRequest, response: QueryCheckpointsResponse };
  const pagination = { key: new Uint8Array(0), offset: 0n, limit: 1n, countTotal: false, reverse: true };
  return (await state.query(`${PATH}/Checkpoints`, codecs, { jobId, pagination })).checkpoints[0];
}

/** Where a job that goes on from another begins. */
export interface ParentRecord {
  readonly adapter: Adapter;
  /** The last of the parent's job. */
  readonly checkpoint: Checkpoint;
}

/** @throws EdgeFailure "not-found" when the parent's job left no checkpoint. */
export async function queryParent(state: StateReader, job: TrainingJob): Promise<ParentRecord | undefined> {
  if (job.parentAdapterId === 0n) return undefined;
  const adapter = await queryAdapter(state, job.parentAdapterId);
  const checkpoint = await lastCheckpoint(state, adapter.jobId);
  if (checkpoint === undefined) throw new EdgeFailure("not-found", "the parent's job has no checkpoint", { job: adapter.jobId });
  return { adapter, checkpoint };
}

/** The steps between two checkpoints: where they start, and the checkpoint that ends them. */
export interface Segment {
  /** 1 for the first. */
  readonly number: number;
  /** Undefined for the first: it starts from the job itself. */
  readonly start: Checkpoint | undefined;
  readonly end: Checkpoint;
}

export function segmentsOf(checkpoints: readonly Checkpoint[]): Segment[] {
  return checkpoints.map((end, i) => ({ number: i + 1, start: checkpoints[i - 1], end }));
}
