import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as tf from "@tensorflow/tfjs-core";
import { tfjsBackend } from "../ops/tfjs-backend.js";

/** Where lane B may run, best first. `wasm` is always there. */
export const LANE_B_KINDS = ["cuda", "webgpu", "wasm"] as const;
export type LaneBKind = (typeof LANE_B_KINDS)[number];

/**
 * Path of a package that is not a dependency of ours: installed beside us, or in `$OPENLEDGER_OPTIONAL_MODULES/node_modules`.
 * @throws Error when it is in neither place.
 */
export function optionalModule(name: string): string {
  const folder = process.env["OPENLEDGER_OPTIONAL_MODULES"];
  const paths = [import.meta.dirname, ...(folder === undefined ? [] : [join(folder, "node_modules")])];
  return createRequire(import.meta.url).resolve(name, { paths });
}

function isInstalled(name: string): boolean {
  try {
    optionalModule(name);
    return true;
  } catch {
    return false;
  }
}

/** Packages that a kind needs and that are not there. */
export function missingModules(kind: LaneBKind): string[] {
  const needed = { cuda: ["@tensorflow/tfjs-node-gpu"], webgpu: ["webgpu", "@tensorflow/tfjs-backend-webgpu"], wasm: [] };
  return needed[kind].filter((name) => !isInstalled(name));
}

/** tfjs-node-gpu registers itself on the engine that all copies of tfjs share; without a CUDA device it would fall back. */
async function startCuda(): Promise<string> {
  const gpu = createRequire(import.meta.url)(optionalModule("@tensorflow/tfjs-node-gpu")) as { backend?: () => unknown };
  if (!(await tf.setBackend("tensorflow"))) throw new Error("the tensorflow backend did not start");
  const backend = (gpu.backend?.() ?? tf.backend()) as { readonly isUsingGpuDevice?: boolean };
  if (backend.isUsingGpuDevice !== true) throw new Error("libtensorflow found no CUDA device");
  return "CUDA device of libtensorflow";
}

/** What is used of npm `webgpu` (Dawn) and of the standard's adapters. */
interface Dawn {
  readonly create: (flags: readonly string[]) => Gpu;
  readonly globals: object;
}

interface Gpu {
  requestAdapter(): Promise<{ readonly info?: Partial<Record<"vendor" | "architecture" | "device" | "description", string>> } | null>;
}

/** Dawn has to look like a browser: tfjs asks `navigator.gpu` and `self`. */
async function startWebgpu(): Promise<string> {
  const { create, globals } = (await import(pathToFileURL(optionalModule("webgpu")).href)) as Dawn;
  const gpu = create([]);
  Object.assign(globalThis, globals, { self: globalThis });
  Object.defineProperty(globalThis, "navigator", { value: { gpu, userAgent: "node" }, configurable: true });
  const adapter = await gpu.requestAdapter();
  if (adapter === null) throw new Error("Dawn found no adapter: no GPU, or no Vulkan, Metal or D3D12 driver for it");
  createRequire(import.meta.url)(optionalModule("@tensorflow/tfjs-backend-webgpu"));
  if (!(await tf.setBackend("webgpu"))) throw new Error("the webgpu backend did not start");
  const { description, device, architecture, vendor } = adapter.info ?? {};
  return [description, device, architecture, vendor].find((text) => text !== undefined && text !== "") ?? "unnamed adapter";
}

/**
 * Makes a backend of this process's tfjs current and says on what device. tfjs has one current backend per process, and lane
 * A's is always wasm: a process that starts another one here is no longer a lane A process.
 * @throws whatever the packages throw; native ones may also end the process, so probe in a child.
 */
export async function startLaneB(kind: LaneBKind): Promise<string> {
  const missing = missingModules(kind);
  if (missing.length > 0) throw new Error(`not installed: ${missing.join(", ")}`);
  if (kind === "cuda") return startCuda();
  if (kind === "webgpu") return startWebgpu();
  const { name } = await tfjsBackend();
  if (!(await tf.setBackend("wasm"))) throw new Error("the wasm backend did not start");
  return `${name}, one thread`;
}
