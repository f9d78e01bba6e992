/** From a committed block to the entries of the index. */
import { Buffer } from "node:buffer";
import { sha256 } from "../../chain/crypto/index.js";
import { concatBytes, parseU64be, toHeight, u64be } from "../../chain/primitives/index.js";
import type { KvOp, KvReader } from "../../chain/store/index.js";
import { indexedOf } from "./entries.js";
import type { IndexInput, IndexedEvent } from "./entries.js";
import { LAST_KEY, attributeKey, placeKey, txKey } from "./keys.js";
import type { Subject } from "./keys.js";
import type { TxPlace } from "./types.js";

const NOTHING = new Uint8Array(0);

/** `height(8) index(4) ok(1)`. */
function encodePlace({ height, index }: TxPlace, isOk: boolean): Uint8Array {
  const tail = new Uint8Array(5);
  new DataView(tail.buffer).setUint32(0, index);
  tail[4] = isOk ? 1 : 0;
  return concatBytes(u64be(height), tail);
}

/** What stands under a transaction's hash. */
export function decodePlace(bytes: Uint8Array): TxPlace & { readonly isOk: boolean } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return {
    height: toHeight(parseU64be(bytes.subarray(0, 8))),
    index: view.getUint32(8),
    isOk: bytes[12] === 1,
  };
}

function addAttributes(
  ops: KvOp[],
  subject: Subject,
  events: readonly IndexedEvent[],
  at: { readonly height: bigint; readonly index: number },
): void {
  for (const [event, { type, attributes }] of events.entries()) {
    if (attributes.length === 0) continue;
    const place = { ...at, event };
    const typeKey = attributeKey(subject, type, "", place);
    if (typeKey !== undefined) ops.push({ key: typeKey, value: NOTHING });
    for (const [key, value] of attributes) {
      const attribute = attributeKey(subject, `${type}.${key}`, value, place);
      if (attribute !== undefined) ops.push({ key: attribute, value: NOTHING });
    }
  }
}

/** All entries of one block, to be written at once. `kv` tells what an earlier block said of the same hashes. */
export function indexOps(input: IndexInput, kv: KvReader): KvOp[] {
  const height = toHeight(input.height);
  const { events: blockEvents, txs } = indexedOf(input);
  const ops: KvOp[] = [
    { key: LAST_KEY, value: u64be(height) },
    { key: placeKey("block", height, 0), value: NOTHING },
  ];
  addAttributes(ops, "block", blockEvents, { height, index: 0 });
  const succeeded = new Set<string>();
  for (const [index, { bytes, isOk, events }] of txs.entries()) {
    const key = txKey(sha256(bytes));
    const id = Buffer.from(key).toString("latin1");
    const before = kv.get(key);
    const hasBetter = succeeded.has(id) || (before !== undefined && decodePlace(before).isOk);
    if (isOk || !hasBetter) ops.push({ key, value: encodePlace({ height, index }, isOk) });
    if (isOk) succeeded.add(id);
    ops.push({ key: placeKey("tx", height, index), value: NOTHING });
    addAttributes(ops, "tx", events, { height, index });
  }
  return ops;
}
