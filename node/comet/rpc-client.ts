/** JSON-RPC of a CometBFT, over HTTP on TCP or a unix socket: bounded in time, bytes and connections. */
import http from "node:http";
import https from "node:https";
import type { JsonObject } from "../../chain/codec/index.js";
import { EdgeFailure } from "../errors.js";
import type { Endpoint } from "./endpoint.js";

export type RpcParams = JsonObject;

export interface RpcCall {
  readonly method: string;
  readonly params?: RpcParams;
}

export interface CometRpc {
  /** @throws EdgeFailure "unreachable", "timeout", "too-large", "malformed"; "remote" with the node's own words as message. */
  call(method: string, params?: RpcParams): Promise<unknown>;
  /** One request for all; answers in order. @throws as `call`, if any of them failed. */
  batch(calls: readonly RpcCall[]): Promise<readonly unknown[]>;
  close(): void;
}

export interface RpcClientOptions {
  readonly timeoutMs: number;
  /** Longest answer: a full block in base64, or its results. */
  readonly maxAnswerBytes: number;
  readonly maxConnections: number;
}

export const DEFAULT_RPC_CLIENT: RpcClientOptions = { timeoutMs: 15_000, maxAnswerBytes: 268_435_456, maxConnections: 32 };

/** A socket or a URL. */
export type RpcAddress = Endpoint | { readonly kind: "url"; readonly url: string };

function targetOf(address: RpcAddress): { readonly target: http.RequestOptions; readonly isSecure: boolean } {
  const path = "/";
  if (address.kind === "unix") return { target: { socketPath: address.path, path, host: "localhost" }, isSecure: false };
  if (address.kind === "tcp") return { target: { host: address.host, port: address.port, path }, isSecure: false };
  const { protocol, hostname, port } = new URL(address.url);
  const isSecure = protocol === "https:";
  return { target: { host: hostname.replace(/^\[|\]$/g, ""), port: port === "" ? (isSecure ? 443 : 80) : Number(port), path }, isSecure };
}

interface Answer {
  readonly id: unknown;
  readonly result: unknown;
  readonly error: { readonly message: string; readonly data: string } | undefined;
}

function answerOf(value: unknown): Answer {
  if (typeof value !== "object" || value === null) throw new EdgeFailure("malformed", "CometBFT's answer is no JSON-RPC");
  const { id, result, error } = value as Readonly<Record<string, unknown>>;
  if (typeof error !== "object" || error === null) return { id, result, error: undefined };
  const { message, data } = error as Readonly<Record<string, unknown>>;
  return { id, result, error: { message: String(message), data: typeof data === "string" ? data : "" } };
}

function resultOf({ result, error }: Answer, method: string): unknown {
  if (error !== undefined) throw new EdgeFailure("remote", error.data === "" ? error.message : error.data, { method });
  return result;
}

export function createCometRpc(address: RpcAddress, options: RpcClientOptions = DEFAULT_RPC_CLIENT): CometRpc {
  const { target, isSecure } = targetOf(address);
  const library = isSecure ? https : http;
  const agent = new library.Agent({ keepAlive: true, maxSockets: options.maxConnections });
  const post = (body: string): Promise<unknown> => {
    const request = library.request({
      ...target,
      agent,
      method: "POST",
      timeout: options.timeoutMs,
      headers: { "content-type": "application/json", "content-length": Buffer.byteLength(body) },
    });
    return exchange(request, body, options);
  };
  const write = ({ method, params = {} }: RpcCall, id: number): object => ({ jsonrpc: "2.0", id, method, params });
  return {
    async call(method, params) {
      const answer = await post(JSON.stringify(write(params === undefined ? { method } : { method, params }, 0)));
      return resultOf(answerOf(answer), method);
    },
    async batch(calls) {
      const answer = await post(JSON.stringify(calls.map(write)));
      // A batch of one is answered without a list.
      const answers = (Array.isArray(answer) ? answer : [answer]).map(answerOf);
      return calls.map(({ method }, i) => {
        const found = answers.find(({ id }) => id === i);
        if (found === undefined) throw new EdgeFailure("malformed", "CometBFT left a request of a batch unanswered", { method });
        return resultOf(found, method);
      });
    },
    close: () => agent.destroy(),
  };
}

function exchange(request: http.ClientRequest, body: string, { timeoutMs, maxAnswerBytes }: RpcClientOptions): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const fail = (failure: EdgeFailure): void => {
      clearTimeout(deadline);
      request.destroy();
      reject(failure);
    };
    const deadline = setTimeout(() => fail(new EdgeFailure("timeout", "CometBFT did not answer in time", { timeoutMs })), timeoutMs);
    request.once("error", (cause) => fail(new EdgeFailure("unreachable", "CometBFT cannot be reached", {}, cause)));
    request.once("response", (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > maxAnswerBytes) fail(new EdgeFailure("too-large", "CometBFT's answer is too long", { maxAnswerBytes }));
        else chunks.push(chunk);
      });
      response.once("error", (cause) => fail(new EdgeFailure("unreachable", "CometBFT hung up", {}, cause)));
      response.once("end", () => {
        clearTimeout(deadline);
        try {
          resolve(JSON.parse(Buffer.concat(chunks).toString("utf8")));
        } catch (cause) {
          reject(new EdgeFailure("malformed", "CometBFT's answer is no JSON", {}, cause));
        }
      });
    });
    request.end(body);
  });
}
