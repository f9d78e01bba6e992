import {
  DisputeKind,
  MsgAbandonTraining,
  MsgChooseHalf,
  MsgClaimTraining,
  MsgCompleteTraining,
  MsgDisputeTraining,
  MsgOpenStep,
  MsgOrderTraining,
  MsgProvideState,
  MsgPublishAdapter,
  MsgRegisterBaseModel,
  MsgSubmitCheckpoint,
} from "../../proto/gen/openledger/modelfactory/v1.js";
import type { StepRecord } from "../../proto/gen/openledger/modelfactory/v1.js";
import { stepPath, stepRoot } from "./rules/step-record.js";
import type { Draw, Factory } from "../../chain/testkit/draw.js";

const STEPS = 10;
const SEGMENT = 5;
const CID = `b${"afkrei".padEnd(58, "a")}`;
const HASH = new Uint8Array(32).fill(1);
const oneOf = (draw: Draw, accounts: readonly string[]): string => accounts[draw(accounts.length)] ?? "";
const message = <M>(codec: { readonly typeName: string; encode(m: M): Uint8Array }, value: M) => ({
  typeUrl: `/${codec.typeName}`,
  value: codec.encode(value),
});
const blobs = { configCid: CID, tokenizerCid: CID, weightsCid: CID, tangentsCid: CID };

const register: Factory = (draw, accounts) =>
  message(MsgRegisterBaseModel, {
    ...blobs,
    owner: oneOf(draw, accounts),
    name: "base",
    baseHash: HASH,
    license: "Apache-2.0",
    royaltyPpm: draw(1_000_001),
  });

const order: Factory = (draw, accounts) =>
  message(MsgOrderTraining, {
    developer: oneOf(draw, accounts),
    baseModelId: 1n,
    datasets: [{ datanetId: BigInt(1 + draw(3)), version: 1n }],
    hyperparameters: {
      rank: 1 + draw(8),
      alpha: 8,
      targets: ["q", "v"],
      rateNano: 1_000_000n,
      beta1Ppm: 900_000,
      beta2Ppm: 999_000,
      epsilonPico: 100_000n,
      batchSize: 16,
      steps: STEPS,
      sequenceLength: 32,
      seed: BigInt(draw(1_000)),
      checkpointEvery: SEGMENT,
      maxTangents: 0,
    },
    fee: (1_000_000 + draw(1_000_000)).toString(),
    commercialUse: draw(4) === 0,
    parentAdapterId: BigInt(draw(4) === 0 ? 1 + draw(2) : 0),
  });

/** Few, so that their steps meet; the first is never abandoned, so that one story goes on. */
const jobOf = (draw: Draw): bigint => BigInt(1 + draw(2));

const claim: Factory = (draw, accounts) => message(MsgClaimTraining, { trainer: oneOf(draw, accounts), jobId: jobOf(draw), runtimeId: HASH });

/** What every trainer here publishes of a step. */
export const simulatedRecord = (step: number): StepRecord => {
  return { step, lossMicroNats: BigInt(3_000_000 - step), dataCursor: BigInt(step * 16), stateRoot: new Uint8Array(32).fill(step) };
};

/** The records of the segment that ends at `to`. */
const segmentTo = (to: number): StepRecord[] => Array.from({ length: SEGMENT }, (_, i) => simulatedRecord(to - SEGMENT + 1 + i));

const segmentEnd = (draw: Draw): number => SEGMENT + SEGMENT * draw(2);

const checkpoint: Factory = (draw, accounts) => {
  const { step, stateRoot, ...progress } = simulatedRecord(segmentEnd(draw));
  return message(MsgSubmitCheckpoint, {
    trainer: oneOf(draw, accounts),
    jobId: jobOf(draw),
    step,
    ...progress,
    stateHash: stateRoot,
    stateCid: CID,
    stepRoot: stepRoot(segmentTo(step)),
    stepsCid: CID,
  });
};

const { DISPUTE_KIND_SEGMENT, DISPUTE_KIND_CHECKPOINT, DISPUTE_KIND_RESULT } = DisputeKind;

export const disputeTraining: Factory = (draw, accounts) => {
  const kind = [DISPUTE_KIND_CHECKPOINT, DISPUTE_KIND_RESULT][draw(6)] ?? DISPUTE_KIND_SEGMENT;
  return message(MsgDisputeTraining, {
    challenger: oneOf(draw, accounts),
    jobId: jobOf(draw),
    kind,
    step: segmentEnd(draw),
    stateRoot: kind === DISPUTE_KIND_SEGMENT ? HASH : new Uint8Array(0),
  });
};

const disputeOf = (draw: Draw): bigint => BigInt(1 + draw(2));

const openStep: Factory = (draw, accounts) => {
  const to = segmentEnd(draw);
  const index = [0, 1, 1, 2, 2, 3][draw(12)] ?? SEGMENT - 1;
  const [records, record] = [segmentTo(to), simulatedRecord(to - SEGMENT + 1 + index)];
  const path = [...(stepPath(records, index) ?? [])];
  return message(MsgOpenStep, { trainer: oneOf(draw, accounts), disputeId: disputeOf(draw), record, path });
};

const chooseHalf: Factory = (draw, accounts) =>
  message(MsgChooseHalf, {
    challenger: oneOf(draw, accounts),
    disputeId: disputeOf(draw),
    stateRoot: draw(2) === 0 ? HASH : simulatedRecord([2, 3, 7, 8][draw(4)] ?? 0).stateRoot,
  });

const provideState: Factory = (draw, accounts) =>
  message(MsgProvideState, { challenger: oneOf(draw, accounts), disputeId: disputeOf(draw), stateCid: CID });

const complete: Factory = (draw, accounts) =>
  message(MsgCompleteTraining, {
    ...blobs,
    trainer: oneOf(draw, accounts),
    jobId: jobOf(draw),
    adapterHash: HASH,
    tangentRoot: HASH,
    runtimeId: HASH,
    finalLossMicroNats: simulatedRecord(STEPS).lossMicroNats,
    fallbackCid: CID,
    fallbackRoot: HASH,
    metasmoothSubsets: 3,
    metasmoothnessPpm: draw(1_000_001),
  });

const abandon: Factory = (draw, accounts) =>
  message(MsgAbandonTraining, { trainer: oneOf(draw, accounts), jobId: jobOf(draw) + 1n, reason: "" });

const publish: Factory = (draw, accounts) =>
  message(MsgPublishAdapter, {
    owner: oneOf(draw, accounts),
    adapterId: BigInt(1 + draw(2)),
    name: "adapter",
    rateIn: draw(200_000).toString(),
    rateOut: draw(4_000_000).toString(),
  });

const game: readonly Factory[] = [disputeTraining, openStep, chooseHalf, provideState];

/** One factory per message; a job's steps stand more than once, since they must meet in order. */
export const factories: readonly Factory[] = [
  register,
  order,
  claim,
  checkpoint,
  complete,
  publish,
  claim,
  checkpoint,
  complete,
  abandon,
  claim,
  checkpoint,
  complete,
  ...game,
];
