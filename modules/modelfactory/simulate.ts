import {
  MsgAbandonTraining,
  MsgClaimTraining,
  MsgCompleteTraining,
  MsgOrderTraining,
  MsgPublishAdapter,
  MsgRegisterBaseModel,
  MsgSubmitCheckpoint,
} from "../../proto/gen/openledger/modelfactory/v1.js";

/** A number from 0 to below - 1, from a seeded source. */
export type Draw = (below: number) => number;

/** Makes a message that is often valid; `accounts` are bech32 texts. */
export type Factory = (
  draw: Draw,
  accounts: readonly string[],
) => { readonly typeUrl: string; readonly value: Uint8Array };

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
    datasets: [{ datanetId: BigInt(1 + draw(2)), version: 1n }],
    hyperparameters: {
      rank: 1 + draw(8),
      alpha: 8,
      targets: ["q", "v"],
      rateNano: 1_000_000n,
      beta1Ppm: 900_000,
      beta2Ppm: 999_000,
      epsilonPico: 100_000n,
      batchSize: 16,
      steps: 10,
      sequenceLength: 32,
      seed: BigInt(draw(1_000)),
      checkpointEvery: 5,
      maxTangents: 0,
    },
    fee: (1_000_000 + draw(1_000_000)).toString(),
    commercialUse: draw(4) === 0,
    parentAdapterId: 0n,
  });

const jobOf = (draw: Draw): bigint => BigInt(1 + draw(2));

const claim: Factory = (draw, accounts) => message(MsgClaimTraining, { trainer: oneOf(draw, accounts), jobId: jobOf(draw) });

const checkpoint: Factory = (draw, accounts) => {
  const step = 5 + 5 * draw(2);
  return message(MsgSubmitCheckpoint, {
    trainer: oneOf(draw, accounts),
    jobId: jobOf(draw),
    step,
    lossMicroNats: BigInt(draw(3_000_000)),
    dataCursor: BigInt(step * 16),
    stateHash: HASH,
    stateCid: CID,
    stepRoot: HASH,
    stepsCid: CID,
  });
};

const complete: Factory = (draw, accounts) =>
  message(MsgCompleteTraining, {
    ...blobs,
    trainer: oneOf(draw, accounts),
    jobId: jobOf(draw),
    adapterHash: HASH,
    tangentRoot: HASH,
    runtimeId: HASH,
    finalLossMicroNats: 1n,
    fallbackCid: CID,
    fallbackRoot: HASH,
    metasmoothSubsets: 0,
    metasmoothnessPpm: 0,
  });

const abandon: Factory = (draw, accounts) =>
  message(MsgAbandonTraining, { trainer: oneOf(draw, accounts), jobId: jobOf(draw), reason: "" });

const publish: Factory = (draw, accounts) =>
  message(MsgPublishAdapter, {
    owner: oneOf(draw, accounts),
    adapterId: BigInt(1 + draw(2)),
    name: "adapter",
    rateIn: draw(200_000).toString(),
    rateOut: draw(4_000_000).toString(),
  });

/** One factory per message; a job's steps stand twice, since they must meet in order. */
export const factories: readonly Factory[] = [register, order, claim, checkpoint, complete, publish, claim, checkpoint, complete, abandon];
