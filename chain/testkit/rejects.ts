import { expect } from "chai";
import { Reject } from "../primitives/index.js";

/** Runs `action` and returns its rejection as `codespace/code`. Fails when it passes or throws anything else. */
export function rejection(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    if (error instanceof Reject) return `${error.codespace}/${error.code}`;
    throw error;
  }
  return expect.fail("expected a rejection");
}

/** Whether `action` passes; a Reject is false, anything else is thrown on. */
export function passes(action: () => unknown): boolean {
  try {
    action();
    return true;
  } catch (error) {
    if (error instanceof Reject) return false;
    throw error;
  }
}

/** Runs `action` and returns its rejection. Fails when it passes or throws anything else. */
export function rejectOf(action: () => unknown): Reject {
  try {
    action();
  } catch (error) {
    if (error instanceof Reject) return error;
    throw error;
  }
  return expect.fail("expected a rejection");
}
