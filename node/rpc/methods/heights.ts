/** Heights and pages that callers name. The texts are API: the light client classifies errors by them. */
import { toHeight } from "../../../chain/primitives/index.js";
import type { Height } from "../../../chain/primitives/index.js";
import { failed } from "../errors.js";
import type { ChainReader } from "../types.js";

const DEFAULT_PER_PAGE = 30;
const MAX_PER_PAGE = 100;

/** The height asked for, or the latest. `ahead` is how far beyond the latest block it may lie. @throws RpcError -32603. */
export function heightOf(chain: ChainReader, asked: bigint | undefined, ahead = 0n): Height {
  const latest = chain.latestHeight();
  if (asked === undefined) return latest;
  if (asked <= 0n) throw failed(`height must be greater than 0, but got ${asked}`);
  if (asked > latest + ahead) {
    throw failed(`height ${asked} must be less than or equal to the current blockchain height ${latest + ahead}`);
  }
  const earliest = chain.earliestHeight();
  if (asked < earliest) throw failed(`height ${asked} is not available, lowest height is ${earliest}`);
  return toHeight(asked);
}

/** The value, or the error of a height that is not there. */
export function available<T>(value: T | undefined, height: Height, chain: ChainReader): T {
  if (value !== undefined) return value;
  throw failed(`height ${height} is not available, lowest height is ${chain.earliestHeight()}`);
}

export interface Page {
  readonly offset: number;
  readonly limit: number;
}

export function perPageOf(asked: bigint | undefined): number {
  if (asked === undefined || asked < 1n) return DEFAULT_PER_PAGE;
  return asked > BigInt(MAX_PER_PAGE) ? MAX_PER_PAGE : Number(asked);
}

/** @throws RpcError -32603 for a page outside 1 and the last, which is at least 1. */
export function checkPage(asked: bigint | undefined, perPage: number, total: number): void {
  const pages = Math.max(1, Math.ceil(total / perPage));
  const page = asked ?? 1n;
  if (page < 1n || page > BigInt(pages)) throw failed(`page should be within [1, ${pages}] range, given ${page}`);
}

/** Where a page starts; checked against the total with `checkPage` once that is known. */
export function pageOf(asked: bigint | undefined, perPage: number): Page {
  const page = asked ?? 1n;
  const tooFar = page < 1n || page > 1_000_000_000n;
  return { offset: tooFar ? Number.MAX_SAFE_INTEGER : (Number(page) - 1) * perPage, limit: perPage };
}
