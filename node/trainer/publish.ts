import type { Blobs } from "../blobs/types.js";

/** Keeps bytes where every node can fetch them, and names them. An empty list of bytes has no name. */
export async function publish(blobs: Pick<Blobs, "put" | "pin">, bytes: Uint8Array): Promise<string> {
  if (bytes.length === 0) return "";
  const { cid } = await blobs.put(bytes);
  await blobs.pin(cid);
  return cid;
}
