import { parseUtf8 } from "../../chain/primitives/index.js";
import type { RejectFactory } from "../../chain/primitives/index.js";

/** Checked reading of small JSON files. Each function takes the coded error that its caller's file deserves. */

export function parseJson(bytes: Uint8Array, reject: RejectFactory): unknown {
  try {
    return JSON.parse(parseUtf8(bytes));
  } catch {
    throw reject("not JSON");
  }
}

export function readObject(value: unknown, reject: RejectFactory): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw reject("not an object");
  return value as Readonly<Record<string, unknown>>;
}

export interface Bounds {
  readonly name: string;
  readonly low: number;
  readonly high: number;
}

export function readInteger(value: unknown, { name, low, high }: Bounds, reject: RejectFactory): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < low || value > high) {
    throw reject(`${name} must be an integer from ${low} to ${high}`);
  }
  return value;
}
