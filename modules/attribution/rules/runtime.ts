import { equalBytes } from "../../../chain/primitives/index.js";

/**
 * Whether two results prove something about each other. Where params name the programs that count, results of two of them may
 * differ in good faith. Where they name none there is one program, and whoever calls it something else is not excused
 * (ADR 0103): otherwise a false name would put a false result beyond dispute.
 */
export function isComparable(runtimes: readonly Uint8Array[], a: Uint8Array, b: Uint8Array): boolean {
  return runtimes.length === 0 || equalBytes(a, b);
}
