import { EMPTY_BYTES, Reject, concatBytes, prefixEnd } from "../primitives/index.js";
import type { Entry, ReadStore } from "./types.js";

/** cosmos.base.query.v1beta1.PageRequest; `key` xor `offset`. */
export interface PageRequest {
  readonly key: Uint8Array;
  readonly offset: bigint;
  readonly limit: bigint;
  readonly countTotal: boolean;
  readonly reverse: boolean;
}

/** cosmos.base.query.v1beta1.PageResponse; `total` is 0 unless it was asked for. */
export interface PageResponse {
  /** Empty on the last page. */
  readonly nextKey: Uint8Array;
  readonly total: bigint;
}

/** One page of a collection. */
export interface Page<E> {
  readonly entries: readonly E[];
  readonly pagination: PageResponse;
}

/** The SDK's default, used when the request names no limit. */
export const DEFAULT_PAGE_LIMIT = 100n;
/** No request gets more entries at once; `nextKey` leads on. */
export const MAX_PAGE_LIMIT = 1000n;

/** What one call of `pageEntries` walks: every key with `prefix`, decoded and filtered by `accept`. */
export interface PageSource<E> {
  readonly store: ReadStore;
  readonly prefix: Uint8Array;
  /** The entry to show, or undefined to leave it out of page and total. */
  accept(entry: Entry): E | undefined;
}

interface Plan {
  readonly skip: bigint;
  readonly limit: bigint;
  readonly count: boolean;
}

/** The SDK's rules: no limit means 100 and a total; a total is counted only when paging by offset. */
function planOf(request: PageRequest): Plan {
  if (request.key.length > 0 && request.offset > 0n) {
    throw new Reject("sdk", 18, "either offset or key is expected, got both: invalid request");
  }
  const unnamed = request.limit === 0n;
  const limit = unnamed ? DEFAULT_PAGE_LIMIT : request.limit;
  return {
    skip: request.offset,
    limit: limit > MAX_PAGE_LIMIT ? MAX_PAGE_LIMIT : limit,
    count: (request.countTotal || unnamed) && request.key.length === 0,
  };
}

const FIRST_PAGE: PageRequest = {
  key: EMPTY_BYTES,
  offset: 0n,
  limit: 0n,
  countTotal: false,
  reverse: false,
};

/**
 * One page (cosmos-formats.md §2.2). Cost: the entries up to the end of the page, or all of them when a total is asked
 * for; queries run on a gas meter that bounds it.
 *
 * @throws Reject sdk/18 when both key and offset are given.
 */
export function pageEntries<E>(source: PageSource<E>, request: PageRequest = FIRST_PAGE): Page<E> {
  const { skip, limit, count } = planOf(request);
  const { store, prefix } = source;
  const resume = concatBytes(prefix, request.key);
  const last = prefixEnd(prefix);
  const isResumed = request.key.length > 0;
  const start = isResumed && !request.reverse ? resume : prefix;
  const end = isResumed && request.reverse ? concatBytes(resume, Uint8Array.of(0)) : last;

  const entries: E[] = [];
  let nextKey: Uint8Array = EMPTY_BYTES;
  let seen = 0n;
  for (const entry of store.iterate(start, end, { reverse: request.reverse })) {
    const shown = source.accept(entry);
    if (shown === undefined) continue;
    seen++;
    if (seen <= skip) continue;
    if (seen <= skip + limit) {
      entries.push(shown);
      continue;
    }
    if (nextKey.length === 0) nextKey = entry[0].slice(prefix.length);
    if (!count) break;
  }
  return { entries, pagination: { nextKey, total: count ? seen : 0n } };
}
