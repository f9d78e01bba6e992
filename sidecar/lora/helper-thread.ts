/** One thread of helpers.ts. */
import { parentPort, workerData } from "node:worker_threads";
import { Reject } from "../../chain/primitives/index.js";
import { tfjsBackend } from "../ops/tfjs-backend.js";
import { loadBase } from "../runtime/load.js";
import { Residents } from "../runtime/residents.js";
import type { HelperAnswer, HelperSetup, HelperTask } from "./helpers.js";
import type { Learner } from "./learner.js";

async function load({ files, lora }: HelperSetup): Promise<Learner> {
  const residents = new Residents(await tfjsBackend(), {});
  const { baseId } = await loadBase(residents, files);
  return residents.base(baseId).model.learner(lora);
}

const learner = load(workerData as HelperSetup);

async function answer({ direction, sequences, at }: HelperTask): Promise<HelperAnswer> {
  try {
    const point = { ...at, samples: sequences.map((_, i) => i) };
    return { product: (await learner).samples(sequences).hessianTimes(direction, point) };
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return { failed: error instanceof Reject && error.code === 12 ? "not finite" : "fault", reason };
  }
}

parentPort?.on("message", (task: HelperTask) => void answer(task).then((result) => parentPort?.postMessage(result)));
