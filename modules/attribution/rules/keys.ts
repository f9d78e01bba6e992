import { concatBytes, u64be } from "../../../chain/primitives/index.js";

/** Where an AttributionRecord stands in the store `attribution`; a proof of it is a proof under this key. */
export function recordKey(inferenceId: bigint): Uint8Array {
  return concatBytes(Uint8Array.of(2), u64be(inferenceId));
}
