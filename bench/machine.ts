/** What every benchmark says of itself: machine, load, command; and how it measures and prints. */
import { cpus, loadavg, totalmem } from "node:os";
import { relative } from "node:path";

/** Milliseconds of CPU that this process has used, all threads. Shared machines stretch wall time, not this. */
export function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** CPU milliseconds of one synchronous piece of work. */
export function cpuOf(work: () => void): number {
  const start = cpuMs();
  work();
  return cpuMs() - start;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** The value that a share of all does not exceed. */
export function percentile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

/** Lowest and highest, as "1.2-3.4". */
export function spread(values: readonly number[], digits = 1): string {
  return `${Math.min(...values).toFixed(digits)}-${Math.max(...values).toFixed(digits)}`;
}

export function printMachine(): void {
  const [cpu] = cpus();
  const command = ["npx tsx", relative(process.cwd(), process.argv[1] ?? ""), ...process.argv.slice(2)].join(" ");
  const memory = (totalmem() / 2 ** 30).toFixed(0);
  const [load = 0] = loadavg();
  console.log(`${command}\n${cpus().length} x ${cpu?.model ?? "unknown CPU"}, ${memory} GiB, Node ${process.version}, load ${load.toFixed(1)}`);
}

/** Columns padded to their widest cell. */
export function printTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((h, i) => Math.max(h.length, ...rows.map((r) => r[i]?.length ?? 0)));
  for (const row of [head, ...rows]) console.log(row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join("  ").trimEnd());
}
