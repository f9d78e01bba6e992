// The elementwise and attention kernels of lane A in AssemblyScript: float32, four lanes, no relaxed instruction.
// Compiled by scripts/build-kernels.mjs to kernels-binary.ts. plain.ts has the same arithmetic in JavaScript, operation by
// operation, and the op matrix holds the two to the same bits. Pointers are byte offsets; lengths count floats.

// @ts-ignore: decorator
@inline
function exp4(x: v128): v128 {
  const bounded = f32x4.min(x, f32x4.splat(88.0));
  const n = f32x4.floor(f32x4.add(f32x4.mul(bounded, f32x4.splat(1.44269504)), f32x4.splat(0.5)));
  const r = f32x4.sub(f32x4.sub(bounded, f32x4.mul(n, f32x4.splat(0.693359375))), f32x4.mul(n, f32x4.splat(-2.12194440e-4)));
  let p = f32x4.add(f32x4.mul(f32x4.splat(1.9875691500e-4), r), f32x4.splat(1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(5.0000001201e-1));
  const y = f32x4.add(f32x4.add(f32x4.mul(f32x4.mul(p, r), r), r), f32x4.splat(1.0));
  const power = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  // Zero below; what is not a number stays so.
  return v128.andnot(f32x4.mul(y, power), f32x4.lt(x, f32x4.splat(-87.0)));
}

// @ts-ignore: decorator
@inline
function total(sums: v128): f32 {
  const low = f32x4.extract_lane(sums, 0) + f32x4.extract_lane(sums, 1);
  return low + (f32x4.extract_lane(sums, 2) + f32x4.extract_lane(sums, 3));
}

// Buffers are padded to whole vectors: what a last vector computes past the end is never read.

export function gelu(x: usize, out: usize, slope: usize, n: i32): void {
  for (let i = 0; i < n; i += 4) {
    const at = <usize>i << 2;
    const v = v128.load(x + at);
    const square = f32x4.mul(v, v);
    const u = f32x4.mul(f32x4.mul(v, f32x4.splat(1.5957691216)), f32x4.add(f32x4.mul(square, f32x4.splat(0.044715)), f32x4.splat(1.0)));
    const e = exp4(u);
    const rest = f32x4.div(f32x4.splat(1.0), f32x4.add(e, f32x4.splat(1.0)));
    const s = f32x4.mul(e, rest);
    v128.store(out + at, f32x4.mul(v, s));
    const bend = f32x4.mul(f32x4.splat(1.5957691216), f32x4.add(f32x4.mul(square, f32x4.splat(0.134145)), f32x4.splat(1.0)));
    v128.store(slope + at, f32x4.add(s, f32x4.mul(f32x4.mul(f32x4.mul(v, s), rest), bend)));
  }
}

// x s(x) times `by`, s the logistic function; the slopes are those by x and by `by`.
export function gated(x: usize, by: usize, out: usize, slope: usize, silu: usize, n: i32): void {
  const one = f32x4.splat(1.0);
  for (let i = 0; i < n; i += 4) {
    const at = <usize>i << 2;
    const v = v128.load(x + at);
    const b = v128.load(by + at);
    const e = exp4(f32x4.neg(v));
    const s = f32x4.div(one, f32x4.add(e, one));
    const product = f32x4.mul(v, s);
    v128.store(silu + at, product);
    v128.store(out + at, f32x4.mul(product, b));
    const bend = f32x4.add(s, f32x4.mul(product, f32x4.sub(one, s)));
    v128.store(slope + at, f32x4.mul(bend, b));
  }
}

// Sum over c of a[c], lane c mod 4 first.
// @ts-ignore: decorator
@inline
function sumRow(a: usize, n: i32): f32 {
  let sums = f32x4.splat(0.0);
  const whole = n & ~3;
  for (let c = 0; c < whole; c += 4) sums = f32x4.add(sums, v128.load(a + (<usize>c << 2)));
  if (whole < n) sums = f32x4.add(sums, tail(v128.load(a + (<usize>whole << 2)), n - whole));
  return total(sums);
}

// The first `count` lanes (1 to 3); zero in the others.
// @ts-ignore: decorator
@inline
function tail(v: v128, count: i32): v128 {
  const index = i32x4(0, 1, 2, 3);
  return v128.and(v, i32x4.lt_s(index, i32x4.splat(count)));
}

// Rows of `stride` floats (a multiple of 4) of which `cols` count. Without `centred` the mean is taken to be zero (RMS norm).
export function layerNorm(x: usize, gain: usize, bias: usize, out: usize, unit: usize, inverse: usize, rows: i32, cols: i32, stride: i32, epsilon: f32, centred: i32): void {
  const count = <f32>cols;
  for (let r = 0; r < rows; r++) {
    const row = x + (<usize>(r * stride) << 2);
    const to = (<usize>(r * stride) << 2);
    const mean = f32x4.splat(centred ? sumRow(row, cols) / count : 0.0);
    let squares = f32x4.splat(0.0);
    const whole = cols & ~3;
    for (let c = 0; c < whole; c += 4) {
      const d = f32x4.sub(v128.load(row + (<usize>c << 2)), mean);
      squares = f32x4.add(squares, f32x4.mul(d, d));
    }
    if (whole < cols) {
      const d = tail(f32x4.sub(v128.load(row + (<usize>whole << 2)), mean), cols - whole);
      squares = f32x4.add(squares, f32x4.mul(d, d));
    }
    const scale = <f32>1.0 / sqrt<f32>(total(squares) / count + epsilon);
    store<f32>(inverse + (<usize>r << 2), scale);
    const factor = f32x4.splat(scale);
    for (let c = 0; c < cols; c += 4) {
      const at = <usize>c << 2;
      const u = f32x4.mul(f32x4.sub(v128.load(row + at), mean), factor);
      v128.store(unit + to + at, u);
      v128.store(out + to + at, f32x4.add(f32x4.mul(u, v128.load(gain + at)), v128.load(bias + at)));
    }
  }
}

export function layerNormBack(gradient: usize, unit: usize, gain: usize, inverse: usize, out: usize, rows: i32, cols: i32, stride: i32, centred: i32): void {
  const count = <f32>cols;
  const whole = cols & ~3;
  for (let r = 0; r < rows; r++) {
    const g = gradient + (<usize>(r * stride) << 2);
    const u = unit + (<usize>(r * stride) << 2);
    const o = out + (<usize>(r * stride) << 2);
    let sum = f32x4.splat(0.0);
    let along = f32x4.splat(0.0);
    for (let c = 0; c < whole; c += 4) {
      const at = <usize>c << 2;
      const d = f32x4.mul(v128.load(g + at), v128.load(gain + at));
      sum = f32x4.add(sum, d);
      along = f32x4.add(along, f32x4.mul(d, v128.load(u + at)));
    }
    if (whole < cols) {
      const at = <usize>whole << 2;
      const d = tail(f32x4.mul(v128.load(g + at), v128.load(gain + at)), cols - whole);
      sum = f32x4.add(sum, d);
      along = f32x4.add(along, tail(f32x4.mul(d, v128.load(u + at)), cols - whole));
    }
    const mean = f32x4.splat(centred ? total(sum) / count : 0.0);
    const slope = f32x4.splat(total(along) / count);
    const scale = f32x4.splat(load<f32>(inverse + (<usize>r << 2)));
    for (let c = 0; c < cols; c += 4) {
      const at = <usize>c << 2;
      const d = f32x4.mul(v128.load(g + at), v128.load(gain + at));
      v128.store(o + at, f32x4.mul(scale, f32x4.sub(f32x4.sub(d, mean), f32x4.mul(v128.load(u + at), slope))));
    }
  }
}

// In place: each row to its softmax; the largest logit and the sum of exponentials go to `largest` and `sums`.
export function softmaxRows(x: usize, largest: usize, sums: usize, rows: i32, cols: i32, stride: i32): void {
  for (let r = 0; r < rows; r++) {
    const row = x + (<usize>(r * stride) << 2);
    let max = load<f32>(row);
    for (let c = 1; c < cols; c++) {
      const v = load<f32>(row + (<usize>c << 2));
      if (v > max) max = v;
    }
    const sum = softmax(row, cols, max);
    store<f32>(largest + (<usize>r << 2), max);
    store<f32>(sums + (<usize>r << 2), sum);
  }
}

// exp(x - max) / their sum, in place; zero in what pads the last vector.
// @ts-ignore: decorator
@inline
function softmax(row: usize, n: i32, max: f32): f32 {
  const top = f32x4.splat(max);
  let sums = f32x4.splat(0.0);
  const whole = n & ~3;
  for (let c = 0; c < whole; c += 4) {
    const at = row + (<usize>c << 2);
    const e = exp4(f32x4.sub(v128.load(at), top));
    v128.store(at, e);
    sums = f32x4.add(sums, e);
  }
  if (whole < n) {
    const at = row + (<usize>whole << 2);
    const e = tail(exp4(f32x4.sub(v128.load(at), top)), n - whole);
    v128.store(at, e);
    sums = f32x4.add(sums, e);
  }
  const sum = total(sums);
  const inverse = f32x4.splat(<f32>1.0 / sum);
  for (let c = 0; c < n; c += 4) {
    const at = row + (<usize>c << 2);
    v128.store(at, f32x4.mul(v128.load(at), inverse));
  }
  return sum;
}

// out[c, i] = scale * a[i, column c] : a block of rows, turned; rows of `out` are `span` long, a multiple of 4, zero past length.
// @ts-ignore: decorator
@inline
function turn(a: usize, stride: i32, out: usize, length: i32, span: i32, size: i32): void {
  for (let c = 0; c < size; c++) {
    const to = out + (<usize>(c * span) << 2);
    for (let i = 0; i < length; i++) store<f32>(to + (<usize>i << 2), load<f32>(a + (<usize>(i * stride + c) << 2)));
    for (let i = length; i < span; i++) store<f32>(to + (<usize>i << 2), 0.0);
  }
}

// out[i, j] = sum over c of a[i, c] * scale * turned[c, j], for j up to the end of i's vector; c ascending.
// @ts-ignore: decorator
@inline
function lowerDots(out: usize, a: usize, stride: i32, scale: f32, turned: usize, length: i32, span: i32, size: i32): void {
  const step = <usize>span << 2;
  for (let i = 0; i < length; i++) {
    const row = a + (<usize>(i * stride) << 2);
    const to = out + (<usize>(i * span) << 2);
    let j = 0;
    for (; j + 12 <= i; j += 16) {
      let b = turned + (<usize>j << 2);
      let s0 = f32x4.splat(0.0);
      let s1 = f32x4.splat(0.0);
      let s2 = f32x4.splat(0.0);
      let s3 = f32x4.splat(0.0);
      for (let c = 0; c < size; c++, b += step) {
        const v = f32x4.splat(load<f32>(row + (<usize>c << 2)) * scale);
        s0 = f32x4.add(s0, f32x4.mul(v, v128.load(b)));
        s1 = f32x4.add(s1, f32x4.mul(v, v128.load(b, 16)));
        s2 = f32x4.add(s2, f32x4.mul(v, v128.load(b, 32)));
        s3 = f32x4.add(s3, f32x4.mul(v, v128.load(b, 48)));
      }
      const o = to + (<usize>j << 2);
      v128.store(o, s0);
      v128.store(o, s1, 16);
      v128.store(o, s2, 32);
      v128.store(o, s3, 48);
    }
    for (; j <= i; j += 4) {
      let b = turned + (<usize>j << 2);
      let s = f32x4.splat(0.0);
      for (let c = 0; c < size; c++, b += step) {
        s = f32x4.add(s, f32x4.mul(f32x4.splat(load<f32>(row + (<usize>c << 2)) * scale), v128.load(b)));
      }
      v128.store(to + (<usize>j << 2), s);
    }
  }
}

// One head of one sequence. `q`, `k`, `v` point at its first row and column, rows `stride` apart; `weights` gets length x span.
export function attendHead(q: usize, k: usize, v: usize, stride: i32, out: usize, outStride: i32, weights: usize, scratch: usize, length: i32, size: i32, scale: f32): void {
  const span = (length + 3) & ~3;
  turn(k, stride, scratch, length, span, size);
  lowerDots(weights, q, stride, scale, scratch, length, span, size);
  for (let i = 0; i < length; i++) {
    const row = weights + (<usize>(i * span) << 2);
    let max = load<f32>(row);
    for (let j = 1; j <= i; j++) {
      const s = load<f32>(row + (<usize>j << 2));
      if (s > max) max = s;
    }
    softmax(row, i + 1, max);
    mix(out + (<usize>(i * outStride) << 2), row, 4, v, stride, 0, i + 1, size, 1.0, false);
  }
}

// out[c] = (out[c] +) scale * sum over from <= t < to of coefficient(t) * rows[t, c]; coefficients `apart` bytes apart.
// @ts-ignore: decorator
@inline
function mix(out: usize, coefficients: usize, apart: usize, rows: usize, stride: i32, from: i32, to: i32, size: i32, scale: f32, more: bool): void {
  const step = <usize>stride << 2;
  const factor = f32x4.splat(scale);
  let c = 0;
  for (; c + 16 <= size; c += 16) {
    let w = coefficients + <usize>from * apart;
    let r = rows + (<usize>(from * stride + c) << 2);
    let s0 = f32x4.splat(0.0);
    let s1 = f32x4.splat(0.0);
    let s2 = f32x4.splat(0.0);
    let s3 = f32x4.splat(0.0);
    for (let t = from; t < to; t++, w += apart, r += step) {
      const p = v128.load32_splat(w);
      s0 = f32x4.add(s0, f32x4.mul(p, v128.load(r)));
      s1 = f32x4.add(s1, f32x4.mul(p, v128.load(r, 16)));
      s2 = f32x4.add(s2, f32x4.mul(p, v128.load(r, 32)));
      s3 = f32x4.add(s3, f32x4.mul(p, v128.load(r, 48)));
    }
    const o = out + (<usize>c << 2);
    put(o, f32x4.mul(s0, factor), more);
    put(o + 16, f32x4.mul(s1, factor), more);
    put(o + 32, f32x4.mul(s2, factor), more);
    put(o + 48, f32x4.mul(s3, factor), more);
  }
  for (; c < size; c += 4) {
    let w = coefficients + <usize>from * apart;
    let r = rows + (<usize>(from * stride + c) << 2);
    let s = f32x4.splat(0.0);
    for (let t = from; t < to; t++, w += apart, r += step) s = f32x4.add(s, f32x4.mul(v128.load32_splat(w), v128.load(r)));
    put(out + (<usize>c << 2), f32x4.mul(s, factor), more);
  }
}

// @ts-ignore: decorator
@inline
function put(at: usize, value: v128, more: bool): void {
  v128.store(at, more ? f32x4.add(v128.load(at), value) : value);
}

// The gradients of one head: to dq; added to dk and dv, which heads that share a key share too.
export function attendHeadBack(q: usize, k: usize, v: usize, stride: i32, g: usize, gStride: i32, weights: usize, dq: usize, dk: usize, dv: usize, scratch: usize, length: i32, size: i32, scale: f32): void {
  const span = (length + 3) & ~3;
  const turned = scratch;
  const slopes = scratch + (<usize>(size * span) << 2);
  turn(v, stride, turned, length, span, size);
  lowerDots(slopes, g, gStride, 1.0, turned, length, span, size);
  for (let i = 0; i < length; i++) {
    const s = slopes + (<usize>(i * span) << 2);
    const w = weights + (<usize>(i * span) << 2);
    let along = f32x4.splat(0.0);
    for (let j = 0; j <= i; j += 4) {
      const at = <usize>j << 2;
      // Weights past i are zero, and so is what they contribute.
      along = f32x4.add(along, f32x4.mul(v128.load(s + at), v128.load(w + at)));
    }
    const mean = f32x4.splat(total(along));
    for (let j = 0; j <= i; j += 4) {
      const at = <usize>j << 2;
      v128.store(s + at, f32x4.mul(v128.load(w + at), f32x4.sub(v128.load(s + at), mean)));
    }
  }
  const apart = <usize>span << 2;
  for (let i = 0; i < length; i++) {
    const row = <usize>(i * stride) << 2;
    const from = <usize>i << 2;
    mix(dq + row, slopes + <usize>i * apart, 4, k, stride, 0, i + 1, size, scale, false);
    mix(dk + row, slopes + from, apart, q, stride, i, length, size, scale, true);
    mix(dv + row, weights + from, apart, g, gStride, i, length, size, 1.0, true);
  }
}

// out[i, r] = sum over k of x[i, k] w[k, r], k ascending; rows of w and out are `wide` (a multiple of 4) long.
export function narrow(x: usize, stride: i32, w: usize, out: usize, rows: i32, inner: i32, wide: i32): void {
  const step = <usize>wide << 2;
  const next = <usize>stride << 2;
  let i = 0;
  for (; i + 4 <= rows; i += 4) {
    for (let r = 0; r < wide; r += 4) {
      let a = x + (<usize>(i * stride) << 2);
      let b = w + (<usize>r << 2);
      let s0 = f32x4.splat(0.0);
      let s1 = f32x4.splat(0.0);
      let s2 = f32x4.splat(0.0);
      let s3 = f32x4.splat(0.0);
      for (let k = 0; k < inner; k++, a += 4, b += step) {
        const v = v128.load(b);
        s0 = f32x4.add(s0, f32x4.mul(v128.load32_splat(a), v));
        s1 = f32x4.add(s1, f32x4.mul(v128.load32_splat(a + next), v));
        s2 = f32x4.add(s2, f32x4.mul(v128.load32_splat(a + 2 * next), v));
        s3 = f32x4.add(s3, f32x4.mul(v128.load32_splat(a + 3 * next), v));
      }
      const o = out + (<usize>(i * wide + r) << 2);
      v128.store(o, s0);
      v128.store(o + step, s1);
      v128.store(o + 2 * step, s2);
      v128.store(o + 3 * step, s3);
    }
  }
  for (; i < rows; i++) {
    for (let r = 0; r < wide; r += 4) {
      let a = x + (<usize>(i * stride) << 2);
      let b = w + (<usize>r << 2);
      let s = f32x4.splat(0.0);
      for (let k = 0; k < inner; k++, a += 4, b += step) s = f32x4.add(s, f32x4.mul(v128.load32_splat(a), v128.load(b)));
      v128.store(out + (<usize>(i * wide + r) << 2), s);
    }
  }
}

// y[i, c] += scale * sum over r of z[i, r] w[r, c], r ascending; cols is a multiple of 4.
export function expand(z: usize, wide: i32, w: usize, y: usize, stride: i32, rows: i32, rank: i32, cols: i32, scale: f32): void {
  const factor = f32x4.splat(scale);
  const step = <usize>cols << 2;
  for (let i = 0; i < rows; i++) {
    const p = z + (<usize>(i * wide) << 2);
    const o = y + (<usize>(i * stride) << 2);
    let c = 0;
    for (; c + 16 <= cols; c += 16) {
      let b = w + (<usize>c << 2);
      let s0 = f32x4.splat(0.0);
      let s1 = f32x4.splat(0.0);
      let s2 = f32x4.splat(0.0);
      let s3 = f32x4.splat(0.0);
      for (let r = 0; r < rank; r++, b += step) {
        const v = v128.load32_splat(p + (<usize>r << 2));
        s0 = f32x4.add(s0, f32x4.mul(v, v128.load(b)));
        s1 = f32x4.add(s1, f32x4.mul(v, v128.load(b, 16)));
        s2 = f32x4.add(s2, f32x4.mul(v, v128.load(b, 32)));
        s3 = f32x4.add(s3, f32x4.mul(v, v128.load(b, 48)));
      }
      const at = o + (<usize>c << 2);
      put(at, f32x4.mul(s0, factor), true);
      put(at + 16, f32x4.mul(s1, factor), true);
      put(at + 32, f32x4.mul(s2, factor), true);
      put(at + 48, f32x4.mul(s3, factor), true);
    }
    for (; c < cols; c += 4) {
      let b = w + (<usize>c << 2);
      let s = f32x4.splat(0.0);
      for (let r = 0; r < rank; r++, b += step) s = f32x4.add(s, f32x4.mul(v128.load32_splat(p + (<usize>r << 2)), v128.load(b)));
      put(o + (<usize>c << 2), f32x4.mul(s, factor), true);
    }
  }
}

// out[r, c] += sum over i of z[i, r] g[i, c], i ascending and from out's value on; cols is a multiple of 4.
export function outer(z: usize, wide: i32, g: usize, stride: i32, out: usize, rows: i32, rank: i32, cols: i32): void {
  const step = <usize>stride << 2;
  const down = <usize>wide << 2;
  for (let r = 0; r < rank; r++) {
    const o = out + (<usize>(r * cols) << 2);
    let c = 0;
    for (; c + 16 <= cols; c += 16) {
      let p = z + (<usize>r << 2);
      let b = g + (<usize>c << 2);
      const at = o + (<usize>c << 2);
      let s0 = v128.load(at);
      let s1 = v128.load(at, 16);
      let s2 = v128.load(at, 32);
      let s3 = v128.load(at, 48);
      for (let i = 0; i < rows; i++, p += down, b += step) {
        const v = v128.load32_splat(p);
        s0 = f32x4.add(s0, f32x4.mul(v, v128.load(b)));
        s1 = f32x4.add(s1, f32x4.mul(v, v128.load(b, 16)));
        s2 = f32x4.add(s2, f32x4.mul(v, v128.load(b, 32)));
        s3 = f32x4.add(s3, f32x4.mul(v, v128.load(b, 48)));
      }
      v128.store(at, s0);
      v128.store(at, s1, 16);
      v128.store(at, s2, 32);
      v128.store(at, s3, 48);
    }
    for (; c < cols; c += 4) {
      let p = z + (<usize>r << 2);
      let b = g + (<usize>c << 2);
      const at = o + (<usize>c << 2);
      let s = v128.load(at);
      for (let i = 0; i < rows; i++, p += down, b += step) s = f32x4.add(s, f32x4.mul(v128.load32_splat(p), v128.load(b)));
      v128.store(at, s);
    }
  }
}
