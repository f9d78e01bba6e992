import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { readBase } from "../base/read.js";
import { missingModules, startLaneB } from "../lane-b/backends.js";
import type { LaneBKind } from "../lane-b/backends.js";
import { checkDifference, compareLaneB, laneAReference } from "../lane-b/self-test.js";
import type { Difference } from "../lane-b/self-test.js";
import { tfjsBackend } from "../ops/tfjs-backend.js";
import { measure } from "./measure.js";
import type { Figures } from "./measure.js";

/** What came of trying one backend for lane B. */
export interface LaneProbe {
  readonly kind: LaneBKind;
  /** Started, and passed the self-test. */
  readonly found: boolean;
  /** Present once it started. */
  readonly device?: string;
  /** Why it was not found. */
  readonly reason?: string;
  /** Largest differences from lane A in the self-test, present once it ran. */
  readonly difference?: Difference;
  /** Present when asked for. */
  readonly figures?: Figures;
}

export interface ProbeOptions {
  /** Measure on the base model of this folder. */
  readonly bench?: string;
}

/** A GPU's first shaders, or a software GPU, take minutes. */
const PROBE_MS = 240_000;
const BENCH_MS = 900_000;
const MARK = "probe: ";

/** Tries a backend in this process, which serves for nothing else afterwards. Never throws. */
export async function probeHere(kind: LaneBKind, { bench }: ProbeOptions): Promise<LaneProbe> {
  let seen: Partial<LaneProbe> = {};
  try {
    const reference = laneAReference(await tfjsBackend());
    seen = { device: await startLaneB(kind) };
    const difference = await compareLaneB(reference);
    seen = { ...seen, difference };
    checkDifference(difference);
    const figures = bench === undefined ? {} : { figures: await measure("B", readBase(bench)) };
    return { kind, found: true, ...seen, ...figures };
  } catch (error) {
    return { kind, found: false, ...seen, reason: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split("\n", 1)[0] ?? "unknown";
}

/** The line by which a probing process answers; packages print what they like before it. */
export function encodeProbe(probe: LaneProbe): string {
  return `\n${MARK}${JSON.stringify(probe)}\n`;
}

function parseProbe(kind: LaneBKind, output: string, error: Error | null): LaneProbe {
  const line = output.split("\n").findLast((l) => l.startsWith(MARK));
  if (line === undefined) return { kind, found: false, reason: `the probing process ended: ${reasonOf(error ?? "no answer")}` };
  return JSON.parse(line.slice(MARK.length)) as LaneProbe;
}

/** Tries a backend in a process of its own: native packages may end theirs, and tfjs has one backend per process. */
export function probe(kind: LaneBKind, options: ProbeOptions = {}): Promise<LaneProbe> {
  const missing = missingModules(kind);
  if (missing.length > 0) return Promise.resolve({ kind, found: false, reason: `not installed: ${missing.join(", ")}` });
  const isSource = import.meta.url.endsWith(".ts");
  const program = fileURLToPath(new URL(isSource ? "../main.ts" : "../main.js", import.meta.url));
  const args = [...(isSource ? ["--import", "tsx"] : []), program, "probe", kind];
  if (options.bench !== undefined) args.push("--bench", options.bench);
  const limits = { timeout: options.bench === undefined ? PROBE_MS : BENCH_MS, maxBuffer: 1 << 24 };
  return new Promise((resolve) => {
    execFile(process.execPath, args, limits, (error, stdout) => resolve(parseProbe(kind, stdout, error)));
  });
}
