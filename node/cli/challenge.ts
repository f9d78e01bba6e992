import { setTimeout as sleep } from "node:timers/promises";
import { equalBytes } from "../../chain/primitives/index.js";
import { TxMsgData } from "../../proto/gen/cosmos/base/abci/v1beta1.js";
import {
  DisputeKind,
  DisputeStatus,
  MsgChooseHalf,
  MsgDisputeTraining,
  MsgDisputeTrainingResponse,
  MsgProvideState,
} from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Dispute, StepRecord } from "../../proto/gen/openledger/modelfactory/v1.js";
import { EdgeFailure } from "../errors.js";
import { queryDispute, runStretch } from "../replay/index.js";
import type { JobReplay, SegmentReplay, StretchRun } from "../replay/index.js";
import { readBlob } from "../tasks/index.js";
import { openDisputes } from "../trainer/index.js";
import type { TxSender } from "../trainer/index.js";
import type { ReplayPlace } from "./place.js";

/** What is disputed, as the chain wants it said. */
export interface Claim {
  readonly kind: number;
  /** Of the checkpoint. */
  readonly step: number;
  /** The state root that our own replay reached there; empty where none is asked for. */
  readonly stateRoot: Uint8Array;
  /** The segment that was replayed, where the dispute is about one. */
  readonly replay: SegmentReplay | undefined;
}

const NO_ROOT = new Uint8Array(0);

/** The dispute that a replay gives reason for; undefined where there is none. */
export function claimOf({ verdict, segments, result, job }: JobReplay): Claim | undefined {
  if (verdict.kind === "match") return undefined;
  if (verdict.kind !== "differs" && verdict !== result) {
    if (verdict.what === "step records") return undefined;
    return { kind: DisputeKind.DISPUTE_KIND_CHECKPOINT, step: verdict.step, stateRoot: NO_ROOT, replay: undefined };
  }
  if (verdict === result) {
    const { steps } = job.hyperparameters;
    return { kind: DisputeKind.DISPUTE_KIND_RESULT, step: steps, stateRoot: NO_ROOT, replay: undefined };
  }
  const replay = segments.find((s) => s.verdict === verdict);
  const last = replay?.run?.steps.at(-1);
  return replay === undefined || last === undefined ? undefined : segmentClaim(replay, last);
}

/**
 * The two sides part over a state. Where they end in the same one, a checkpoint that misstates its loss or cursor is disputed by
 * itself; records in between that were misstated harmed nobody, and only replays that validators do unasked look at them.
 */
function segmentClaim(replay: SegmentReplay, { stateRoot, lossMicroNats, dataCursor }: StepRecord): Claim | undefined {
  const { end } = replay.segment;
  const { step } = end;
  if (!equalBytes(end.stateHash, stateRoot)) return { kind: DisputeKind.DISPUTE_KIND_SEGMENT, step, stateRoot, replay };
  const isMisstated = end.lossMicroNats !== lossMicroNats || end.dataCursor !== dataCursor;
  return isMisstated ? { kind: DisputeKind.DISPUTE_KIND_CHECKPOINT, step, stateRoot: NO_ROOT, replay: undefined } : undefined;
}

export interface ChallengeDeps extends ReplayPlace {
  readonly sender: TxSender;
  /** Tells what happens, in words. */
  readonly say: (line: string) => void;
}

const POLL_MS = 1_000;

const OVER: ReadonlySet<number> = new Set([
  DisputeStatus.DISPUTE_STATUS_UPHELD,
  DisputeStatus.DISPUTE_STATUS_REJECTED,
  DisputeStatus.DISPUTE_STATUS_UNRESOLVED,
]);

function disputeIdOf(data: Uint8Array): bigint {
  const [answer] = TxMsgData.decode(data).msgResponses;
  if (answer === undefined) throw new EdgeFailure("malformed", "the dispute has no number");
  return MsgDisputeTrainingResponse.decode(answer.value).disputeId;
}

function ownRoot(run: StretchRun, step: number): Uint8Array {
  const record = run.steps.find((s) => s.step === step);
  if (record === undefined) throw new EdgeFailure("not-found", "the trainer opened a step outside the segment", { step });
  return record.stateRoot;
}

/** Where the state before the disputed step can be read: the segment's published start, or one that we run to and upload. */
async function provideState(deps: ChallengeDeps, replay: JobReplay, { segment }: SegmentReplay, low: number): Promise<string> {
  if (low === 0) return "";
  const { start } = segment;
  if (start?.step === low) return start.stateCid;
  const resumeFrom = start === undefined ? new Uint8Array(0) : await readBlob(deps.blobs, start.stateCid, deps.signal);
  const run = await runStretch(deps.sidecar, replay.request, { resumeFrom, to: low, result: false }, { signal: deps.signal });
  return deps.blobs.upload(run.state, deps.signal);
}

async function move(deps: ChallengeDeps, replay: JobReplay, claim: Claim, dispute: Dispute): Promise<void> {
  const { sender, signal, say } = deps;
  const { id: disputeId, low, high, middle } = dispute;
  const own = claim.replay;
  if (own?.run === undefined) throw new EdgeFailure("config", "this dispute waits for a move that only a replay can make");
  const who = { challenger: sender.address, disputeId };
  if (high - low <= 1) {
    const stateCid = await provideState(deps, replay, own, low);
    await sender.send(MsgProvideState, { ...who, stateCid }, signal);
    say(`one step left: ${high}; the state after step ${low} is with the validators`);
    return;
  }
  if (middle === undefined) throw new EdgeFailure("malformed", "it is our turn, but no step was opened");
  const stateRoot = ownRoot(own.run, middle.step);
  await sender.send(MsgChooseHalf, { ...who, stateRoot }, signal);
  say(`the trainer opened step ${middle.step}; answered with our own state root`);
}

/** The dispute to play: the one that is open about this already, if it is ours, since silence in it would lose the bond; else a new one. */
async function openClaim({ sender, state, signal, say }: ChallengeDeps, jobId: bigint, { kind, step, stateRoot }: Claim): Promise<bigint> {
  for await (const dispute of openDisputes(state, jobId)) {
    if (dispute.jobId !== jobId || dispute.kind !== kind || dispute.segment !== step) continue;
    if (dispute.challenger !== sender.address) {
      throw new EdgeFailure("busy", `dispute ${dispute.id} of ${dispute.challenger} is open about this already`, { dispute: dispute.id });
    }
    say(`dispute ${dispute.id}, opened by ${sender.address} before, goes on`);
    return dispute.id;
  }
  const message = { challenger: sender.address, jobId, kind, step, stateRoot };
  const disputeId = disputeIdOf((await sender.send(MsgDisputeTraining, message, signal)).data);
  say(`dispute ${disputeId} opened by ${sender.address}`);
  return disputeId;
}

/** Plays the challenger's moves until the dispute is over. @throws EdgeFailure */
export async function challenge(deps: ChallengeDeps, replay: JobReplay, claim: Claim): Promise<Dispute> {
  const { state, signal } = deps;
  const disputeId = await openClaim(deps, replay.job.id, claim);
  for (;;) {
    const dispute = await queryDispute(state, disputeId);
    if (OVER.has(dispute.status)) return dispute;
    if (dispute.status === DisputeStatus.DISPUTE_STATUS_CHALLENGER_TURN) await move(deps, replay, claim, dispute);
    else await sleep(POLL_MS, undefined, { signal });
  }
}
