import { Buffer } from "node:buffer";
import { EdgeFailure } from "../errors.js";

/** JSON-RPC of a running node, for commands that are no node themselves. */
export interface Rpc {
  /** @throws EdgeFailure "unreachable" when nobody answers, "remote" with what the node says. */
  call(method: string, params: Readonly<Record<string, unknown>>, signal: AbortSignal): Promise<Record<string, unknown>>;
}

const CALL_MS = 30_000;

type Fields = Record<string, unknown>;

/** @throws EdgeFailure "malformed" */
export function readObject(value: unknown, what: string): Fields {
  if (typeof value !== "object" || value === null) throw new EdgeFailure("malformed", `the node's answer lacks ${what}`);
  return value as Fields;
}

/** A field that holds text; empty where it is null or absent, as CometBFT writes empty bytes. */
export function readField(fields: Fields, name: string): string {
  const value = fields[name];
  return typeof value === "string" ? value : "";
}

export function readBase64(fields: Fields, name: string): Uint8Array {
  return new Uint8Array(Buffer.from(readField(fields, name), "base64"));
}

async function post(url: string, body: string, signal: AbortSignal): Promise<unknown> {
  const limits = AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]);
  try {
    const response = await fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body, signal: limits });
    return await response.json();
  } catch (cause) {
    throw new EdgeFailure("unreachable", `no node answers at ${url}; name one with --node`, { url }, cause);
  }
}

export function createRpc(url: string): Rpc {
  let id = 0;
  return {
    async call(method, params, signal) {
      id += 1;
      const body = JSON.stringify({ jsonrpc: "2.0", id, method, params });
      const answer = readObject(await post(url, body, signal), "an object");
      if (answer["error"] !== undefined) {
        const error = readObject(answer["error"], "an error");
        const text = readField(error, "data") || readField(error, "message");
        throw new EdgeFailure("remote", `${method}: ${text}`, { method });
      }
      return readObject(answer["result"], "a result");
    },
  };
}
