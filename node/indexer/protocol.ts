/** What the node and the indexing thread say to each other. Every request has one answer, in the order of the requests but for searches. */
import type { Height } from "../../chain/primitives/index.js";
import { EdgeFailure } from "../errors.js";
import type { FailureCode } from "../errors.js";
import type { IndexInput } from "./entries.js";
import { QueryError } from "./query.js";
import type { IndexStoreOptions } from "./store.js";
import type { SearchOptions } from "./types.js";

export interface ThreadSetup {
  readonly dir: string;
  readonly options: IndexStoreOptions;
}

export type IndexRequest =
  | { readonly kind: "open" }
  | { readonly kind: "index"; readonly input: IndexInput }
  | { readonly kind: "find-tx"; readonly hash: Uint8Array; readonly base: Height }
  | { readonly kind: "search-txs"; readonly text: string; readonly options: SearchOptions; readonly base: Height }
  | { readonly kind: "search-blocks"; readonly text: string; readonly options: SearchOptions; readonly base: Height }
  | { readonly kind: "prune"; readonly base: Height }
  | { readonly kind: "clear" }
  | { readonly kind: "close" };

export interface Numbered {
  readonly id: number;
  readonly request: IndexRequest;
}

/** An error that crossed the threads. */
export type SentError =
  | { readonly kind: "query"; readonly message: string }
  | { readonly kind: "failure"; readonly code: FailureCode; readonly message: string };

export type Reply =
  | { readonly id: number; readonly value: unknown }
  | { readonly id: number; readonly error: SentError };

export function sentError(error: unknown): SentError {
  if (error instanceof QueryError) return { kind: "query", message: error.message };
  if (error instanceof EdgeFailure) return { kind: "failure", code: error.code, message: error.message };
  return { kind: "failure", code: "storage", message: error instanceof Error ? error.message : "the index failed" };
}

export function receivedError(error: SentError): Error {
  return error.kind === "query" ? new QueryError(error.message) : new EdgeFailure(error.code, error.message);
}
