import { parseUtf8 } from "../../chain/primitives/index.js";
import { VerifyFailure } from "./errors.js";
import { unlessRejected } from "./json.js";

/** All that verification asks of the world. Nothing that comes through it is trusted. */
export interface VerifyDoor {
  /** The `result` of one CometBFT JSON-RPC call. @throws VerifyFailure "unreachable". */
  rpc(method: string, params: Readonly<Record<string, string | boolean>>): Promise<unknown>;
  /** The bytes behind a content id, not yet checked. @throws VerifyFailure "unreachable", "not-found". */
  blob(cid: string): Promise<Uint8Array>;
}

export interface HttpDoorOptions {
  /** CometBFT RPC, for instance http://127.0.0.1:26657. */
  readonly rpc: string;
  /** Blob gateway, for instance http://127.0.0.1:1317. */
  readonly blobs: string;
  /** Milliseconds one request may take. */
  readonly timeoutMs?: number;
  /** Bytes of one answer at most. */
  readonly maxBytes?: number;
}

const BLOBS = "/openledger/blobs/v1";
const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_MAX_BYTES = 256 * 1024 * 1024;

async function call(url: string, init: RequestInit, timeoutMs: number): Promise<Response> {
  try {
    return await fetch(url, { ...init, signal: AbortSignal.timeout(timeoutMs) });
  } catch (cause) {
    throw new VerifyFailure("unreachable", `${new URL(url).origin} does not answer`, { cause });
  }
}

/** Reads at most `maxBytes`, whatever the other side goes on sending. */
async function bodyOf(response: Response, maxBytes: number): Promise<Uint8Array> {
  const reader = response.body?.getReader() as ReadableStreamDefaultReader<Uint8Array> | undefined;
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const next = await reader?.read();
    if (next?.value === undefined) break;
    length += next.value.length;
    if (length > maxBytes) {
      await reader?.cancel();
      throw new VerifyFailure("malformed", `an answer above ${maxBytes} bytes`);
    }
    chunks.push(next.value);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function resultOf(method: string, text: string): unknown {
  let answer: { readonly result?: unknown; readonly error?: { readonly message?: unknown; readonly data?: unknown } };
  try {
    answer = JSON.parse(text) as typeof answer;
  } catch (cause) {
    throw new VerifyFailure("malformed", `${method} was not answered in JSON`, { cause });
  }
  if (answer.error !== undefined) {
    const { message, data } = answer.error;
    const words = [message, data].filter((text) => typeof text === "string").join(" ");
    throw new VerifyFailure("unreachable", `${method}: ${words}`);
  }
  return answer.result;
}

/** Plain `fetch`, so the same in Node and in a browser. */
export function createHttpDoor(options: HttpDoorOptions): VerifyDoor {
  const { rpc, blobs, timeoutMs = DEFAULT_TIMEOUT_MS, maxBytes = DEFAULT_MAX_BYTES } = options;
  return {
    async rpc(method, params) {
      const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
      const headers = { "content-type": "application/json" };
      const response = await call(rpc, { method: "POST", headers, body }, timeoutMs);
      const bytes = await bodyOf(response, maxBytes);
      return resultOf(method, unlessRejected("answer", () => parseUtf8(bytes)));
    },
    async blob(cid) {
      const response = await call(`${blobs}${BLOBS}/${encodeURIComponent(cid)}`, {}, timeoutMs);
      if (!response.ok) throw new VerifyFailure("not-found", `the node does not give out blob ${cid} (${response.status})`);
      return bodyOf(response, maxBytes);
    },
  };
}
