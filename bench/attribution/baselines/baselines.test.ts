import { expect } from "chai";
import { readFileSync } from "node:fs";
import { Xoshiro } from "../../../sidecar/random/xoshiro.js";
import { pearson } from "../../../sidecar/testkit/tiny-lora.js";
import { dataInf } from "./datainf.js";
import { gradCos, gradDot } from "./grad-dot.js";
import type { Scores } from "./grad-dot.js";
import { influenceByConjugateGradients, solveByConjugateGradients } from "./if-cg.js";
import { repSim } from "./rep-sim.js";
import { tinyGradients } from "./tiny-gradients.js";
import type { TinyGradients } from "./tiny-gradients.js";
import { tracInCp } from "./tracin-cp.js";
import { signProjection, trak } from "./trak.js";

type List = readonly (readonly number[])[];

/** Written by scripts/vectors/score_with_dattri.py. */
interface Golden {
  readonly ridge: number;
  readonly datainf: readonly { readonly damping: number; readonly scores: List }[];
  readonly trak1: List;
  readonly trak2: List;
  readonly tracin: List;
  readonly gradCos: List;
}

const golden = JSON.parse(readFileSync(new URL("dattri.golden.json", import.meta.url), "utf8")) as Golden;

/** Largest difference relative to the largest score, and the least correlation over queries. */
function expectSame(ours: Scores, theirs: List): void {
  const top = Math.max(...theirs.flat().map(Math.abs));
  const worst = Math.max(...theirs.flatMap((row, q) => row.map((x, i) => Math.abs(x - (ours[q]?.[i] ?? NaN)) / top)));
  const least = Math.min(...theirs.map((row, q) => pearson(row, [...(ours[q] ?? [])])));
  expect(worst, "largest difference").to.be.lessThan(1e-4);
  expect(least, "least correlation").to.be.greaterThan(0.999999);
}

describe("baselines beside dattri on the same gradients", () => {
  let given: TinyGradients;
  before(async () => {
    given = await tinyGradients();
  });
  const member = (i: number): TinyGradients["members"][number] => given.members[i] ?? { rows: [], queries: [], doubt: [] };

  it("DataInf, at each damping", () => {
    const { rows, queries } = member(0);
    for (const { damping, scores } of golden.datainf) expectSame(dataInf(rows, queries, { layers: given.layers, damping: { absolute: damping } }), scores);
  });

  it("TRAK with one model and with two", () => {
    expectSame(trak([member(0)], { absolute: golden.ridge }), golden.trak1);
    expectSame(trak(given.members, { absolute: golden.ridge }), golden.trak2);
    expectSame(trak([member(0)], { relative: 0.01 }), golden.trak1);
  });

  it("TracIn-CP and the cosine of gradients", () => {
    expectSame(tracInCp(given.members.map((m, i) => ({ ...m, rate: i === 0 ? 0.5 : 0.25 }))), golden.tracin);
    expectSame(gradCos(member(0).rows, member(0).queries), golden.gradCos);
  });

  it("DataInf at great damping is the product of gradients, but for its unit", () => {
    const { rows, queries } = member(0);
    const far = dataInf(rows, queries, { layers: given.layers, damping: { absolute: 1e9 } });
    gradDot(rows, queries).forEach((row, q) => expect(pearson([...row], [...(far[q] ?? [])])).to.be.greaterThan(0.999999));
  });
});

describe("baselines without a counterpart", () => {
  const random = new Xoshiro(4n);
  const vectors = (n: number, p: number): Float32Array[] => Array.from({ length: n }, () => Float32Array.from({ length: p }, () => random.normal()));

  it("conjugate gradients solve the damped system", () => {
    const scale = Float32Array.of(1, 2, 3, 4, 5);
    const times = (d: Float32Array): Float32Array => d.map((x, i) => x * (scale[i] ?? 0));
    const solver = { times, damping: 0.5, iterations: 10 };
    const b = Float32Array.of(1, -1, 2, 0, 3);
    solveByConjugateGradients(b, solver).forEach((x, i) => expect(x).to.be.closeTo((b[i] ?? 0) / ((scale[i] ?? 0) + 0.5), 1e-5));
    const [scores] = influenceByConjugateGradients([Float32Array.of(0, 0, 2, 0, 0)], [b], solver);
    expect(scores?.[0]).to.be.closeTo((2 * 2) / 3.5, 1e-5);
  });

  it("random signs keep inner products on average", () => {
    const given = vectors(30, 200);
    const projected = signProjection(given, 400, 2n);
    const flat = (s: Scores): number[] => s.flatMap((row) => [...row]);
    expect(pearson(flat(gradDot(given, given)), flat(gradDot(projected, projected)))).to.be.greaterThan(0.95);
  });

  it("similarity is one with oneself and zero with nothing", () => {
    const [a = new Float32Array(0)] = vectors(1, 9);
    expect(repSim([a], [a])[0]?.[0]).to.be.closeTo(1, 1e-12);
    expect(repSim([new Float32Array(9)], [a])[0]?.[0]).to.equal(0);
  });
});
