import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { sumScores, scoreShares } from "../../../modules/attribution/rules/shares.js";
import type { Score } from "../../../modules/attribution/rules/shares.js";
import { GAUSS_3 } from "../../../sidecar/attribution/integrated.js";
import { integerScores } from "../../../sidecar/attribution/replay.js";
import { createNetwork } from "../../../sidecar/classifier/network.js";
import type { MatmulBackend } from "../../../sidecar/ops/backend.js";
import { readMnist } from "../data/mnist.js";
import { pick } from "../data/samples.js";
import { stackedQueries } from "../methods/classifier-baselines.js";
import { replaySgd } from "../models/replay.js";
import { lossesOf, trainSgd } from "../models/sgd.js";
import type { SgdRun } from "../models/sgd.js";
import { tangentsSgd } from "../models/tangent.js";
import { gate } from "../types.js";
import type { Gate } from "../types.js";
import { alone, everyRow, runOf, weightsAfter } from "./classifier-setting.js";
import type { ClassifierSetting } from "./classifier-setting.js";

const ROWS = 400;
/** Rows whose copies stand at the end of the data. */
const COPIED = 60;

function propertySetting(backend: MatmulBackend): ClassifierSetting {
  const { train, test } = readMnist(ROWS, 40);
  const rows = [...everyRow(train), ...everyRow(train).slice(0, COPIED)];
  return {
    name: "properties",
    network: createNetwork(backend, [train.inputs, train.classes]),
    train: pick(train, rows),
    test,
    recipe: { rate: 0.01, momentum: 0, epochs: 20, batchSize: 64, seed: 3 },
    trained: new Map(),
  };
}

/** Gains of cheats, and what must not depend on anything: with exact influence on a regression of digits. */
export function propertyGates(backend: MatmulBackend): Gate[] {
  const setting = alone(propertySetting(backend));
  const queries = everyRow(setting.test);
  const influence = replaySgd(runOf(setting), stackedQueries(setting, weightsAfter(setting), queries));
  const total = Float64Array.from({ length: setting.train.count }, (_, i) => influence.reduce((sum, own) => sum + (own[i] ?? 0), 0));
  const sum = (from: number, to: number): number => total.subarray(from, to).reduce((a, b) => a + b, 0);
  const scale = total.reduce((a, b) => a + Math.abs(b), 0);
  const sybil = Math.abs(sum(60, 120) - (sum(60, 80) + sum(80, 100) + sum(100, 120))) / scale;
  const [original, copy] = [sum(0, COPIED), sum(ROWS, ROWS + COPIED)];
  const duplicates = Math.abs(original - copy) / Math.max(Math.abs(original), Math.abs(copy));
  const shares = scoreShares(scoresOf(total, (i) => `c${Math.floor(i / 20)}`));
  const bystander = scoreShares([...scoresOf(total, () => "somebody"), { contributor: "nobody", score: 0n }]);
  return [
    gate("sybils: rows summed apart and together, relative", sybil, "<=", 1e-6),
    gate("sybils: tangents of three accounts and of one, relative", sybilTangents(setting), "<=", 1e-6),
    gate("sybils: ppm gained by several accounts of one owner", splitGain(total), "<=", 1),
    gate("duplicates: difference of what original and copy get", duplicates, "<=", 0.05),
    gate("integrated parts sum to what all data did to the loss: relative error", efficiencyError(setting, queries), "<=", 0.02),
    gate("shares sum to 1,000,000 ppm: error", Math.abs(Number(shares.reduce((a, s) => a + s.ppm, 0n)) - 1_000_000), "<=", 0),
    gate("ppm of a row that no query used", Number(bystander.find((s) => s.contributor === "nobody")?.ppm ?? 1n), "<=", 0),
    gate("two processes, same integers: differing", twoProcesses(), "<=", 0),
  ];
}

/** Largest difference between an owner's tangent and the sum of those of three accounts, to the largest entry of the tangent. */
function sybilTangents(setting: ClassifierSetting): number {
  const owners = (mine: (row: number) => number): number[] => everyRow(setting.train).map((row) => (row < 60 ? mine(row) : 0));
  const [, one = new Float32Array(0)] = tangentsSgd(runOf(setting), owners(() => 1), 2);
  const [, ...three] = tangentsSgd(runOf(setting), owners((row) => 1 + Math.floor(row / 20)), 4);
  const top = one.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
  return one.reduce((worst, x, i) => Math.max(worst, Math.abs(x - three.reduce((sum, own) => sum + (own[i] ?? 0), 0))), 0) / top;
}

/** The rule of Aumann and Shapley on three nodes against the loss without data less the loss with all of it. */
function efficiencyError(setting: ClassifierSetting, queries: readonly number[]): number {
  const { network, test, train } = setting;
  const lossAt = (theta: Float32Array): number => lossesOf(network, theta, test, queries).reduce((a, b) => a + b, 0);
  const all = (weight: number): SgdRun => runOf(setting, 0, new Float64Array(train.count).fill(weight));
  let parts = 0;
  for (const { weight, share } of GAUSS_3) {
    const influence = replaySgd(all(weight), stackedQueries(setting, trainSgd(all(weight)), queries));
    parts += share * influence.reduce((sum, own) => sum + own.reduce((a, b) => a + b, 0), 0);
  }
  const whole = lossAt(trainSgd(all(0))) - lossAt(weightsAfter(setting));
  return Math.abs(parts - whole) / Math.abs(whole);
}

/** Integer scores of rows, by owner. */
function scoresOf(total: Float64Array, owner: (row: number) => string): Score[] {
  return integerScores(total).scores.map((score, i) => ({ contributor: owner(i), score }));
}

/** Parts per million that the owner of 60 good rows has more of when each 20 are another account's. */
function splitGain(total: Float64Array): number {
  const ppm = (owner: (row: number) => string): number => {
    const scores = sumScores(scoresOf(total, owner)).filter((s) => s.score > 0n);
    const all = scores.reduce((sum, s) => sum + s.score, 0n);
    const own = scores.filter((s) => s.contributor.startsWith("me")).reduce((sum, s) => sum + s.score, 0n);
    return Number((own * 1_000_000n) / all);
  };
  const order = everyIndex(total).sort((a, b) => (total[b] ?? 0) - (total[a] ?? 0));
  const mine = new Map(order.slice(0, 60).map((row, k) => [row, k]));
  const owner = (split: boolean) => (row: number) => {
    const k = mine.get(row);
    return k === undefined ? "others" : split ? `me${Math.floor(k / 20)}` : "me";
  };
  return Math.abs(ppm(owner(true)) - ppm(owner(false)));
}

function everyIndex(values: Float64Array): number[] {
  return Array.from({ length: values.length }, (_, i) => i);
}

/** A tiny adapter with its tangents, trained in two processes: 0 where all hashes agree. */
function twoProcesses(): number {
  const script = fileURLToPath(new URL("../../../sidecar/testkit/train-once.ts", import.meta.url));
  const once = (): string => execFileSync(process.execPath, ["--import", "tsx", script], { encoding: "utf8" });
  return once() === once() ? 0 : 1;
}
