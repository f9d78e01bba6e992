import { parseAddress } from "../../chain/codec/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { DisputeKind } from "../../proto/gen/openledger/modelfactory/v1.js";
import type {
  MsgChooseHalf,
  MsgDisputeTraining,
  MsgOpenStep,
  MsgProvideState,
} from "../../proto/gen/openledger/modelfactory/v1.js";
import { ModelError } from "./errors.js";
import { checkCid, checkDigest } from "./messages.js";
import { MAX_PATH } from "./rules/step-record.js";

/** Messages of a dispute, and wire to domain with every check that needs no state. */

export interface DisputeTraining extends Omit<MsgDisputeTraining, "challenger"> {
  readonly challenger: Address;
}

export interface OpenStep extends Omit<MsgOpenStep, "trainer"> {
  readonly trainer: Address;
}

export interface ChooseHalf extends Omit<MsgChooseHalf, "challenger"> {
  readonly challenger: Address;
}

export interface ProvideState extends Omit<MsgProvideState, "challenger"> {
  readonly challenger: Address;
}

const KINDS: readonly number[] = [
  DisputeKind.DISPUTE_KIND_SEGMENT,
  DisputeKind.DISPUTE_KIND_CHECKPOINT,
  DisputeKind.DISPUTE_KIND_RESULT,
];

/** @throws Reject sdk/7, modelfactory/3, modelfactory/28. */
export function parseDisputeTraining(wire: MsgDisputeTraining): DisputeTraining {
  const challenger = parseAddress(wire.challenger);
  if (!KINDS.includes(wire.kind)) throw ModelError.InvalidDispute("no such kind");
  if (wire.kind === DisputeKind.DISPUTE_KIND_SEGMENT) checkDigest("state root", wire.stateRoot);
  else if (wire.stateRoot.length > 0) throw ModelError.InvalidDispute("only a segment is disputed with a state root");
  return { ...wire, challenger };
}

/** @throws Reject sdk/7, modelfactory/3, modelfactory/33. */
export function parseOpenStep(wire: MsgOpenStep): OpenStep {
  checkDigest("state root", wire.record.stateRoot);
  if (wire.path.length > MAX_PATH) throw ModelError.InvalidStep("path is too long");
  for (const hash of wire.path) checkDigest("path", hash);
  return { ...wire, trainer: parseAddress(wire.trainer) };
}

/** @throws Reject sdk/7, modelfactory/3. */
export function parseChooseHalf(wire: MsgChooseHalf): ChooseHalf {
  checkDigest("state root", wire.stateRoot);
  return { ...wire, challenger: parseAddress(wire.challenger) };
}

/** @throws Reject sdk/7, modelfactory/3. */
export function parseProvideState(wire: MsgProvideState): ProvideState {
  checkCid("state", wire.stateCid);
  return { ...wire, challenger: parseAddress(wire.challenger) };
}
