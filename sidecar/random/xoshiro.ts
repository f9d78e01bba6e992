/**
 * xoshiro128** (Blackman and Vigna, 2018), seeded by SplitMix64: integer arithmetic only, so a seed names one
 * sequence on every machine. For weights, data order and sampling; never for secrets.
 */
export class Xoshiro {
  private a: number;
  private b: number;
  private c: number;
  private d: number;

  /** `seed`: unsigned 64 bits. */
  constructor(seed: bigint) {
    const mixed = splitMix64(seed);
    this.a = Number(mixed[0] & 0xffffffffn) | 0;
    this.b = Number(mixed[0] >> 32n) | 0;
    this.c = Number(mixed[1] & 0xffffffffn) | 0;
    this.d = Number(mixed[1] >> 32n) | 0;
  }

  /** Uniform in [0, 2^32). */
  next(): number {
    const result = Math.imul(rotate(Math.imul(this.b, 5), 7), 9) >>> 0;
    const t = this.b << 9;
    this.c ^= this.a;
    this.d ^= this.b;
    this.b ^= this.c;
    this.a ^= this.d;
    this.c ^= t;
    this.d = rotate(this.d, 11);
    return result;
  }

  /** Uniform in [0, bound), for 1 <= bound <= 2^32; draws again rather than favour low values. */
  below(bound: number): number {
    const limit = 0x100000000 - (0x100000000 % bound);
    let draw = this.next();
    while (draw >= limit) draw = this.next();
    return draw % bound;
  }

  /** Mean 0, variance 1: the sum of twelve uniforms, which needs no logarithm and no cosine. */
  normal(): number {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += this.next() / 0x100000000;
    return sum;
  }

  /** A permutation of 0..n-1 (Fisher-Yates). */
  permutation(n: number): Int32Array {
    const order = Int32Array.from({ length: n }, (_, i) => i);
    for (let i = n - 1; i > 0; i--) {
      const j = this.below(i + 1);
      const kept = order[i] as number;
      order[i] = order[j] as number;
      order[j] = kept;
    }
    return order;
  }
}

function rotate(x: number, k: number): number {
  return (x << k) | (x >>> (32 - k));
}

const MASK = (1n << 64n) - 1n;

function splitMix64(seed: bigint): readonly [bigint, bigint] {
  let state = seed & MASK;
  const draw = (): bigint => {
    state = (state + 0x9e3779b97f4a7c15n) & MASK;
    let z = state;
    z = ((z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n) & MASK;
    z = ((z ^ (z >> 27n)) * 0x94d049bb133111ebn) & MASK;
    return z ^ (z >> 31n);
  };
  return [draw(), draw()];
}
