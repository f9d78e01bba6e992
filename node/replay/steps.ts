import { equalBytes } from "../../chain/primitives/index.js";
import { decodeSteps, stepPath, stepRoot } from "../../modules/modelfactory/rules/step-record.js";
import type { StepRecord } from "../../proto/gen/openledger/modelfactory/v1.js";
import { EdgeFailure } from "../errors.js";
import type { Segment } from "./job-record.js";

/** The records of a blob, if they are those of this segment and have the root on chain; otherwise undefined. */
export function parseSegmentSteps(bytes: Uint8Array, { start, end }: Segment): StepRecord[] | undefined {
  const steps = decodeSteps(bytes);
  const first = start?.step ?? 0;
  const isInOrder = steps?.length === end.step - first && steps.every((s, i) => s.step === first + 1 + i);
  return steps !== undefined && isInOrder && equalBytes(stepRoot(steps), end.stepRoot) ? steps : undefined;
}

/** The record of a step with its audit path, lowest first. @throws EdgeFailure "not-found" */
export function openStep(records: readonly StepRecord[], step: number): { readonly record: StepRecord; readonly path: readonly Uint8Array[] } {
  const at = records.findIndex((r) => r.step === step);
  const record = records[at];
  const path = stepPath(records, at);
  if (record === undefined || path === undefined) throw new EdgeFailure("not-found", "no record of this step", { step });
  return { record, path };
}
