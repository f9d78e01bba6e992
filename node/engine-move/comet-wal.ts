/** The WAL of a CometBFT that has ended one height and begun none: consensus/wal.go and proto/tendermint/consensus/wal.proto there. */
import { toTimestamp } from "../../chain/codec/index.js";
import { concatBytes } from "../../chain/primitives/index.js";
import type { Height, TimeNs } from "../../chain/primitives/index.js";
import { Int64Value, Timestamp } from "../../proto/gen/google/protobuf.js";
import { crc32c } from "../engine/crc32c.js";

const BYTES = 2;

/** A sub-message of less than 128 bytes. */
function nested(field: number, message: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of((field << 3) | BYTES, message.length), message);
}

/** TimedWALMessage { time 1, msg 2: WALMessage { end_height 4: EndHeight { height 1 } } } behind its checksum and length. */
export function encodeEndHeight(height: Height, time: TimeNs): Uint8Array {
  const ended = nested(4, Int64Value.encode({ value: height }));
  const record = concatBytes(nested(1, Timestamp.encode(toTimestamp(time))), nested(2, ended));
  const head = new DataView(new ArrayBuffer(8));
  head.setUint32(0, crc32c(record));
  head.setUint32(4, record.length);
  return concatBytes(new Uint8Array(head.buffer), record);
}
