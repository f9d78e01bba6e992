import { blobCid } from "../../client/blob-cid.js";
import type { Adapter } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { TrainResult } from "../../proto/gen/openledger/sidecar/v1.js";
import type { BlobReads } from "../tasks/blob-reader.js";
import { findBlob } from "./available.js";
import type { Found, Patience } from "./available.js";

/** Names of the files that a finished job leaves, as its adapter has them on record. */
export type ResultFiles = Pick<Adapter, "configCid" | "weightsCid" | "tangentsCid" | "fallbackCid">;

export const FILE_NAMES: Readonly<Record<keyof ResultFiles, string>> = {
  configCid: "adapter config",
  weightsCid: "adapter weights",
  tangentsCid: "file of tangents",
  fallbackCid: "file of fallback vectors",
};

const nameOf = (bytes: Uint8Array): Promise<string> => (bytes.length === 0 ? Promise.resolve("") : blobCid(bytes));

/** The names follow from the bytes, so that whoever derives a result knows which files its trainer had to publish. */
export async function filesOf({ adapterConfig, adapterWeights, tangents, fallback }: TrainResult): Promise<ResultFiles> {
  const [configCid, weightsCid, tangentsCid, fallbackCid] = await Promise.all(
    [adapterConfig, adapterWeights, tangents, fallback?.vectors ?? new Uint8Array(0)].map(nameOf),
  );
  return { configCid: configCid ?? "", weightsCid: weightsCid ?? "", tangentsCid: tangentsCid ?? "", fallbackCid: fallbackCid ?? "" };
}

/** The first file that is published under another name than its bytes have. */
export function misnamed(published: ResultFiles, found: ResultFiles): keyof ResultFiles | undefined {
  return FIELDS.find((field) => published[field] !== found[field]);
}

const FIELDS = ["configCid", "weightsCid", "tangentsCid", "fallbackCid"] as const;

/** What is wrong with the files that an adapter names: one that nobody gives, or gives as something else. */
export async function findFiles(blobs: BlobReads, published: ResultFiles, patience: Patience): Promise<Exclude<Found, { kind: "good" }> | undefined> {
  for (const field of FIELDS) {
    const cid = published[field];
    if (cid === "" || (await blobs.has(cid))) continue;
    const found = await findBlob(blobs, cid, patience);
    if (found.kind !== "good") return found;
  }
  return undefined;
}
