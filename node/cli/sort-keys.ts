import type { Printable } from "./format-output.js";

/** With the names of every object in byte order: Cosmos daemons print YAML of messages so. */
export function sortKeys(value: Printable): Printable {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return (value as readonly Printable[]).map(sortKeys);
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries.map(([name, inner]) => [name, sortKeys(inner)]));
}
