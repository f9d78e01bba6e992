import type { Estimate } from "./metrics.js";
import { gate } from "./types.js";
import type { Gate, Row, SettingResult } from "./types.js";

type Figure = "ldsStandard" | "ldsHalf" | "lds95" | "leaveOneOut" | "labelNoiseAuc";

function figure({ rows, setting }: SettingResult, method: string, name: Figure): number {
  const found = rows.filter((row: Row) => row.method.startsWith(method)).map((row) => valueOf(row[name]));
  if (found.length === 0) throw new RangeError(`${setting} has no ${method}`);
  return Math.max(...found);
}

function valueOf(value: Estimate | number | undefined): number {
  return typeof value === "number" ? value : (value?.mean ?? Number.NaN);
}

function number({ figures }: SettingResult, name: string): number {
  return valueOf(figures[name]);
}

/** attribution.md §8.3 */
export function shortLrGates(result: SettingResult): Gate[] {
  return [
    gate("digits, regression: standard LDS of the influence function", figure(result, "if-cg", "ldsStandard"), ">=", 0.6),
    gate("digits, regression: deterministic LDS of replay-epoch-v1", figure(result, "replay-epoch-v1", "ldsHalf"), ">=", 0.88),
    gate("digits, regression: standard LDS of Grad-Dot", figure(result, "grad-dot", "ldsStandard"), "<", 0.4),
    gate("digits, regression: AUC of flipped labels, replay-epoch-v1", figure(result, "replay-epoch-v1", "labelNoiseAuc"), ">=", 0.95),
    ...tangentGates("digits, regression", result),
  ];
}

export function shortLoraGates(result: SettingResult): Gate[] {
  const replay = figure(result, "replay-epoch-v1", "lds95");
  return [
    gate("language model: LDS 95 % of replay-epoch-v1", replay, ">=", 0.85),
    gate("language model: leave-one-out of tangent-v1", figure(result, "tangent-v1", "leaveOneOut"), ">=", 0.8),
    gate("language model: LDS 95 % of replay-epoch-v1 above the best DataInf", replay - figure(result, "datainf", "lds95"), ">=", 0.25),
    ...tangentGates("language model", result),
  ];
}

export function tangentGates(name: string, result: SettingResult): Gate[] {
  return [
    gate(`${name}: correlation of forward and reverse`, number(result, "forwardReverse"), ">=", 0.9999),
    gate(`${name}: leave-one-out lost to int8`, number(result, "int8Drop"), "<=", 0.01),
  ];
}

/** The goals of the full run. */
export function goals(results: readonly SettingResult[]): Gate[] {
  const by = new Map(results.map((r) => [r.setting, r]));
  const out: Gate[] = [];
  const [lora, lr, mlp] = ["lora-sotu", "mnist-lr", "mnist-mlp"].map((name) => by.get(name));
  if (lr !== undefined) {
    const best = Math.max(figure(lr, "gn-v1", "ldsStandard"), figure(lr, "replay-epoch-v1", "ldsStandard"));
    out.push(gate("digits, regression: standard LDS of our best", best, ">=", 0.68), ...tangentGates("digits, regression", lr));
  }
  if (mlp !== undefined) out.push(gate("digits, MLP: standard LDS of our best", figure(mlp, "gn-v1", "ldsStandard"), ">=", 0.44));
  if (lora !== undefined) {
    const replay = figure(lora, "replay-epoch-v1", "lds95");
    out.push(
      gate("language model: LDS 95 % of replay-epoch-v1", replay, ">=", 0.93),
      gate("language model: leave-one-out of tangent-v1", figure(lora, "tangent-v1", "leaveOneOut"), ">=", 0.9),
      gate("language model: LDS 95 % above the best DataInf", replay - figure(lora, "datainf", "lds95"), ">=", 0.25),
      ...tangentGates("language model", lora),
    );
  }
  return out;
}
