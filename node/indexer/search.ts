/**
 * Answers queries from the index (CometBFT state/txindex/kv, state/indexer/block/kv; cosmos-formats.md §1.5).
 *
 * Conditions on one event type must be met by one event. Conditions on different types are met by the same transaction
 * (CometBFT asks for one event there too, and so never finds anything: ADR 0055).
 */
import { parseHex } from "../../chain/primitives/index.js";
import { EdgeFailure } from "../errors.js";
import type { LevelKv } from "../storage/index.js";
import { parseNumber } from "./decimal.js";
import { placeRange, readOccurrence, readPlace, readValue, tagRange, valueRange } from "./keys.js";
import type { HeightRange, Subject } from "./keys.js";
import { meets } from "./match.js";
import { QueryError } from "./query.js";
import type { Condition, Query } from "./query.js";

/** Height and index as one number that sorts like the pair: `height << 32 | index`. */
export type PlaceNumber = bigint;

export interface SearchLimits {
  /** Entries one query may read before it is refused. */
  readonly maxScanned: number;
}

interface Scan {
  readonly kv: LevelKv;
  readonly subject: Subject;
  readonly heights: HeightRange;
  readonly limits: SearchLimits;
  scanned: number;
}

const MAX_HEIGHT = (1n << 63n) - 2n;

function count(scan: Scan): void {
  if (++scan.scanned <= scan.limits.maxScanned) return;
  const maxScanned = scan.limits.maxScanned;
  throw new EdgeFailure("too-large", "the query reads too much of the index; add a range of heights", { maxScanned });
}

/** Integer bound of a condition on heights, or undefined when it sets none. */
function heightRange(condition: Condition): HeightRange {
  if (condition.op === "EXISTS") return { low: 0n, high: MAX_HEIGHT };
  const arg = condition.op === "CONTAINS" ? undefined : condition.arg;
  const text = arg?.kind === "string" && /^\d+$/.test(arg.value) ? parseNumber(arg.value) : undefined;
  const number = arg?.kind === "number" ? arg.value : text;
  if (number?.scale !== 0) throw new QueryError(`${condition.tag} takes a whole number`);
  const height = number.digits > MAX_HEIGHT ? MAX_HEIGHT : number.digits;
  if (condition.op === "=") return { low: height, high: height };
  if (condition.op === ">" || condition.op === ">=") {
    return { low: condition.op === ">" ? height + 1n : height, high: MAX_HEIGHT };
  }
  return { low: 0n, high: condition.op === "<" ? height - 1n : height };
}

function intersectHeights(query: Query, tag: string): HeightRange {
  let [low, high] = [0n, MAX_HEIGHT];
  for (const condition of query) {
    if (condition.tag !== tag) continue;
    const range = heightRange(condition);
    if (range.low > low) low = range.low;
    if (range.high < high) high = range.high;
  }
  return { low, high };
}

/** Place -> the events of that place in which the condition is met. */
type Hits = Map<PlaceNumber, Set<number>>;

async function hitsOf(condition: Condition, scan: Scan): Promise<Hits> {
  const { subject, heights, kv } = scan;
  const hits: Hits = new Map();
  const exact = condition.op === "=" && condition.arg.kind === "string" ? condition.arg.value : undefined;
  const { tag } = condition;
  const range = exact === undefined ? tagRange(subject, tag) : valueRange(subject, tag, exact, heights);
  for await (const [key] of kv.entries(range)) {
    count(scan);
    const at = readOccurrence(key);
    if (at.height < heights.low || at.height > heights.high) continue;
    if (exact === undefined && !meets(condition, readValue(key, tag))) continue;
    const place = (at.height << 32n) | BigInt(at.index);
    const events = hits.get(place);
    if (events === undefined) hits.set(place, new Set([at.event]));
    else events.add(at.event);
  }
  return hits;
}

function intersectHits(a: Hits, b: Hits): Hits {
  const both: Hits = new Map();
  for (const [place, events] of a) {
    const others = b.get(place);
    const shared = new Set([...events].filter((event) => others?.has(event) === true));
    if (shared.size > 0) both.set(place, shared);
  }
  return both;
}

/** "transfer.recipient" is an attribute of "transfer"; a bare type is its own. */
function eventTypeOf(condition: Condition): string {
  const dot = condition.tag.lastIndexOf(".");
  return dot < 0 || condition.op === "EXISTS" ? condition.tag : condition.tag.slice(0, dot);
}

/** Conditions that one event must meet together. */
function groups(query: Query): Condition[][] {
  const byType = new Map<string, Condition[]>();
  for (const condition of query) {
    const type = eventTypeOf(condition);
    const group = byType.get(type);
    if (group === undefined) byType.set(type, [condition]);
    else group.push(condition);
  }
  return [...byType.values()];
}

async function placesOf(group: readonly Condition[], scan: Scan): Promise<Hits> {
  let hits: Hits | undefined;
  for (const condition of group) {
    const found = await hitsOf(condition, scan);
    hits = hits === undefined ? found : intersectHits(hits, found);
    if (hits.size === 0) return hits;
  }
  return hits ?? new Map<PlaceNumber, Set<number>>();
}

async function allPlaces(scan: Scan): Promise<PlaceNumber[]> {
  const places: PlaceNumber[] = [];
  for await (const [key] of scan.kv.entries(placeRange(scan.subject, scan.heights))) {
    count(scan);
    const { height, index } = readPlace(key);
    places.push((height << 32n) | BigInt(index));
  }
  return places;
}

/** The hash of a `tx.hash = '...'` condition, which outweighs every other condition. */
export function hashOf(query: Query): Uint8Array | undefined {
  const condition = query.find((c) => c.tag === "tx.hash" && c.op === "=");
  if (condition?.op !== "=" || condition.arg.kind !== "string") return undefined;
  const text = condition.arg.value.toLowerCase();
  if (!/^(?:[0-9a-f]{2})*$/.test(text)) throw new QueryError("error during searching for a hash in the query: no hex");
  return parseHex(text);
}

export interface Search {
  readonly subject: Subject;
  readonly query: Query;
  /** Lowest height that may be found. */
  readonly base: bigint;
}

/** All matching places in ascending order. @throws EdgeFailure "too-large", QueryError. */
export async function search(kv: LevelKv, { subject, query, base }: Search, limits: SearchLimits): Promise<PlaceNumber[]> {
  const heightTag = subject === "tx" ? "tx.height" : "block.height";
  const asked = intersectHeights(query, heightTag);
  const heights = { low: asked.low < base ? base : asked.low, high: asked.high };
  if (heights.low > heights.high) return [];
  const scan: Scan = { kv, subject, heights, limits, scanned: 0 };
  const rest = query.filter((condition) => condition.tag !== heightTag);
  if (rest.length === 0) return allPlaces(scan);
  let places: PlaceNumber[] | undefined;
  for (const group of groups(rest)) {
    const found = await placesOf(group, scan);
    places = (places ?? [...found.keys()]).filter((place) => found.has(place));
    if (places.length === 0) return [];
  }
  return (places ?? []).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
}
