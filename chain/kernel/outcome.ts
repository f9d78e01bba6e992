import { Fault, Reject } from "../primitives/index.js";

/** A failure as it goes into a result: code and codespace are hashed or shown, `log` is for people. */
export interface Failure {
  readonly code: number;
  readonly codespace: string;
  readonly log: string;
  /** The failure was no Reject: how much gas was used by then may depend on the machine (stack, memory). */
  readonly isPanic: boolean;
}

/** What the SDK answers for a recovered panic. */
const PANIC = { code: 111222, codespace: "undefined" } as const;

/**
 * What an exception inside a transaction becomes. No text of the engine reaches a result.
 *
 * @throws the Fault it is given: broken promises of our own code halt the node.
 */
export function failureOf(error: unknown): Failure {
  if (error instanceof Fault) throw error;
  if (error instanceof Reject) {
    return { code: error.code, codespace: error.codespace, log: error.message, isPanic: false };
  }
  return { ...PANIC, log: "recovered from an unexpected failure: panic", isPanic: true };
}
