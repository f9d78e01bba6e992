/**
 * exp, ln, sin and cos from additions, multiplications and divisions alone.
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

/** Natural logarithm of a positive number; what has none (zero, infinity, not a number, negative) is not a number. */
export function ln(x: number): number {
  if (!(x > 0 && x < Infinity)) return Number.NaN;
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

/** pi / 2 in two parts, the first with 33 bits, so that its small multiples are exact (fdlibm's). */
const HALF_PI = 1.5707963267341256;
const HALF_PI_REST = 6.077100506506192e-11;

/** sin and cos of an angle of up to about 10^5: fdlibm's polynomials on what is left of a multiple of pi / 2. */
export function sinCos(x: number): { readonly sin: number; readonly cos: number } {
  const n = Math.floor(x / HALF_PI + 0.5);
  const r = x - n * HALF_PI - n * HALF_PI_REST;
  const z = r * r;
  const sinTail = 8.33333333332248946124e-3 + z * (-1.98412698298579493134e-4 + z * (2.75573137070700676789e-6 + z * (-2.50507602534068634195e-8 + z * 1.58969099521155010221e-10)));
  const cosTail = -1.38888888888741095749e-3 + z * (2.48015872894767294178e-5 + z * (-2.75573143513906633035e-7 + z * (2.08757232129817482790e-9 + z * -1.13596475577881948265e-11)));
  const s = r + r * z * (-1.66666666666666324348e-1 + z * sinTail);
  const c = 1 - 0.5 * z + z * z * (4.16666666666666019037e-2 + z * cosTail);
  const quarter = ((n % 4) + 4) % 4;
  if (quarter === 0) return { sin: s, cos: c };
  if (quarter === 1) return { sin: c, cos: -s };
  return quarter === 2 ? { sin: -s, cos: -c } : { sin: -c, cos: s };
}
