/**
 * A block as it travels to the thread that indexes it: texts in one list and numbers in another, because the cost of handing
 * objects over falls on the thread that runs consensus. Only what is searched by goes along.
 */
import type { Event } from "../../chain/abci/index.js";
import type { BlockEvent } from "../rpc/types.js";

export interface IndexInput {
  readonly height: bigint;
  /** The transactions, one after the other, and how long each is. */
  readonly txs: Uint8Array;
  readonly txLengths: Uint32Array;
  /** 1 where a transaction succeeded. */
  readonly oks: Uint8Array;
  /** For each event its type, then key and value of each attribute: of the block, then of each transaction. */
  readonly texts: readonly string[];
  /** For the block and each transaction: how many events, then how many attributes each has. */
  readonly counts: Uint32Array;
}

/** An event with the attributes that are searched by. */
export interface IndexedEvent {
  readonly type: string;
  readonly attributes: readonly (readonly [key: string, value: string])[];
}

/** The node defines these itself; events of an application may not speak for them. */
const RESERVED: ReadonlySet<string> = new Set(["tx.hash", "tx.height", "block.height"]);

function addEvents(events: readonly Event[], texts: string[], counts: number[]): void {
  counts.push(events.length);
  for (const { type, attributes } of events) {
    texts.push(type);
    let count = 0;
    for (const { key, value, index } of attributes) {
      if (!index || key === "" || type === "" || RESERVED.has(`${type}.${key}`)) continue;
      texts.push(key, value);
      count++;
    }
    counts.push(count);
  }
}

export function indexInput({ stored, results }: BlockEvent): IndexInput {
  const { header, txs } = stored.block;
  const executed = txs.slice(0, results.txResults.length);
  const texts: string[] = [];
  const counts: number[] = [];
  addEvents(results.events, texts, counts);
  for (const { events } of results.txResults.slice(0, executed.length)) addEvents(events, texts, counts);
  const bytes = new Uint8Array(executed.reduce((n, tx) => n + tx.length, 0));
  let at = 0;
  for (const tx of executed) {
    bytes.set(tx, at);
    at += tx.length;
  }
  return {
    height: header.height,
    txs: bytes,
    txLengths: Uint32Array.from(executed, (tx) => tx.length),
    oks: Uint8Array.from(executed, (_, i) => (results.txResults[i]?.code === 0 ? 1 : 0)),
    texts,
    counts: Uint32Array.from(counts),
  };
}

/** Reads the lists of an input back, in order. */
export class InputReader {
  readonly #input: IndexInput;
  #text = 0;
  #count = 0;
  #byte = 0;
  #tx = 0;

  constructor(input: IndexInput) {
    this.#input = input;
  }

  /** Events of the block first, then of each transaction. */
  events(): readonly IndexedEvent[] {
    return Array.from({ length: this.#nextCount() }, () => {
      const type = this.#nextText();
      const attributes = Array.from({ length: this.#nextCount() }, () => [this.#nextText(), this.#nextText()] as const);
      return { type, attributes };
    });
  }

  /** The next transaction. */
  tx(): { readonly bytes: Uint8Array; readonly isOk: boolean } {
    const length = this.#input.txLengths[this.#tx] ?? 0;
    const isOk = this.#input.oks[this.#tx++] === 1;
    const from = this.#byte;
    this.#byte += length;
    return { bytes: this.#input.txs.subarray(from, this.#byte), isOk };
  }

  #nextText(): string {
    return this.#input.texts[this.#text++] ?? "";
  }

  #nextCount(): number {
    return this.#input.counts[this.#count++] ?? 0;
  }
}
