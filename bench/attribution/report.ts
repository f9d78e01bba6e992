import type { Estimate } from "./metrics.js";
import type { Cost, Gate, Row, SettingResult } from "./types.js";
import { printTable } from "../machine.js";

function estimate(value: Estimate | undefined): string {
  if (value === undefined) return "";
  const digits = (x: number): string => x.toFixed(3).replace(/^(-?)0\./, "$1.");
  return `${digits(value.mean)} [${digits(value.low)} ${digits(value.high)}]`;
}

function cost({ seconds, gradients }: Cost): string {
  return `${seconds < 1 ? `${(1000 * seconds).toFixed(seconds < 0.01 ? 2 : 0)} ms` : `${seconds.toFixed(1)} s`} (${gradients.toFixed(gradients < 10 ? 1 : 0)} g)`;
}

const HEAD = ["method", "LDS standard", "LDS half", "LDS 95 %", "leave-one-out", "payout r", "noise AUC", "one-off", "per query", "note"];

/** One table for each setting; g: batch gradients of the setting. */
export function printSetting({ setting, rows, figures }: SettingResult): void {
  console.log(`\n${setting}`);
  const cells = rows.map((row: Row) => [
    row.ours ? row.method : `  ${row.method}`,
    estimate(row.ldsStandard),
    estimate(row.ldsHalf),
    estimate(row.lds95),
    estimate(row.leaveOneOut),
    estimate(row.payout),
    row.labelNoiseAuc?.toFixed(3) ?? "",
    cost(row.oneOff),
    cost(row.perQuery),
    row.note ?? "",
  ]);
  if (cells.length > 0) printTable(HEAD, cells);
  for (const [name, value] of Object.entries(figures)) {
    console.log(`  ${name}: ${typeof value === "number" ? value.toPrecision(4) : estimate(value)}`);
  }
}

export function printGates(gates: readonly Gate[]): void {
  if (gates.length === 0) return;
  console.log("\ngates");
  printTable(
    ["", "gate", "measured", "wanted"],
    gates.map(({ name, value, rule, threshold, passed }) => [passed ? "ok" : "FAIL", name, value.toPrecision(4), `${rule} ${threshold}`]),
  );
}
