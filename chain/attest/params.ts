import type { Params } from "../../proto/gen/openledger/attest/v1.js";
import { AttestError } from "./errors.js";

export const defaultParams: Params = {
  // A cold sidecar loads an adapter within this many one-second blocks.
  commitPeriod: 60,
  revealPeriod: 10,
  maxAttempts: 2,
  maxExtensionBytes: 32_768,
  maxValueBytes: 16_384,
  maxCommittee: 32,
  maxTasksPerExtension: 16,
  gracePeriod: 3,
};

const BOUNDS: Readonly<Record<keyof Params, readonly [low: number, high: number]>> = {
  commitPeriod: [1, 100_000],
  revealPeriod: [2, 100_000],
  maxAttempts: [1, 10],
  // CometBFT refuses extensions above 1 MiB.
  maxExtensionBytes: [1_024, 1_048_576],
  maxValueBytes: [256, 524_288],
  maxCommittee: [4, 200],
  maxTasksPerExtension: [1, 256],
  gracePeriod: [0, 1_000],
};

/** @throws Reject attest/6. */
export function checkParams(params: Params): void {
  for (const name of ["commitPeriod", "revealPeriod", "maxAttempts", "maxExtensionBytes"] as const) check(params, name);
  for (const name of ["maxValueBytes", "maxCommittee", "maxTasksPerExtension", "gracePeriod"] as const) check(params, name);
  if (params.maxValueBytes * 2 > params.maxExtensionBytes) {
    throw AttestError.InvalidParams("two values must fit one extension");
  }
}

function check(params: Params, name: keyof Params): void {
  const [low, high] = BOUNDS[name];
  const value = params[name];
  if (value < low || value > high) throw AttestError.InvalidParams(`${name} must be ${low} to ${high}, got ${value}`);
}
