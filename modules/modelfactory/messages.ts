import { parseAddress, parseUopen } from "../../chain/codec/index.js";
import { compareBigints, toUopen, utf8 } from "../../chain/primitives/index.js";
import type { Address, Uopen } from "../../chain/primitives/index.js";
import type {
  DatasetRef,
  LoraHyperparameters,
  MsgAbandonTraining,
  MsgClaimTraining,
  MsgCompleteTraining,
  MsgOrderTraining,
  MsgPublishAdapter,
  MsgRegisterBaseModel,
  MsgSubmitCheckpoint,
} from "../../proto/gen/openledger/modelfactory/v1.js";
import { ModelError } from "./errors.js";

/** Domain messages, and wire to domain with every check that needs no state. */

export interface RegisterBaseModel extends Omit<MsgRegisterBaseModel, "owner"> {
  readonly owner: Address;
}

export interface OrderTraining {
  readonly developer: Address;
  readonly baseModelId: bigint;
  /** Ascending, none twice. */
  readonly datasets: readonly DatasetRef[];
  readonly hyperparameters: LoraHyperparameters;
  readonly fee: Uopen;
  readonly commercialUse: boolean;
  /** 0 for the base model itself. */
  readonly parentAdapterId: bigint;
}

export interface TrainerAction {
  readonly trainer: Address;
  readonly jobId: bigint;
}

export interface ClaimTraining extends TrainerAction {
  /** Of the trainer's sidecar, 32 bytes. */
  readonly runtimeId: Uint8Array;
}

export interface SubmitCheckpoint extends TrainerAction, Omit<MsgSubmitCheckpoint, "trainer"> {
  readonly trainer: Address;
}

export interface CompleteTraining extends TrainerAction, Omit<MsgCompleteTraining, "trainer"> {
  readonly trainer: Address;
}

export interface AbandonTraining extends TrainerAction {
  readonly reason: string;
}

export interface PublishAdapter {
  readonly owner: Address;
  readonly adapterId: bigint;
  readonly name: string;
  /** uopen per 1,000 tokens. */
  readonly rateIn: Uopen;
  readonly rateOut: Uopen;
}

/** Bytes of UTF-8 at most. */
export const TEXT_BOUNDS = { name: 64, reason: 280 } as const;

/** uopen per 1,000 tokens at most: 1,000,000 OPEN. Keeps every quote far below an amount's range. */
export const MAX_RATE: Uopen = toUopen(1_000_000_000_000n);

/** CIDv1 with a SHA-256 digest in lower-case base32: 36 bytes, 59 characters. */
const CID = /^b[a-z2-7]{58}$/;
const SPDX = /^[A-Za-z0-9.+-]{1,64}$/;

function checkText(field: string, text: string, min: number, max: number): void {
  const length = utf8(text).length;
  if (length < min || length > max) throw ModelError.InvalidText(`${field} must have ${min} to ${max} bytes, got ${length}`);
  if (/\p{Cc}/u.test(text)) throw ModelError.InvalidText(`${field} has control characters`);
}

export function checkCid(field: string, cid: string): void {
  if (!CID.test(cid)) throw ModelError.InvalidBlob(`${field} must be a CIDv1 in base32`);
}

export function checkDigest(field: string, bytes: Uint8Array): void {
  if (bytes.length !== 32) throw ModelError.InvalidBlob(`${field} must have 32 bytes, got ${bytes.length}`);
}

/** @throws Reject sdk/7, modelfactory/2, modelfactory/3, modelfactory/4. */
export function parseRegisterBaseModel(wire: MsgRegisterBaseModel): RegisterBaseModel {
  const owner = parseAddress(wire.owner);
  checkText("name", wire.name, 1, TEXT_BOUNDS.name);
  checkDigest("base hash", wire.baseHash);
  checkCid("config", wire.configCid);
  checkCid("tokenizer", wire.tokenizerCid);
  checkCid("weights", wire.weightsCid);
  if (!SPDX.test(wire.license)) throw ModelError.InvalidText("licence must be an SPDX identifier or custom");
  if (wire.royaltyPpm > 1_000_000) throw ModelError.InvalidRoyalty();
  return { ...wire, owner };
}

