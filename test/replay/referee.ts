/** The chain's part in a dispute, over a World: takes both sides' moves, checks them, and lets a validator run the last step. */
import { TxMsgData } from "../../proto/gen/cosmos/base/abci/v1beta1.js";
import {
  Dispute,
  DisputeKind,
  DisputeStatus,
  MsgChooseHalf,
  MsgDisputeTraining,
  MsgDisputeTrainingResponse,
  MsgOpenStep,
  MsgProvideState,
  ReplayStatus,
  ReplayTask,
} from "../../proto/gen/openledger/modelfactory/v1.js";
import type { ReplayOutcome } from "../../proto/gen/openledger/modelfactory/v1.js";
import { equalBytes } from "../../chain/primitives/index.js";
import { verifyStep } from "../../modules/modelfactory/rules/step-record.js";
import type { World } from "./world.js";

const { DISPUTE_STATUS_TRAINER_TURN, DISPUTE_STATUS_CHALLENGER_TURN, DISPUTE_STATUS_COMMITTEE } = DisputeStatus;
const { DISPUTE_STATUS_UPHELD, DISPUTE_STATUS_REJECTED, DISPUTE_STATUS_UNRESOLVED } = DisputeStatus;

export class Referee {
  /** Names of the moves, in order. */
  readonly moves: string[] = [];
  private readonly world: World;
  private readonly committee: (task: ReplayTask) => Promise<ReplayOutcome>;

  constructor(world: World, committee: (task: ReplayTask) => Promise<ReplayOutcome>) {
    this.world = world;
    this.committee = committee;
    world.onMessage = (codec, message) => {
      this.moves.push(codec.typeName.split(".").at(-1) ?? "");
      return this.take(codec.typeName, message);
    };
  }

  private take(type: string, message: unknown): Uint8Array {
    if (type === MsgDisputeTraining.typeName) return this.open(message as MsgDisputeTraining);
    if (type === MsgOpenStep.typeName) this.opened(message as MsgOpenStep);
    else if (type === MsgChooseHalf.typeName) this.chosen(message as MsgChooseHalf);
    else if (type === MsgProvideState.typeName) this.provided(message as MsgProvideState);
    else throw new Error(`no such move: ${type}`);
    return new Uint8Array(0);
  }

  private change(id: bigint, change: Partial<Dispute>): Dispute {
    const at = this.world.disputes.findIndex((d) => d.id === id);
    const dispute = { ...(this.world.disputes[at] as Dispute), ...change };
    this.world.disputes[at] = dispute;
    return dispute;
  }

  private of(id: bigint): Dispute {
    return this.change(id, {});
  }

  private open({ challenger, kind, step, stateRoot }: MsgDisputeTraining): Uint8Array {
    const at = this.world.checkpoints.findIndex((c) => c.step === step);
    const before = this.world.checkpoints[at - 1];
    const id = BigInt(this.world.disputes.length + 1);
    const isSegment = kind === DisputeKind.DISPUTE_KIND_SEGMENT;
    this.world.disputes.push(
      Dispute.create({
        id,
        jobId: 1n,
        kind,
        challenger,
        segment: step,
        low: before?.step ?? 0,
        lowRoot: before?.stateHash ?? new Uint8Array(0),
        high: step,
        challengerRoot: stateRoot,
        status: isSegment ? DISPUTE_STATUS_TRAINER_TURN : DISPUTE_STATUS_COMMITTEE,
      }),
    );
    if (!isSegment) this.judge(id, { from: step, to: step });
    const value = MsgDisputeTrainingResponse.encode({ disputeId: id });
    return TxMsgData.encode({ data: [], msgResponses: [{ typeUrl: `/${MsgDisputeTrainingResponse.typeName}`, value }] });
  }

  private opened({ disputeId, record, path }: MsgOpenStep): void {
    const dispute = this.of(disputeId);
    const end = this.world.checkpoints.find((c) => c.step === dispute.segment);
    const from = this.world.checkpoints.filter((c) => c.step < dispute.segment).at(-1)?.step ?? 0;
    if (end === undefined || !verifyStep(record, path, { root: end.stepRoot, from, to: end.step })) throw new Error("not in the tree");
    if (dispute.highRecord === undefined) this.turn(disputeId, { highRecord: record });
    else this.change(disputeId, { middle: record, status: DISPUTE_STATUS_CHALLENGER_TURN });
  }

  /** Whose move it is once the interval is known. */
  private turn(id: bigint, change: Partial<Dispute>): void {
    const { low, high } = this.change(id, change);
    this.change(id, { status: high - low === 1 ? DISPUTE_STATUS_CHALLENGER_TURN : DISPUTE_STATUS_TRAINER_TURN });
  }

  private chosen({ disputeId, stateRoot }: MsgChooseHalf): void {
    const { middle } = this.of(disputeId);
    if (middle === undefined) throw new Error("no step is open");
    const agree = equalBytes(middle.stateRoot, stateRoot);
    const half = agree ? { low: middle.step, lowRoot: middle.stateRoot } : { high: middle.step, highRecord: middle };
    this.turn(disputeId, { ...half, middle: undefined });
  }

  private provided({ disputeId, stateCid }: MsgProvideState): void {
    const { low, high } = this.change(disputeId, { stateCid, status: DISPUTE_STATUS_COMMITTEE });
    this.judge(disputeId, { from: low, to: high });
  }

  private judge(id: bigint, stretch: { readonly from: number; readonly to: number }): void {
    const { kind, stateCid, lowRoot, highRecord, segment } = this.of(id);
    const end = this.world.checkpoints.find((c) => c.step === segment);
    const isSegment = kind === DisputeKind.DISPUTE_KIND_SEGMENT;
    const start = isSegment ? { stateCid, stateRoot: lowRoot } : { stateCid: end?.stateCid ?? "", stateRoot: end?.stateHash ?? lowRoot };
    void this.committee(ReplayTask.create({ jobId: 1n, disputeId: id, ...stretch, ...start, runtimeId: this.world.job.runtimeId })).then(({ status, last }) => {
      if (status === ReplayStatus.REPLAY_STATUS_OTHER_RUNTIME) return void this.change(id, { status: DISPUTE_STATUS_UNRESOLVED });
      const isDone = status === ReplayStatus.REPLAY_STATUS_DONE;
      const isRight = isDone && (!isSegment || equalBytes(last?.stateRoot ?? lowRoot, highRecord?.stateRoot ?? new Uint8Array(1)));
      this.change(id, { status: isRight ? DISPUTE_STATUS_REJECTED : DISPUTE_STATUS_UPHELD });
    });
  }
}
