/**
 * A block as it travels to the thread that indexes it: as bytes, because the cost of handing objects over falls on the thread that
 * runs consensus, and so would that of decoding events.
 */
import type { Event } from "../../chain/abci/index.js";
import { decodeFinalizeResponse, encodeFinalizeResponse, pack, unpack } from "../app/index.js";
import type { PackedBytes } from "../app/index.js";
import type { BlockEvent } from "../rpc/types.js";

export interface IndexInput {
  readonly height: bigint;
  readonly txs: PackedBytes;
  /** tendermint.abci.ResponseFinalizeBlock. */
  readonly results: Uint8Array<ArrayBuffer>;
}

/** An event with the attributes that are searched by. */
export interface IndexedEvent {
  readonly type: string;
  readonly attributes: readonly (readonly [key: string, value: string])[];
}

export interface IndexedTx {
  readonly bytes: Uint8Array;
  readonly isOk: boolean;
  readonly events: readonly IndexedEvent[];
}

/** The node defines these itself; events of an application may not speak for them. */
const RESERVED: ReadonlySet<string> = new Set(["tx.hash", "tx.height", "block.height"]);

export function indexInput({ stored, results }: BlockEvent): IndexInput {
  const { header, txs } = stored.block;
  return { height: header.height, txs: pack(txs), results: Uint8Array.from(encodeFinalizeResponse(results)) };
}

/** What is searched by, of the block and of each executed transaction. */
export function indexedOf({ txs, results }: IndexInput): { readonly events: readonly IndexedEvent[]; readonly txs: readonly IndexedTx[] } {
  const { events, txResults } = decodeFinalizeResponse(results);
  return {
    events: indexedEvents(events),
    txs: unpack(txs)
      .slice(0, txResults.length)
      .map((bytes, i) => ({ bytes, isOk: txResults[i]?.code === 0, events: indexedEvents(txResults[i]?.events ?? []) })),
  };
}

function indexedEvents(events: readonly Event[]): readonly IndexedEvent[] {
  return events.map(({ type, attributes }) => {
    const isSearched = ({ key, index }: Event["attributes"][number]): boolean =>
      index && key !== "" && type !== "" && !RESERVED.has(`${type}.${key}`);
    return { type, attributes: attributes.filter(isSearched).map(({ key, value }) => [key, value] as const) };
  });
}
