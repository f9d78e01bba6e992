import { cpus, loadavg, totalmem } from "node:os";
import { toHex } from "../../chain/primitives/index.js";
import { readBase } from "../base/read.js";
import { LANE_B_KINDS } from "../lane-b/backends.js";
import type { LaneBKind } from "../lane-b/backends.js";
import { SELF_TEST_HASH, laneAReference } from "../lane-b/self-test.js";
import { tfjsBackend } from "../ops/tfjs-backend.js";
import { createRuntime } from "../runtime.js";
import { isMeasured, measure } from "./measure.js";
import type { Figures } from "./measure.js";
import { probe } from "./probe.js";
import type { LaneProbe } from "./probe.js";

/** What `sidecar info` and `sidecar bench` say: hashes as hexadecimal, everything else plain. */
export interface SidecarReport {
  readonly machine: { readonly cpu: string; readonly cores: number; readonly memoryGiB: number; readonly node: string; readonly load: number };
  readonly runtimeId: string;
  readonly opSet: string;
  readonly laneA: {
    readonly backend: string;
    /** Whether this machine computes the bits that every other one does. */
    readonly selfTest: "ok" | "failed";
    readonly figures?: Figures;
  };
  readonly base: { readonly id: string; readonly architecture: string; readonly parameters: number; readonly context: number };
  /** Lanes that `bench` was to measure and cannot on this architecture. */
  readonly unmeasured: readonly ("A" | "B")[];
  /** The best backend found for lane B. */
  readonly laneB: LaneBKind | undefined;
  readonly backends: readonly LaneProbe[];
}

/** Devices that are programs: slower than lane A, good for tests only. */
const SOFTWARE = /swiftshader|llvmpipe|lavapipe|basic render/i;

/** Whether lane A gives the golden bits on this machine. */
export async function passesSelfTest(): Promise<boolean> {
  return laneAReference(await tfjsBackend()).hash === SELF_TEST_HASH;
}

/** Looks at this machine, tries every backend, and measures when `bench`. One thing after the other. */
export async function report(options: { readonly base: string; readonly bench: boolean }): Promise<SidecarReport> {
  const files = readBase(options.base);
  const runtime = await createRuntime();
  const { baseId, architecture, parameters, context } = await runtime.loadBase(files);
  const { runtimeId, opSet, backend } = runtime.info();
  runtime.dispose();
  const selfTest = (await passesSelfTest()) ? "ok" : "failed";
  const figures = options.bench && isMeasured(architecture) ? { figures: await measure("A", files) } : {};
  const laneB = options.bench && isMeasured(architecture) ? { bench: options.base } : {};
  const backends: LaneProbe[] = [];
  for (const kind of LANE_B_KINDS) backends.push(await probe(kind, laneB));
  const all = cpus();
  return {
    machine: {
      cpu: all[0]?.model ?? "unknown",
      cores: all.length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      node: process.version,
      load: Number((loadavg()[0] ?? 0).toFixed(2)),
    },
    runtimeId: toHex(runtimeId),
    opSet,
    laneA: { backend, selfTest, ...figures },
    base: { id: toHex(baseId), architecture, parameters, context },
    unmeasured: options.bench && !isMeasured(architecture) ? ["A", "B"] : [],
    laneB: backends.find((b) => b.found && !SOFTWARE.test(b.device ?? ""))?.kind,
    backends,
  };
}

/** The report for people. */
export function formatReport(r: SidecarReport): string {
  const { machine, laneA, base } = r;
  const lines = [
    `machine    ${machine.cores} x ${machine.cpu}, ${machine.memoryGiB} GiB, Node ${machine.node}, load ${machine.load}`,
    `runtime    ${r.runtimeId} (${r.opSet})`,
    `base       ${base.id} (${base.architecture}, ${base.parameters} weights, context ${base.context})`,
    `lane A     ${laneA.backend}: self-test ${laneA.selfTest === "ok" ? "ok, the bits of every other machine" : "FAILED: do not attest with this machine"}`,
    ...figureLines(laneA.figures),
    `lane B     ${r.laneB ?? "none"}`,
    ...r.backends.flatMap((b) => [`  ${b.kind.padEnd(8)} ${describe(b)}`, ...figureLines(b.figures)]),
  ];
  const missing = r.unmeasured.map((lane) => `lane ${lane} is not measured on a ${base.architecture} base`);
  return `${[...lines, ...missing].join("\n")}\n`;
}

function describe({ found, device, reason, difference }: LaneProbe): string {
  if (!found) return `not used: ${reason ?? "unknown"}${device === undefined ? "" : ` (${device})`}`;
  const worst = difference === undefined ? 0 : Math.max(difference.loss, difference.gradient, difference.logits);
  return `${device ?? ""}: self-test ok, within ${worst.toExponential(1)} of lane A`;
}

function figureLines(figures: Figures | undefined): string[] {
  if (figures === undefined) return [];
  const { matmulGflops, stepMs, gradientMs, tokensPerSecond } = figures;
  const parts = [
    `matmul ${matmulGflops.toFixed(1)} GFLOP/s`,
    `LoRA step ${stepMs.toFixed(0)} ms`,
    `gradient ${gradientMs.toFixed(1)} ms`,
    `${tokensPerSecond.toFixed(0)} tokens/s`,
  ];
  return [`           ${parts.join(", ")}`];
}
