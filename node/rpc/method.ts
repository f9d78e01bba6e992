/** What a method of the RPC is. */
import type { JsonValue } from "../../chain/codec/index.js";
import { argsFromJson, argsFromUri } from "./params.js";
import type { Args, ParamShape } from "./params.js";
import type { Awaitable } from "./types.js";

/** One method, ready to be called with whatever a client sent. */
export interface RpcMethod {
  readonly params: ParamShape;
  /** @throws RpcError; other errors are reported as -32603. */
  callJson(params: unknown): Awaitable<JsonValue>;
  callUri(query: URLSearchParams): Awaitable<JsonValue>;
  /** It has a queue of its own (the mempool's), in which the calls of a batch may wait together, and needs no turnstile. */
  readonly isQueued: boolean;
  /** Whether an answer may be cached: what it says, of the height that was named, never changes. */
  isCacheable(asked: { readonly params: unknown } | { readonly query: URLSearchParams }): boolean;
}

export type RpcMethods = ReadonlyMap<string, RpcMethod>;

export function defineMethod<const S extends ParamShape>(
  params: S,
  call: (args: Args<S>) => Awaitable<JsonValue>,
  options: { readonly cachedWith?: string; readonly isQueued?: boolean } = {},
): RpcMethod {
  const { cachedWith, isQueued = false } = options;
  return {
    params,
    isQueued,
    // The readers checked each value against the kind that Args derives its type from.
    callJson: (given) => call(argsFromJson(params, given) as Args<S>),
    callUri: (query) => call(argsFromUri(params, query) as Args<S>),
    isCacheable: (asked) => {
      if (cachedWith === undefined) return false;
      if ("query" in asked) return (asked.query.get(cachedWith) ?? "") !== "";
      return argsFromJson(params, asked.params)[cachedWith] !== undefined;
    },
  };
}