function checkDatasets(datasets: readonly DatasetRef[]): void {
  if (datasets.length === 0) throw ModelError.InvalidDatasets("none given");
  datasets.forEach((ref, i) => {
    const before = datasets[i - 1];
    if (ref.version === 0n) throw ModelError.InvalidDatasets("a version is named by its number, from 1");
    if (before !== undefined && compareBigints(before.datanetId, ref.datanetId) >= 0) {
      throw ModelError.InvalidDatasets("one version per datanet, in ascending order of datanet id");
    }
  });
}

/** @throws Reject sdk/7, sdk/18, modelfactory/6. */
export function parseOrderTraining(wire: MsgOrderTraining): OrderTraining {
  checkDatasets(wire.datasets);
  return { ...wire, developer: parseAddress(wire.developer), fee: parseUopen(wire.fee) };
}

/** @throws Reject sdk/7, modelfactory/3. */
export function parseClaimTraining(wire: MsgClaimTraining): ClaimTraining {
  checkDigest("runtime id", wire.runtimeId);
  return { ...wire, trainer: parseAddress(wire.trainer) };
}

/** @throws Reject sdk/7, modelfactory/3. */
export function parseSubmitCheckpoint(wire: MsgSubmitCheckpoint): SubmitCheckpoint {
  checkDigest("state hash", wire.stateHash);
  checkCid("state", wire.stateCid);
  checkDigest("step root", wire.stepRoot);
  checkCid("steps", wire.stepsCid);
  return { ...wire, trainer: parseAddress(wire.trainer) };
}

function checkFallback({ fallbackCid, fallbackRoot }: MsgCompleteTraining): void {
  if (fallbackCid === "" && fallbackRoot.length === 0) return;
  checkCid("fallback", fallbackCid);
  checkDigest("fallback root", fallbackRoot);
}

/** @throws Reject sdk/7, modelfactory/3, modelfactory/34. */
export function parseCompleteTraining(wire: MsgCompleteTraining): CompleteTraining {
  checkDigest("adapter hash", wire.adapterHash);
  checkDigest("tangent root", wire.tangentRoot);
  checkDigest("runtime id", wire.runtimeId);
  checkCid("config", wire.configCid);
  checkCid("weights", wire.weightsCid);
  checkCid("tangents", wire.tangentsCid);
  checkFallback(wire);
  if (wire.metasmoothnessPpm < -1_000_000 || wire.metasmoothnessPpm > 1_000_000) {
    throw ModelError.InvalidResult("metasmoothness must be -1000000 to 1000000 parts per million");
  }
  return { ...wire, trainer: parseAddress(wire.trainer) };
}

/** @throws Reject sdk/7, modelfactory/2. */
export function parseAbandonTraining(wire: MsgAbandonTraining): AbandonTraining {
  checkText("reason", wire.reason, 0, TEXT_BOUNDS.reason);
  return { ...wire, trainer: parseAddress(wire.trainer) };
}

function parseRate(text: string): Uopen {
  const rate = parseUopen(text);
  if (rate > MAX_RATE) throw ModelError.InvalidRate(`at most ${MAX_RATE} uopen per 1,000 tokens`);
  return rate;
}

/** @throws Reject sdk/7, sdk/18, modelfactory/2, modelfactory/23. */
export function parsePublishAdapter(wire: MsgPublishAdapter): PublishAdapter {
  checkText("name", wire.name, 1, TEXT_BOUNDS.name);
  return {
    owner: parseAddress(wire.owner),
    adapterId: wire.adapterId,
    name: wire.name,
    rateIn: parseRate(wire.rateIn),
    rateOut: parseRate(wire.rateOut),
  };
}
