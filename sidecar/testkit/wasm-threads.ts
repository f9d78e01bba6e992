import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import { join } from "node:path";
import { getThreadsCount, setThreadsCount } from "@tensorflow/tfjs-backend-wasm";
import type { MatmulBackend } from "../ops/backend.js";
import { tfjsBackend } from "../ops/tfjs-backend.js";

/**
 * Workers of tfjs's threaded binary are made from `blob:` URLs, which Node's Worker refuses. Here a Blob is a file, and its
 * URL the file's path. For the op matrix only: the product has one thread.
 */
const PRELUDE = `
URL.createObjectURL = (file) => file.path;
URL.revokeObjectURL = () => undefined;
globalThis.commonjsGlobal = globalThis; globalThis.require$$0 = require("fs"); globalThis.require$$1 = require("path"); globalThis.require$$2 = require("worker_threads");
`;

/** The current process's backend on the threaded binary. @throws Error where threads do not start. */
export async function threadedBackend(threads: number): Promise<MatmulBackend> {
  const folder = mkdtempSync(join(os.tmpdir(), "openledger-wasm-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  let files = 0;
  class BlobFile {
    readonly path: string;
    constructor(parts: readonly string[]) {
      this.path = join(folder, `${files++}.cjs`);
      writeFileSync(this.path, PRELUDE + parts.join(""));
    }
  }
  Object.assign(globalThis, { Blob: BlobFile, require: createRequire(import.meta.url) });
  Object.assign(URL, { createObjectURL: (file: BlobFile) => file.path, revokeObjectURL: () => undefined });
  // The binary takes half the cores at most; the bits must not depend on how many there really are.
  const [core] = os.cpus();
  os.cpus = () => Array.from({ length: 2 * threads }, () => core as os.CpuInfo);
  setThreadsCount(threads);
  const backend = await tfjsBackend("threads");
  if (getThreadsCount() !== threads) throw new Error(`asked for ${threads} threads, got ${getThreadsCount()}`);
  return backend;
}
