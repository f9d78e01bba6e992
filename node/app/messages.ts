/**
 * What a node and the thread of its application say to each other. Calls that are made together travel together; transactions are
 * taken out of them into one buffer per message.
 */
import type { Application, FinalizeBlockRequest } from "../../chain/abci/index.js";
import type { PackedAsked, PackedChecks } from "./checks.js";
import type { SentError } from "./errors.js";
import type { PackedBytes } from "./packed.js";
import type { PackedResults } from "./results.js";

export type Method = keyof Application;

/** Something that is to be done in the application's thread, in the order of sending. */
export type Entry =
  | {
      readonly kind: "call";
      readonly id: number;
      readonly method: Method;
      /** The request without its transactions. */
      readonly request: unknown;
      /** How many of the message's transactions belong to it. */
      readonly txs: number;
    }
  /** CheckTx of as many of the message's transactions as there are rows; the ids follow on each other. */
  | { readonly kind: "checks"; readonly first: number; readonly asked: PackedAsked }
  /** A question to what the thread holds beside the application, which may take its time. */
  | { readonly kind: "ask"; readonly id: number; readonly name: string; readonly args: readonly unknown[] }
  /** For what the thread holds beside the application. */
  | { readonly kind: "note"; readonly note: unknown }
  | { readonly kind: "close"; readonly id: number };

export interface ToApplication {
  readonly entries: readonly Entry[];
  readonly txs: PackedBytes;
}

export type Answer =
  | { readonly id: number; readonly value: unknown; readonly txs: number }
  | { readonly id: number; readonly results: PackedResults }
  | { readonly first: number; readonly checked: PackedChecks }
  | { readonly id: number; readonly error: SentError };

export type FromApplication =
  | { readonly kind: "answers"; readonly answers: readonly Answer[]; readonly txs: PackedBytes }
  /** Of what the thread holds, unasked. */
  | { readonly kind: "note"; readonly note: unknown }
  /** The application can be asked from now on. */
  | { readonly kind: "open" }
  /** It never can, or no longer. */
  | { readonly kind: "failed"; readonly error: SentError };

/** Transactions of a request or a response apart from the rest, where it has any. CheckTx has a form of its own. */
export function takeTxs(method: Method, value: unknown): { readonly rest: unknown; readonly txs: readonly Uint8Array[] } {
  if (!hasTxs(method)) return { rest: value, txs: [] };
  const { txs, ...rest } = value as Pick<FinalizeBlockRequest, "txs">;
  return { rest, txs };
}

/** The reverse of takeTxs. */
export function putTxs(method: Method, rest: unknown, txs: readonly Uint8Array[]): unknown {
  return hasTxs(method) ? { ...(rest as object), txs } : rest;
}

function hasTxs(method: Method): boolean {
  return method === "prepareProposal" || method === "processProposal" || method === "finalizeBlock";
}
