import { blobCid } from "../../client/blob-cid.js";

const CALL_MS = 60_000;
const PATH = "/openledger/blobs/v1";

/** The blob gateway of one node. */
export interface BlobGateway {
  has(cid: string): Promise<boolean>;
  upload(bytes: Uint8Array): Promise<string>;
  read(cid: string): Promise<Uint8Array>;
}

function refusal(what: string, response: Response, body: string): Error {
  return new Error(`the blob gateway refused ${what}: ${response.status} ${body.slice(0, 200)}`);
}

/** @throws Error naming the gateway when nobody answers there. */
async function call(url: string, init: RequestInit = {}): Promise<Response> {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(CALL_MS) });
  } catch (cause) {
    throw new Error(`the blob gateway at ${url} does not answer: is the validator running, with its [api] enabled?`, { cause });
  }
}

/** `endpoint` as http://host:port. What is read is checked against its id: a gateway is not trusted. */
export function createGateway(endpoint: string): BlobGateway {
  const get = (cid: string): Promise<Response> => call(`${endpoint}${PATH}/${cid}`);
  return {
    async has(cid) {
      return (await call(`${endpoint}${PATH}/${cid}`, { method: "HEAD" })).ok;
    },
    async upload(bytes) {
      const response = await call(`${endpoint}${PATH}`, {
        method: "POST",
        headers: { "content-type": "application/octet-stream" },
        body: Uint8Array.from(bytes),
      });
      const text = await response.text();
      if (!response.ok) throw refusal("an upload", response, text);
      const cid = await blobCid(bytes);
      if (!text.includes(cid)) throw new Error(`the blob gateway gave another id than ${cid}: ${text.slice(0, 200)}`);
      return cid;
    },
    async read(cid) {
      const response = await get(cid);
      if (!response.ok) throw refusal(cid, response, await response.text());
      const bytes = new Uint8Array(await response.arrayBuffer());
      if ((await blobCid(bytes)) !== cid) throw new Error(`the blob gateway answered ${cid} with other bytes`);
      return bytes;
    },
  };
}
