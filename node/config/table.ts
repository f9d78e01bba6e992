/** Strict reading of TOML: every key is known, every value has its type, every complaint names its place. */
import { parse } from "smol-toml";
import { EdgeFailure } from "../errors.js";
import { nearest } from "../nearest.js";

export type Table = Readonly<Record<string, unknown>>;

function bad(place: string, why: string): EdgeFailure {
  return new EdgeFailure("config", `${place} ${why}`);
}

/** @throws EdgeFailure "config" with the parser's own words. */
export function parseToml(text: string, file: string): Table {
  try {
    return parse(text);
  } catch (cause) {
    throw new EdgeFailure(
      "config",
      `${file} is not TOML: ${cause instanceof Error ? cause.message : "unknown"}`,
      {},
      cause,
    );
  }
}

/** One table of a file. Reading a key marks it as known; `done` complains about the others. */
export class Section {
  private readonly place: string;
  private readonly table: Table;
  private readonly read = new Set<string>();

  constructor(place: string, table: Table) {
    this.place = place;
    this.table = table;
  }

  private value<T>(key: string, fallback: T, is: (value: unknown) => value is T): T {
    this.read.add(key);
    const value = this.table[key];
    if (value === undefined) return fallback;
    if (!is(value)) throw bad(`${this.place}.${key}`, `must be a ${typeof fallback}`);
    return value;
  }

  text(key: string, fallback: string): string {
    return this.value(key, fallback, (v): v is string => typeof v === "string");
  }

  flag(key: string, fallback: boolean): boolean {
    return this.value(key, fallback, (v): v is boolean => typeof v === "boolean");
  }

  /** A whole number within bounds. */
  whole(key: string, fallback: number, [low, high]: readonly [number, number]): number {
    const value = this.value(key, fallback, (v): v is number => typeof v === "number");
    if (!Number.isSafeInteger(value) || value < low || value > high) {
      throw bad(`${this.place}.${key}`, `must be a whole number from ${low} to ${high}`);
    }
    return value;
  }

  texts(key: string, fallback: readonly string[]): readonly string[] {
    this.read.add(key);
    const value = this.table[key];
    if (value === undefined) return fallback;
    if (!Array.isArray(value) || !value.every((v) => typeof v === "string")) {
      throw bad(`${this.place}.${key}`, "must be a list of texts");
    }
    return value;
  }

  section(key: string): Section {
    this.read.add(key);
    const value = this.table[key] ?? {};
    if (typeof value !== "object" || Array.isArray(value))
      throw bad(`${this.place}.${key}`, "must be a table");
    return new Section(`${this.place}.${key}`, value as Table);
  }

  /** @throws EdgeFailure "config" naming the first key that nothing read. */
  done(): void {
    const unknown = Object.keys(this.table).find((key) => !this.read.has(key));
    if (unknown === undefined) return;
    const near = nearest(unknown, [...this.read]);
    throw bad(`${this.place}.${unknown}`, `is not a setting; did you mean ${this.place}.${near}?`);
  }
}

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** "tcp://127.0.0.1:26657", or the same without the scheme. @throws EdgeFailure "config". */
export function parseListen(text: string, place: string): HostPort {
  const match = /^(?:tcp:\/\/|http:\/\/)?(\[[0-9a-fA-F:]+\]|[^:\s]+):(\d{1,5})$/.exec(text);
  const port = Number(match?.[2]);
  if (match?.[1] === undefined || port > 65_535) throw bad(place, `must be host:port, got "${text}"`);
  return { host: match[1].replace(/^\[|\]$/g, ""), port };
}
