/**
 * exp and ln from additions, multiplications and divisions alone.
 *
 * ECMAScript leaves Math.exp, Math.log, Math.pow and Math.tanh to the engine, so their last bits differ between
 * machines; IEEE 754 fixes + - * / and sqrt. Accurate to about 1e-9 relative, beyond what float32 storage keeps.
 */

const LN2 = 0.6931471805599453;
const LOG2E = 1.4426950408889634;
/** Below the smallest normal float32: the result is zero. */
const LOWEST = -87;
const HIGHEST = 88;

/** 2^-128 .. 2^128, built by doubling. */
const POWERS = new Float64Array(257);
POWERS[128] = 1;
for (let i = 1; i <= 128; i++) {
  POWERS[128 + i] = (POWERS[127 + i] as number) * 2;
  POWERS[128 - i] = (POWERS[129 - i] as number) / 2;
}

/** 2^n for an integer -128 <= n <= 128, exactly. */
export function powerOfTwo(n: number): number {
  return POWERS[n + 128] as number;
}

/** e^x, clamped to float32's range: 0 below -87, e^88 above 88. */
export function exp(x: number): number {
  if (x < LOWEST) return 0;
  const bounded = x > HIGHEST ? HIGHEST : x;
  const n = Math.floor(bounded * LOG2E + 0.5);
  const r = bounded - n * LN2;
  const tail = 1 / 24 + r * (1 / 120 + r * (1 / 720 + r * (1 / 5040 + r * (1 / 40320))));
  return (1 + r * (1 + r * (0.5 + r * (1 / 6 + r * tail)))) * (POWERS[n + 128] as number);
}

/** Natural logarithm of a positive number within 2^-128 .. 2^128. */
export function ln(x: number): number {
  let n = 0;
  let m = x;
  while (m > 1.4142135623730951) {
    m /= 2;
    n++;
  }
  while (m < 0.7071067811865476) {
    m *= 2;
    n--;
  }
  const z = (m - 1) / (m + 1);
  const s = z * z;
  const series = 1 + s * (1 / 3 + s * (1 / 5 + s * (1 / 7 + s * (1 / 9 + s * (1 / 11 + s * (1 / 13))))));
  return 2 * z * series + n * LN2;
}
