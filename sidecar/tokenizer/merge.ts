/** Rank of a pair of neighbours: the lower, the sooner it is joined. */
export type RankOf = (left: string, right: string) => number | undefined;

/** Joins the pair of lowest rank, leftmost first, until none is left. For short pieces: time grows with their square. */
export function mergeShort(symbols: string[], rankOf: RankOf): readonly string[] {
  for (;;) {
    let best = Infinity;
    let at = -1;
    for (let i = 1; i < symbols.length; i++) {
      const rank = rankOf(symbols[i - 1] as string, symbols[i] as string);
      if (rank !== undefined && rank < best) {
        best = rank;
        at = i - 1;
      }
    }
    if (at < 0) return symbols;
    symbols.splice(at, 2, `${symbols[at]}${symbols[at + 1]}`);
  }
}

/** Positions in a piece, below which rank and position fit one exact number (ranks stay below 2^21). */
const PLACES = 2 ** 31;

/** What `mergeShort` gives, in near-linear time: a page without a space is one piece. */
export function mergeLong(symbols: string[], rankOf: RankOf): readonly string[] {
  const count = symbols.length;
  const next = Int32Array.from(symbols, (_, i) => i + 1);
  const previous = Int32Array.from(symbols, (_, i) => i - 1);
  const isGone = new Uint8Array(count);
  const queue = new Heap();
  const keyAt = (i: number): number | undefined => {
    const right = next[i] as number;
    const rank = right < count ? rankOf(symbols[i] as string, symbols[right] as string) : undefined;
    return rank === undefined ? undefined : rank * PLACES + i;
  };
  const offer = (i: number): void => {
    const key = i < 0 ? undefined : keyAt(i);
    if (key !== undefined) queue.push(key);
  };
  for (let i = 0; i < count; i++) offer(i);
  for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
    const at = key % PLACES;
    if (isGone[at] === 1 || keyAt(at) !== key) continue;
    const right = next[at] as number;
    symbols[at] = `${symbols[at]}${symbols[right]}`;
    isGone[right] = 1;
    const after = next[right] as number;
    next[at] = after;
    if (after < count) previous[after] = at;
    offer(previous[at] as number);
    offer(at);
  }
  return symbols.filter((_, i) => isGone[i] === 0);
}

/** A binary heap of numbers, least first. */
class Heap {
  private readonly keys: number[] = [];

  push(key: number): void {
    const { keys } = this;
    let at = keys.length;
    keys.push(key);
    while (at > 0) {
      const above = (at - 1) >> 1;
      const other = keys[above] as number;
      if (other <= key) break;
      keys[at] = other;
      at = above;
    }
    keys[at] = key;
  }

  pop(): number | undefined {
    const { keys } = this;
    const least = keys[0];
    const last = keys.pop();
    if (last !== undefined && keys.length > 0) this.sink(last);
    return least;
  }

  /** Puts `key` where it belongs, from the top down. */
  private sink(key: number): void {
    const { keys } = this;
    let at = 0;
    for (;;) {
      const left = 2 * at + 1;
      if (left >= keys.length) break;
      const below = left + 1 < keys.length && (keys[left + 1] as number) < (keys[left] as number) ? left + 1 : left;
      const other = keys[below] as number;
      if (key <= other) break;
      keys[at] = other;
      at = below;
    }
    keys[at] = key;
  }
}
