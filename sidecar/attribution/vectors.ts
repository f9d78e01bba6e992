import { encodeVectors, parseVectors, vectorsRoot } from "../../modules/attribution/rules/vectors.js";
import type { InfluenceVectors } from "../../modules/attribution/rules/vectors.js";
import { SidecarError } from "../errors.js";
import { quantise } from "./quantise.js";

/** The float32 vectors of a method as int8, in the canonical form of rules/vectors.ts. `contributors` in ASCII order. */
export function quantiseVectors(
  name: { readonly method: string; readonly adapterId: Uint8Array },
  contributors: readonly string[],
  vectors: readonly Float32Array[],
): InfluenceVectors {
  const list = contributors.map((contributor, i) => ({ contributor, ...quantise(vectors[i] ?? new Float32Array(0)) }));
  return { ...name, parameters: vectors[0]?.length ?? 0, contributors: list };
}

/** @throws Reject sidecar/5 on anything `encodeVectors` would not have written. */
export function decodeVectors(bytes: Uint8Array): InfluenceVectors {
  const vectors = parseVectors(bytes);
  if (vectors === undefined) throw SidecarError.BadTangents("not in the form of influence vectors");
  return vectors;
}

export { encodeVectors, vectorsRoot };
export type { InfluenceVectors };
