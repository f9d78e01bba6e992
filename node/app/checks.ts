/**
 * CheckTx requests and responses between threads. Those that are asked for together cross as columns: as objects they would cost
 * both threads more than the check of the signature. What is out of the ordinary, such as a refusal with its text, crosses as it is,
 * its events as one text.
 */
import type { CheckTxRequest, CheckTxResponse, Event } from "../../chain/abci/index.js";
import { EMPTY_BYTES, MAX_INT64, toGas } from "../../chain/primitives/index.js";
import type { SentError } from "./errors.js";

/** A request without its transaction. */
export type AskedCheck = Omit<CheckTxRequest, "tx">;

const ASKED = { recheck: 1, isFirst: 2, withoutEvents: 4 } as const;
/** No account has this number. */
const NOBODY = -1n;

/** A row for each request. */
export interface PackedAsked {
  /** Of ASKED. */
  readonly flags: Uint8Array<ArrayBuffer>;
  /** Account numbers, or NOBODY. */
  readonly signedFor: BigInt64Array<ArrayBuffer>;
}

export function packAsked(list: readonly AskedCheck[]): PackedAsked {
  const flagsOf = ({ kind, isFirst, withoutEvents }: AskedCheck): number =>
    (kind === "recheck" ? ASKED.recheck : 0) | (isFirst === true ? ASKED.isFirst : 0) | (withoutEvents === true ? ASKED.withoutEvents : 0);
  return { flags: Uint8Array.from(list, flagsOf), signedFor: BigInt64Array.from(list, ({ signedFor = NOBODY }) => signedFor) };
}

export function unpackAsked({ flags, signedFor }: PackedAsked, txs: readonly Uint8Array[]): CheckTxRequest[] {
  return txs.map((tx, i) => {
    const row = flags[i] ?? 0;
    const kind = (row & ASKED.recheck) === 0 ? "new" : "recheck";
    const account = signedFor[i] ?? NOBODY;
    const request = { tx, kind, isFirst: (row & ASKED.isFirst) !== 0, withoutEvents: (row & ASKED.withoutEvents) !== 0 } as const;
    return account === NOBODY ? request : { ...request, signedFor: account };
  });
}

interface OddCheck extends Omit<CheckTxResponse, "data" | "events"> {
  /** Absent when empty. */
  readonly data?: Uint8Array;
  /** JSON. */
  readonly eventsText: string;
}

/** A row for each response: four numbers and the sender of one that passed, or what else there is to say. */
export interface PackedChecks {
  /** gasWanted, gasUsed, sequence, priority. */
  readonly numbers: BigInt64Array<ArrayBuffer>;
  readonly senders: readonly string[];
  /** Rows of transactions that have no place among their sender's others. */
  readonly unordered: ReadonlySet<number>;
  readonly odd: ReadonlyMap<number, OddCheck>;
  /** What the application threw. */
  readonly errors: ReadonlyMap<number, SentError>;
}

function isOrdinary({ code, data, log, codespace, events, isUnordered, gasWanted, gasUsed, sequence, priority }: CheckTxResponse): boolean {
  if (code !== 0 || data.length > 0 || log !== "" || codespace !== "" || events.length > 0 || isUnordered === undefined) return false;
  return gasWanted <= MAX_INT64 && gasUsed <= MAX_INT64 && sequence <= MAX_INT64 && priority <= MAX_INT64;
}

function packOdd({ data, events, ...rest }: CheckTxResponse): OddCheck {
  const packed = { ...rest, eventsText: JSON.stringify(events) };
  return data.length === 0 ? packed : { ...packed, data };
}

function unpackOdd({ data = EMPTY_BYTES, eventsText, ...rest }: OddCheck): CheckTxResponse {
  let read: readonly Event[] | undefined;
  return {
    ...rest,
    data,
    get events() {
      return (read ??= JSON.parse(eventsText) as readonly Event[]);
    },
  };
}

export function packChecks(rows: readonly (CheckTxResponse | { readonly error: SentError })[]): PackedChecks {
  const numbers = new BigInt64Array(4 * rows.length);
  const senders: string[] = [];
  const unordered = new Set<number>();
  const odd = new Map<number, OddCheck>();
  const errors = new Map<number, SentError>();
  for (const [i, row] of rows.entries()) {
    const isPlain = !("error" in row) && isOrdinary(row);
    senders.push(isPlain ? row.sender : "");
    if ("error" in row) errors.set(i, row.error);
    else if (!isPlain) odd.set(i, packOdd(row));
    else {
      numbers.set([row.gasWanted, row.gasUsed, row.sequence, row.priority], 4 * i);
      if (row.isUnordered === true) unordered.add(i);
    }
  }
  return { numbers, senders, unordered, odd, errors };
}

export function unpackChecks({ numbers, senders, unordered, odd, errors }: PackedChecks): (CheckTxResponse | { readonly error: SentError })[] {
  return senders.map((sender, i) => {
    const error = errors.get(i);
    if (error !== undefined) return { error };
    const other = odd.get(i);
    if (other !== undefined) return unpackOdd(other);
    const [gasWanted = 0n, gasUsed = 0n, sequence = 0n, priority = 0n] = numbers.subarray(4 * i, 4 * i + 4);
    const plain = { code: 0, data: EMPTY_BYTES, log: "", codespace: "", events: [], sender, sequence, priority };
    return { ...plain, gasWanted: toGas(gasWanted), gasUsed: toGas(gasUsed), isUnordered: unordered.has(i) };
  });
}
