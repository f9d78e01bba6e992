/**
 * A CheckTx response between threads. Its events cross as one text: as objects they cost both threads more than the check of the
 * signature, and hardly anybody reads them.
 */
import type { CheckTxResponse, Event } from "../../chain/abci/index.js";
import { EMPTY_BYTES } from "../../chain/primitives/index.js";

export interface PackedCheck extends Omit<CheckTxResponse, "data" | "events"> {
  /** Absent when empty. */
  readonly data?: Uint8Array;
  /** JSON. */
  readonly eventsText: string;
}

export function packCheck({ data, events, ...rest }: CheckTxResponse): PackedCheck {
  const packed = { ...rest, eventsText: JSON.stringify(events) };
  return data.length === 0 ? packed : { ...packed, data };
}

export function unpackCheck({ data = EMPTY_BYTES, eventsText, ...rest }: PackedCheck): CheckTxResponse {
  let read: readonly Event[] | undefined;
  return {
    ...rest,
    data,
    get events() {
      return (read ??= JSON.parse(eventsText) as readonly Event[]);
    },
  };
}
