import { sha256 } from "../../crypto/index.js";
import { Reject, compareAscii, equalBytes } from "../../primitives/index.js";
import type { Hash32 } from "../../primitives/index.js";
import { SnapshotMetadata as Wire } from "../../../proto/gen/openledger/store/v1.js";
import { appHashOf } from "../commit-info.js";
import type { CommitInfo } from "../commit-info.js";
import { SnapshotError } from "./errors.js";

/** The one way of writing a snapshot that this program has: uncompressed SnapshotItem records in chunks of CHUNK_BYTES. */
export const SNAPSHOT_FORMAT = 1;

/** Bytes of every chunk but the last: the SDK's 10 MiB, below the 16 MB of CometBFT's chunk message. */
export const CHUNK_BYTES = 10 * 1024 * 1024;

/** CometBFT's bound (0.38.21), which is a terabyte of state here. */
export const MAX_CHUNKS = 100_000;

/** CometBFT's bound on a message that offers a snapshot; 10^5 hashes fit. */
export const MAX_METADATA_BYTES = 4_000_000;

const MAX_STORES = 1_000;

/** What a node knows of a snapshot before it has a chunk of it. */
export interface SnapshotMetadata {
  /** SHA-256 of each. */
  readonly chunkHashes: readonly Uint8Array[];
  /** What the application hash is made of: so a snapshot is known to be of the right state before it is fetched. */
  readonly stores: CommitInfo;
}

export function encodeMetadata({ chunkHashes, stores }: SnapshotMetadata): Uint8Array {
  return Wire.encode({ chunkHashes: [...chunkHashes], stores: stores.map(({ name, root }) => ({ name, root })) });
}

function checkStores(stores: CommitInfo): void {
  if (stores.length > MAX_STORES) throw SnapshotError.TooLarge("too many stores", { stores: stores.length });
  for (const [i, { name, root }] of stores.entries()) {
    const before = stores[i - 1];
    const isInOrder = before === undefined || compareAscii(before.name, name) < 0;
    if (!isInOrder || name === "" || root.length !== 32) throw SnapshotError.Malformed("stores are not in order of their names");
  }
}

/** @throws Reject of codespace snapshot. */
export function decodeMetadata(bytes: Uint8Array): SnapshotMetadata {
  if (bytes.length > MAX_METADATA_BYTES) throw SnapshotError.TooLarge("metadata is too long", { bytes: bytes.length });
  const { chunkHashes, stores } = decodeWire(bytes);
  if (chunkHashes.length === 0 || chunkHashes.length > MAX_CHUNKS)
    throw SnapshotError.TooLarge("a snapshot has 1 to 100000 chunks", { chunks: chunkHashes.length });
  if (chunkHashes.some((hash) => hash.length !== 32)) throw SnapshotError.Malformed("a chunk's hash has 32 bytes");
  const info = stores.map(({ name, root }) => ({ name, root: root as Hash32 }));
  checkStores(info);
  return { chunkHashes, stores: info };
}

function decodeWire(bytes: Uint8Array): Wire {
  try {
    return Wire.decode(bytes);
  } catch (error) {
    if (error instanceof Reject) throw SnapshotError.Malformed(error.message);
    throw error;
  }
}

/** A snapshot as another node describes it. */
export interface SnapshotOffer {
  readonly format: number;
  readonly chunks: number;
  /** SHA-256 of the metadata. */
  readonly hash: Uint8Array;
  readonly metadata: Uint8Array;
}

/**
 * Everything that can be known of a snapshot without a chunk of it.
 *
 * @param appHash that the state must have, from a header that the caller trusts
 * @throws Reject of codespace snapshot.
 */
export function checkOffer(offer: SnapshotOffer, appHash: Uint8Array): SnapshotMetadata {
  if (offer.format !== SNAPSHOT_FORMAT) throw SnapshotError.WrongFormat(undefined, { format: offer.format });
  if (offer.chunks < 1 || offer.chunks > MAX_CHUNKS)
    throw SnapshotError.TooLarge("a snapshot has 1 to 100000 chunks", { chunks: offer.chunks });
  if (offer.metadata.length > MAX_METADATA_BYTES) throw SnapshotError.TooLarge("metadata is too long");
  if (!equalBytes(sha256(offer.metadata), offer.hash)) throw SnapshotError.WrongHash("the metadata is not of this hash");
  const metadata = decodeMetadata(offer.metadata);
  if (metadata.chunkHashes.length !== offer.chunks)
    throw SnapshotError.Malformed("another number of chunks than of their hashes", { chunks: offer.chunks });
  if (!equalBytes(appHashOf(metadata.stores), appHash))
    throw SnapshotError.WrongHash("the stores do not make up the application hash");
  return metadata;
}
