/** The address book on disk: replaced whole, so that a crash leaves the old file or the new one. */
import { randomBytes, randomInt } from "node:crypto";
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeFileSync } from "node:fs";
import type { Logger } from "../telemetry/log.js";
import { AddressBook, parseEntry } from "./address-book.js";
import type { BookEntry, BookOptions } from "./address-book.js";

/** Room for 20,480 entries with what JSON adds; a longer file is not ours. */
const MAX_FILE_BYTES = 16 * 1024 * 1024;

export interface KeptBook {
  readonly book: AddressBook;
  /** Writes it if it has changed. Never throws: a book that cannot be written is only less to start from. */
  save(): void;
}

interface Kept {
  readonly key: Uint8Array;
  readonly entries: readonly BookEntry[];
}

/** A damaged file is put aside, and the book begins empty: peers are found again, so that is no reason not to start. */
export function openAddressBook(
  path: string | undefined,
  options: Omit<BookOptions, "key" | "now" | "random">,
  log: Logger,
): KeptBook {
  const kept = path === undefined ? undefined : loadKept(path, log);
  const key = kept?.key ?? new Uint8Array(randomBytes(32));
  const book = new AddressBook({ ...options, key, now: Date.now, random: (n) => randomInt(n) }, kept?.entries);
  let saved = book.version;
  const save = (): void => {
    if (path === undefined || book.version === saved) return;
    try {
      const version = book.version;
      replace(path, formatKept({ key, entries: book.entries() }));
      saved = version;
    } catch (error) {
      log.warn("the address book cannot be written", { path, error });
    }
  };
  return { book, save };
}

function loadKept(path: string, log: Logger): Kept | undefined {
  if (!existsSync(path)) return undefined;
  try {
    if (statSync(path).size > MAX_FILE_BYTES) throw new RangeError("longer than an address book can be");
    return parseKept(readFileSync(path, "utf8"));
  } catch (error) {
    log.warn("the address book is damaged and was put aside", { path: `${path}.damaged`, error });
    renameSync(path, `${path}.damaged`);
    return undefined;
  }
}

function parseKept(text: string): Kept {
  const file: unknown = JSON.parse(text);
  const fields: Readonly<Record<string, unknown>> = typeof file === "object" && file !== null ? { ...file } : {};
  const { key, addresses } = fields;
  if (typeof key !== "string" || !/^[0-9a-f]{64}$/.test(key) || !Array.isArray(addresses)) {
    throw new TypeError("key and addresses are needed");
  }
  const entries = addresses.map(parseEntry);
  if (entries.includes(undefined)) throw new TypeError("an address is not one");
  return { key: new Uint8Array(Buffer.from(key, "hex")), entries: entries.filter((entry) => entry !== undefined) };
}

function formatKept({ key, entries }: Kept): string {
  const addresses = entries.map(({ address, ...entry }) => ({ address: address.text, ...entry }));
  return `${JSON.stringify({ key: Buffer.from(key).toString("hex"), addresses }, null, 1)}\n`;
}

function replace(path: string, text: string): void {
  const temporary = `${path}.new`;
  const file = openSync(temporary, "w", 0o600);
  try {
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, path);
}
