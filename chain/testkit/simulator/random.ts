/** A seeded generator (mulberry32): the whole run of a seed is a function of the seed. */
export interface Random {
  /** Integer in [0, n). */
  below(n: number): number;
  /** True in `percent` of a hundred cases. */
  chance(percent: number): boolean;
}

export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
  return { below: (n) => next() % n, chance: (percent) => next() % 100 < percent };
}
