import { compareNumbers } from "../../chain/primitives/index.js";

/**
 * Rows worth a closer look, by shared rare tokens: an integer measure that prefers tokens few rows hold. Display only.
 */
export function relatedRows(rows: readonly (readonly number[])[], answer: readonly number[], limit: number): number[] {
  const wanted = new Set(answer);
  const held = rows.map((row) => new Set(row.filter((t) => wanted.has(t))));
  const frequency = new Map<number, number>();
  for (const set of held) for (const t of set) frequency.set(t, (frequency.get(t) ?? 0) + 1);
  const weight = held.map((set) => {
    let sum = 0;
    for (const t of set) sum += 32 - Math.clz32(Math.floor(rows.length / (frequency.get(t) ?? 1)));
    return sum;
  });
  return Array.from(rows.keys())
    .filter((i) => (weight[i] as number) > 0)
    .sort((a, b) => compareNumbers(weight[b] as number, weight[a] as number) || a - b)
    .slice(0, limit);
}
