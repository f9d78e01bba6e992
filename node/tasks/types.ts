import type { Codec } from "../../chain/codec/index.js";

/** The last committed state, by gRPC path: what every query service answers. */
export interface StateReader {
  /** @throws EdgeFailure "not-found" where the state says so, "remote" on any other refusal. */
  query<Q, R>(path: string, codecs: { readonly request: Codec<Q>; readonly response: Codec<R> }, request: Q): Promise<R>;
}

/** Where the worker stands, for status pages and tests. */
export interface TaskStats {
  /** Tasks whose value is known. */
  readonly ready: number;
  readonly working: number;
  readonly computed: number;
  readonly failed: number;
  readonly lastError: string;
}
