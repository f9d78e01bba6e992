/** Ranks from 0, doubled so that ties, which share the mean of their ranks, stay whole numbers. */
export function doubledRanks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((a, b) => (values[a] as number) - (values[b] as number) || a - b);
  const ranks = new Array<number>(values.length).fill(0);
  for (let at = 0; at < order.length; ) {
    let end = at + 1;
    while (end < order.length && values[order[end] as number] === values[order[at] as number]) end++;
    for (let i = at; i < end; i++) ranks[order[i] as number] = at + end - 1;
    at = end;
  }
  return ranks;
}

/**
 * Spearman's rank correlation in parts per million, halves rounded up; 0 when either list is constant. Sums are of whole
 * numbers below 2^53 for up to 2^16 pairs, then one square root and one division: the same integer everywhere.
 */
export function spearmanPpm(a: readonly number[], b: readonly number[]): number {
  const n = Math.min(a.length, b.length);
  const centred = (values: readonly number[]): number[] => doubledRanks(values.slice(0, n)).map((r) => r - (n - 1));
  const [x, y] = [centred(a), centred(b)];
  const product = (u: readonly number[], v: readonly number[]): number => u.reduce((sum, r, i) => sum + r * (v[i] ?? 0), 0);
  const spread = Math.sqrt(product(x, x)) * Math.sqrt(product(y, y));
  return spread === 0 ? 0 : Math.floor((product(x, y) / spread) * 1_000_000 + 0.5);
}
