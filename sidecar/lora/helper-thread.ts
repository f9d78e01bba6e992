/** One thread of helpers.ts. */
import { parentPort, workerData } from "node:worker_threads";
import { Reject } from "../../chain/primitives/index.js";
import { tfjsBackend } from "../ops/tfjs-backend.js";
import { loadBase } from "../runtime/load.js";
import { Residents } from "../runtime/residents.js";
import type { LoraContext } from "./gradient.js";
import type { HelperAnswer, HelperSetup, HelperTask } from "./helpers.js";
import { layoutOf } from "./layout.js";
import { loraSamples } from "./samples.js";

async function load({ files, lora }: HelperSetup): Promise<LoraContext> {
  const residents = new Residents(await tfjsBackend(), {});
  const { baseId } = await loadBase(residents, files);
  const base = residents.base(baseId).model;
  return { backend: residents.backend, base, layout: layoutOf(base.config, lora) };
}

const context = load(workerData as HelperSetup);

async function answer({ direction, sequences, at }: HelperTask): Promise<HelperAnswer> {
  try {
    const point = { ...at, samples: sequences.map((_, i) => i) };
    return { product: loraSamples(await context, sequences).hessianTimes(direction, point) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { failed: error instanceof Reject && error.code === 12 ? "not finite" : "fault", reason };
  }
}

parentPort?.on("message", (task: HelperTask) => void answer(task).then((result) => parentPort?.postMessage(result)));
