import type { TimeNs, Uopen } from "../../../chain/primitives/index.js";

/** What somebody may spend of another's coins on fees. Undefined is without a limit, or without an end. */
export interface BasicAllowance {
  readonly kind: "basic";
  readonly limit: Uopen | undefined;
  readonly expiration: TimeNs | undefined;
}

/** At most `periodLimit` in each period, and no more than `basic` in all. */
export interface PeriodicAllowance {
  readonly kind: "periodic";
  readonly basic: BasicAllowance;
  /** Nanoseconds. */
  readonly period: bigint;
  readonly periodLimit: Uopen;
  /** What is left of the current period. */
  readonly periodLeft: Uopen;
  /** When the next period begins. */
  readonly periodReset: TimeNs;
}

/** For transactions of these messages alone. */
export interface MessagesAllowance {
  readonly kind: "messages";
  readonly inner: Allowance;
  /** Type URLs. */
  readonly messages: readonly string[];
}

export type Allowance = BasicAllowance | PeriodicAllowance | MessagesAllowance;

/** From when on it is of no use; undefined for never. */
export function expiresAt(allowance: Allowance): TimeNs | undefined {
  if (allowance.kind === "messages") return expiresAt(allowance.inner);
  return allowance.kind === "periodic" ? allowance.basic.expiration : allowance.expiration;
}
