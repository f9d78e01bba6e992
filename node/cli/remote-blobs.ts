import { blobCid } from "../../client/blob-cid.js";
import type { BlobLimits, Blobs } from "../blobs/types.js";
import { EdgeFailure, throwIfAborted } from "../errors.js";

const PATH = "/openledger/blobs/v1";

/** The blob gateway of a node, in the shape of a blob store. What it gives is checked against its name. */
export type RemoteBlobs = Pick<Blobs, "has" | "fetch" | "get"> & {
  /** Puts bytes where every node can fetch them. @throws EdgeFailure "remote", "unreachable". */
  upload(bytes: Uint8Array, signal: AbortSignal): Promise<string>;
};

async function call(url: string, init: RequestInit, signal: AbortSignal | undefined): Promise<Response> {
  try {
    return await fetch(url, { ...init, ...(signal === undefined ? {} : { signal }) });
  } catch (cause) {
    throwIfAborted(signal);
    throw new EdgeFailure("unreachable", `no blob gateway answers at ${url}; name one with --gateway`, { url }, cause);
  }
}

/** Only these say that neither the gateway nor its peers have a blob; anything else says nothing of the blob. */
const ABSENT: readonly number[] = [404, 410, 504];

function refusal(status: number, cid: string): EdgeFailure {
  if (ABSENT.includes(status)) return new EdgeFailure("not-found", `the gateway has no ${cid}`, { cid, status });
  return new EdgeFailure(status === 429 ? "busy" : "remote", `the gateway answers ${status} to a request for ${cid}`, { cid, status });
}

async function download(endpoint: string, cid: string, { maxBytes, signal }: BlobLimits): Promise<Uint8Array> {
  const response = await call(`${endpoint}${PATH}/${cid}`, {}, signal);
  if (!response.ok) throw refusal(response.status, cid);
  const size = Number(response.headers.get("content-length") ?? "0");
  if (size > maxBytes) throw new EdgeFailure("too-large", "more bytes than allowed", { cid, size, maxBytes });
  const bytes = new Uint8Array(await response.arrayBuffer());
  if (bytes.length > maxBytes) throw new EdgeFailure("too-large", "more bytes than allowed", { cid, maxBytes });
  if ((await blobCid(bytes)) !== cid) throw new EdgeFailure("not-found", "the gateway gave other bytes", { cid });
  return bytes;
}

/** `endpoint` as http://host:port. */
export function createRemoteBlobs(endpoint: string): RemoteBlobs {
  /** What was fetched and not yet taken: one blob at a time, in the order `fetch`, `get`. */
  const fetched = new Map<string, Uint8Array>();
  return {
    has: (cid) => Promise.resolve(fetched.has(cid)),
    async fetch(cid, limits) {
      const bytes = await download(endpoint, cid, limits);
      fetched.set(cid, bytes);
      return { blocks: 1, bytes: bytes.length, peers: [] };
    },
    async get(cid, limits) {
      const bytes = fetched.get(cid) ?? (await download(endpoint, cid, limits));
      fetched.delete(cid);
      return bytes;
    },
    async upload(bytes, signal) {
      const headers = { "content-type": "application/octet-stream" };
      const response = await call(`${endpoint}${PATH}`, { method: "POST", headers, body: Uint8Array.from(bytes) }, signal);
      if (!response.ok) throw new EdgeFailure("remote", "the gateway took no blob", { status: response.status });
      return blobCid(bytes);
    },
  };
}
