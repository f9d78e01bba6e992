import { concatBytes, u64be } from "../../../chain/primitives/index.js";

/** Where a BaseModel stands in the store `modelfactory`. */
export function baseModelKey(baseModelId: bigint): Uint8Array {
  return concatBytes(Uint8Array.of(5), u64be(baseModelId));
}

/** Where an Adapter stands in the store `modelfactory`. */
export function adapterKey(adapterId: bigint): Uint8Array {
  return concatBytes(Uint8Array.of(8), u64be(adapterId));
}
