import type { MatmulBackend } from "../../sidecar/ops/backend.js";
import type { Cache } from "./cache.js";
import { curves } from "./curves.js";
import { shortLoraGates, shortLrGates } from "./gates.js";
import type { Job } from "./ground-truth.js";
import { fullLora, fullLr, fullMlp, fullSmoothMlp, fullText, shortLora, shortLr } from "./plans.js";
import type { LoraSpec } from "./plans.js";
import { jobsOf } from "./settings/classifier.js";
import { loraJobs } from "./settings/lora.js";
import { propertyGates } from "./settings/properties.js";
import { runClassifier } from "./settings/run-classifier.js";
import type { ClassifierSpec } from "./settings/run-classifier.js";
import { runLora } from "./settings/run-lora.js";
import type { Gate, SettingResult } from "./types.js";

/** A part of a run: its retrainings, which a second process may share, and what it measures. */
export interface Part {
  readonly name: string;
  readonly jobs: () => readonly Job[];
  readonly run: (cache: Cache) => Promise<SettingResult>;
}

type Gates = (result: SettingResult) => readonly Gate[];
const NO_GATES: Gates = () => [];

function classifierPart(name: string, make: () => ClassifierSpec, gates = NO_GATES): Part {
  return {
    name,
    jobs: () => {
      const { standard, half, most, loo } = jobsOf(make().plan);
      return [...standard, ...half, ...most, ...loo];
    },
    run: async (cache) => gated(await runClassifier(make(), cache), gates),
  };
}

function loraPart(name: string, make: () => LoraSpec, gates = NO_GATES): Part {
  return {
    name,
    jobs: () => loraJobs(make().plan).jobs,
    run: async (cache) => {
      const { plan, methods } = make();
      return gated(await runLora(plan, methods, cache), gates);
    },
  };
}

function gated(result: SettingResult, gates: Gates): SettingResult {
  return { ...result, gates: gates(result) };
}

function propertyPart(backend: MatmulBackend): Part {
  return {
    name: "properties",
    jobs: () => [],
    run: () => Promise.resolve({ setting: "properties", rows: [], gates: propertyGates(backend), figures: {} }),
  };
}

export function shortParts(backend: MatmulBackend): Part[] {
  return [
    loraPart("lora", () => shortLora(backend), shortLoraGates),
    classifierPart("mnist-lr", () => shortLr(backend), shortLrGates),
    propertyPart(backend),
  ];
}

export function fullParts(backend: MatmulBackend): Part[] {
  return [
    loraPart("lora", () => fullLora(backend)),
    classifierPart("mnist-lr", () => fullLr(backend)),
    classifierPart("text", () => fullText(backend)),
    classifierPart("mnist-mlp", () => fullMlp(backend)),
    classifierPart("mnist-mlp-silu", () => fullSmoothMlp(backend)),
    propertyPart(backend),
    { name: "curves", jobs: () => [], run: (cache) => curves(backend, cache) },
  ];
}
