import { concatBytes, u64be } from "../../../chain/primitives/index.js";

/** Where an Inference stands in the store `openlora`. */
export function inferenceKey(inferenceId: bigint): Uint8Array {
  return concatBytes(Uint8Array.of(3), u64be(inferenceId));
}

/** Where the agreed answer (InferenceOutcome) stands in the store `openlora`. */
export function outcomeKey(inferenceId: bigint): Uint8Array {
  return concatBytes(Uint8Array.of(4), u64be(inferenceId));
}
