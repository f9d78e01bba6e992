/** Whether values meet conditions. Live subscriptions and the index share these rules. */
import { parseRfc3339 } from "../../chain/codec/index.js";
import type { Event } from "../../chain/abci/index.js";
import { compareDecimals, parseNumber } from "./decimal.js";
import type { Argument, Comparison, Condition, Query } from "./query.js";

/** "type.key" -> values, in order; a bare "type" -> nothing but the fact that such an event happened. */
export type EventMap = ReadonlyMap<string, readonly string[]>;

function holds(op: Comparison, sign: number): boolean {
  if (op === "=") return sign === 0;
  if (op === "<") return sign < 0;
  if (op === "<=") return sign <= 0;
  return op === ">" ? sign > 0 : sign >= 0;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

function momentSign(value: string, { kind, value: moment }: Extract<Argument, { kind: "date" | "time" }>): number | undefined {
  if (DAY.test(value) !== (kind === "date")) return undefined;
  try {
    const held: bigint = parseRfc3339(kind === "date" ? `${value}T00:00:00Z` : value);
    return held < moment ? -1 : held > moment ? 1 : 0;
  } catch {
    return undefined;
  }
}

/** How a value stands to an argument; undefined when they cannot be compared. */
function signOf(value: string, arg: Argument): number | undefined {
  if (arg.kind === "string") return value === arg.value ? 0 : 1;
  if (arg.kind !== "number") return momentSign(value, arg);
  const number = parseNumber(value);
  return number === undefined ? undefined : compareDecimals(number, arg.value);
}

/** Whether one attribute value meets a condition on its tag. */
export function meets(condition: Condition, value: string): boolean {
  if (condition.op === "EXISTS") return true;
  if (condition.op === "CONTAINS") return value.includes(condition.arg);
  const sign = signOf(value, condition.arg);
  return sign !== undefined && holds(condition.op, sign);
}

/** All conditions are met, each by any value of its tag (CometBFT's rule for subscriptions). */
export function matches(query: Query, events: EventMap): boolean {
  return query.every((condition) => {
    const values = events.get(condition.tag);
    if (values === undefined) return false;
    return condition.op === "EXISTS" || values.some((value) => meets(condition, value));
  });
}

/** The event map of a subscription: every attribute, also those that are not indexed, and the bare event types. */
export function eventMap(
  events: readonly Event[],
  reserved: Readonly<Record<string, string>>,
): Map<string, string[]> {
  const map = new Map<string, string[]>();
  const add = (tag: string, value: string): void => {
    const values = map.get(tag);
    if (values === undefined) map.set(tag, [value]);
    else values.push(value);
  };
  for (const event of events) {
    if (event.type === "") continue;
    for (const { key, value } of event.attributes) if (key !== "") add(`${event.type}.${key}`, value);
  }
  for (const [tag, value] of Object.entries(reserved)) map.set(tag, [value]);
  return map;
}

/** `map` with the bare types, which only EXISTS may ask for. They are not part of the frames that clients get. */
export function withTypes(map: ReadonlyMap<string, readonly string[]>, events: readonly Event[]): EventMap {
  const all = new Map(map);
  for (const { type } of events) if (type !== "" && !all.has(type)) all.set(type, []);
  return all;
}
