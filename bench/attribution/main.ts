/**
 * The attribution benchmark (docs/attribution-benchmark.md): `npm run bench:attribution -- [--short] [--json] [--cache DIR]
 * [--only PART]... [--alone]`. Ends with 1 when a gate is missed; goals of the full run are reported, not enforced.
 */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { tfjsBackend } from "../../sidecar/ops/tfjs-backend.js";
import { printMachine } from "../machine.js";
import { openCache } from "./cache.js";
import { goals } from "./gates.js";
import { collectBackwards } from "./ground-truth.js";
import { readOptions } from "./options.js";
import type { Options } from "./options.js";
import { fullParts, shortParts } from "./parts.js";
import type { Part } from "./parts.js";
import { progress } from "./progress.js";
import { printGates, printSetting } from "./report.js";
import type { Gate, SettingResult } from "./types.js";

async function partsOf({ short, only }: Options): Promise<Part[]> {
  const backend = await tfjsBackend();
  const all = short ? shortParts(backend) : fullParts(backend);
  return all.filter(({ name }) => only.length === 0 || only.includes(name));
}

/** The second process: retrainings of every part, each list from its end, until the first one is gone. */
async function help(options: Options, folder: string): Promise<void> {
  const cache = openCache(folder);
  const parent = process.ppid;
  for (const part of await partsOf(options)) await collectBackwards(part.jobs(), cache, () => process.ppid === parent);
}

function startHelper(folder: string): ChildProcess {
  const program = fileURLToPath(import.meta.url);
  const args = ["--import", "tsx", program, ...process.argv.slice(2), "--helper", "--cache", folder];
  return spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
}

async function measure(options: Options, folder: string): Promise<{ readonly results: SettingResult[]; readonly gates: Gate[] }> {
  const cache = openCache(folder);
  const results: SettingResult[] = [];
  for (const part of await partsOf(options)) {
    progress(part.name);
    const result = await part.run(cache);
    printSetting(result);
    results.push(result);
  }
  return { results, gates: [...results.flatMap((r) => r.gates), ...(options.short ? [] : goals(results))] };
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  const folder = options.cache ?? mkdtempSync(join(tmpdir(), "attribution-"));
  if (options.helper) return help(options, folder);
  printMachine();
  const helper = options.alone ? undefined : startHelper(folder);
  try {
    const { results, gates } = await measure(options, folder);
    printGates(gates);
    const missed = results.flatMap((r) => r.gates).filter((g) => !g.passed);
    if (options.json) console.log(JSON.stringify({ short: options.short, results, gates, missed: missed.map((g) => g.name) }));
    if (missed.length > 0) process.exitCode = 1;
  } finally {
    helper?.kill();
    if (options.cache === undefined) rmSync(folder, { recursive: true, force: true });
  }
}

await main();
