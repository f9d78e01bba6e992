/**
 * The third kind of failure (design §3): *Edge*, the world is wrong. A peer, a disk, a timeout, a sidecar.
 *
 * Reject and Fault live in chain/primitives. An edge failure is retried, reported or costs a peer its connection;
 * it never enters a transaction result and never halts consensus by itself.
 */
import type { Facts } from "../chain/primitives/index.js";

/** What went wrong, stable for callers and tests. Messages are for people; match codes. */
export type FailureCode =
  /** The other side does not hold what was asked for. */
  | "not-found"
  /** A deadline passed before an answer came. */
  | "timeout"
  /** The caller's AbortSignal fired, or the service stopped. */
  | "aborted"
  /** A bound was reached: queue full, too many requests, too many bytes. Try later or ask for less. */
  | "busy"
  /** More bytes, blocks or depth than the caller allowed. */
  | "too-large"
  /** Bytes that are not what they claim to be: hash, framing or encoding. */
  | "malformed"
  /** The peer is not connected, does not speak the protocol, or hung up. */
  | "unreachable"
  /** The other side answered that it failed. */
  | "remote"
  /** Local storage failed. The service that holds it stops accepting work. */
  | "storage"
  /** A setting, key file or address cannot be used. */
  | "config"
  /** The service has not been started, or has been stopped. */
  | "not-running";

/** A failure at the edge of the node, with a code to act on, facts to log and the cause underneath. */
export class EdgeFailure extends Error {
  override readonly name = "EdgeFailure";
  readonly code: FailureCode;
  readonly facts: Facts;

  constructor(code: FailureCode, message: string, facts: Facts = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.facts = facts;
  }
}

/** True for an EdgeFailure with this code. */
export function isFailure(error: unknown, code: FailureCode): error is EdgeFailure {
  return error instanceof EdgeFailure && error.code === code;
}

/** Something short and printable for a log field, whatever was thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
}

/** @throws EdgeFailure "aborted", with the signal's reason as cause, if the signal has fired. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true)
    throw new EdgeFailure("aborted", "the operation was aborted", {}, signal.reason);
}
