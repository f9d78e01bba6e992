/** One block: its CID, its hash, and the blocks it links to. */
import { createHash } from "node:crypto";
import { CID } from "multiformats/cid";
import { equalBytes, toHex } from "../../chain/primitives/index.js";
import { EdgeFailure } from "../errors.js";

/** Multicodec table: plain bytes, and DAG-PB with UnixFS inside. */
const RAW = 0x55;
const DAG_PB = 0x70;
const SHA2_256 = 0x12;

/** IPFS tools do not exchange larger blocks (bitswap's limit). */
export const MAX_BLOCK_BYTES = 2 * 1024 * 1024;

/** @throws EdgeFailure "malformed" unless it is a raw or dag-pb CID with a sha2-256 hash: all that we store. */
export function parseCid(text: string): CID {
  try {
    return checkCid(CID.parse(text));
  } catch (cause) {
    throw new EdgeFailure("malformed", "not a CID of a blob", { cid: text.slice(0, 100) }, cause);
  }
}

/** The same for a CID's bytes, as peers send them. */
export function decodeCid(bytes: Uint8Array): CID {
  try {
    return checkCid(CID.decode(bytes));
  } catch (cause) {
    throw new EdgeFailure("malformed", "not a CID of a blob", { bytes: bytes.length }, cause);
  }
}

function checkCid(cid: CID): CID {
  const known = cid.code === RAW || cid.code === DAG_PB;
  if (known && cid.multihash.code === SHA2_256 && cid.multihash.digest.length === 32) return cid;
  throw new EdgeFailure("malformed", "only raw and dag-pb blocks hashed with sha2-256 are stored");
}

/** Blocks are the same if their hashes are: CIDv0 and CIDv1 of one node share a block. */
export function blockKey(cid: CID): string {
  return toHex(cid.multihash.digest);
}

/** True if the bytes hash to the CID. */
export function isBlock(cid: CID, bytes: Uint8Array): boolean {
  return equalBytes(createHash("sha256").update(bytes).digest(), cid.multihash.digest);
}

/**
 * CIDs that a block links to, in order; none for a raw block.
 *
 * DAG-PB: PBNode { Links = 2 repeated PBLink { Hash = 1 bytes, Name = 2 string, Tsize = 3 uint64 }, Data = 1 bytes }.
 * @throws EdgeFailure "malformed" on bytes that are not DAG-PB or link to something we do not store.
 */
export function linksOf(cid: CID, bytes: Uint8Array): CID[] {
  if (cid.code === RAW) return [];
  const links: CID[] = [];
  for (const { field, content } of fieldsOf(bytes)) {
    if (field !== 2) continue;
    const hash = content && fieldsOf(content).find((part) => part.field === 1)?.content;
    if (hash === undefined) throw new EdgeFailure("malformed", "a link without a hash");
    links.push(decodeCid(hash));
  }
  return links;
}

interface Field {
  readonly field: number;
  /** Bytes of a length-delimited field; undefined for a number. */
  readonly content: Uint8Array | undefined;
}

function fieldsOf(bytes: Uint8Array): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = bytes[at++];
      if (byte === undefined || scale > 2 ** 49)
        throw new EdgeFailure("malformed", "not a DAG-PB block", { at });
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    const length = varint(); // for wire type 0 this is the value itself
    if (tag % 8 === 0) {
      fields.push({ field: Math.trunc(tag / 8), content: undefined });
      continue;
    }
    if (tag % 8 !== 2 || at + length > bytes.length)
      throw new EdgeFailure("malformed", "not a DAG-PB block", { at });
    fields.push({ field: Math.trunc(tag / 8), content: bytes.subarray(at, at + length) });
    at += length;
  }
  return fields;
}
