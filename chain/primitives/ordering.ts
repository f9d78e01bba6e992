import { compareBytes } from "./bytes.js";

/** Orders that give the same result on every machine. `.sort()` without one of these is a lint error in the core. */

export function compareBigints(a: bigint, b: bigint): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export function compareNumbers(a: number, b: number): number {
  return a - b;
}

/** UTF-16 code unit order; equals byte order for ASCII, which is all that state keys and denoms may hold. */
export function compareAscii(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

export { compareBytes };

/** Entries of a Map by key: the one way to iterate a Map into anything hashed. */
export function sortedEntries<V>(map: ReadonlyMap<string, V>): (readonly [string, V])[] {
  return [...map.entries()].sort((a, b) => compareAscii(a[0], b[0]));
}
