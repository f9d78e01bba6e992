import { installNativeHash } from "./native-hash.js";
import { tfjsBackend } from "./ops/tfjs-backend.js";
import { attribute, proveSpan } from "./runtime/attribute.js";
import { generate } from "./runtime/generate.js";
import { loadAdapter, loadBase, loadCorpus, loadTangents } from "./runtime/load.js";
import { OP_SET, Residents } from "./runtime/residents.js";
import type { RuntimeOptions } from "./runtime/residents.js";
import { train } from "./runtime/train.js";
import { work } from "./runtime/work.js";
import type { Runtime, RuntimeInfo } from "./types.js";

export { OP_SET };
export type { RuntimeOptions };

/**
 * Starts the backend and returns an empty runtime of lane A (design §7): the same bytes in give the same bytes out, in
 * any process on any machine. Each call has its file in runtime/.
 * @throws Fault when the pinned backend does not start.
 */
export async function createRuntime(options: RuntimeOptions = {}): Promise<Runtime> {
  installNativeHash();
  const residents = new Residents(await tfjsBackend(), options);
  return {
    info: () => infoOf(residents),
    loadBase: (files) => loadBase(residents, files),
    loadAdapter: (baseId, files) => loadAdapter(residents, baseId, files),
    loadTangents: (bytes) => loadTangents(residents, bytes),
    loadCorpus: (baseId, rows, background = []) => loadCorpus(residents, baseId, { rows, background }),
    train: (job, watch, signal) => train(residents, job, { ...watch, signal }),
    generate: (request, onToken, signal) => generate(residents, request, { onToken, signal }),
    attribute: (request, signal) => attribute(residents, request, signal),
    work: (request, signal) => work(residents, request, signal),
    proveSpan: (request) => proveSpan(residents, request),
    dispose: () => residents.close(),
  };
}

function infoOf(residents: Residents): RuntimeInfo {
  const { tensors, bytes } = residents.backend.memory();
  return {
    runtimeId: residents.runtimeId,
    lane: "A",
    backend: residents.backend.name,
    opSet: OP_SET,
    bases: residents.bases.values().map((b) => b.info),
    adapters: residents.adapters.values().map((a) => a.info),
    corpora: residents.corpora.values().map((c) => c.info),
    tensors,
    tensorBytes: bytes,
  };
}
