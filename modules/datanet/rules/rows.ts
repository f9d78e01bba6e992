import { merkleRoot } from "../../../chain/crypto/index.js";
import { toHex } from "../../../chain/primitives/index.js";

/** The digest and size of one row; see openledger.datanet.v1.RowDigest. */
export interface RowSize {
  readonly hash: Uint8Array;
  readonly bytes: number;
}

/** RFC 6962 root over the row hashes, in the order of the blob. */
export function rowsRoot(rows: readonly RowSize[]): Uint8Array {
  return merkleRoot(rows.map((row) => row.hash));
}

/** Sum of the rows' sizes; line ends are left out. */
export function rowBytes(rows: readonly RowSize[]): bigint {
  return rows.reduce((sum, row) => sum + BigInt(row.bytes), 0n);
}

/** Size of the blob: the rows, each ended by a line feed. */
export function blobBytes(rows: readonly RowSize[]): bigint {
  return rowBytes(rows) + BigInt(rows.length);
}

/** Ascending positions whose row `owns`; of equal rows in one blob only the first counts. */
export function countedPositions(rows: readonly RowSize[], owns: (hash: Uint8Array) => boolean): number[] {
  const seen = new Set<string>();
  const positions: number[] = [];
  rows.forEach(({ hash }, position) => {
    const key = toHex(hash);
    if (!seen.has(key) && owns(hash)) positions.push(position);
    seen.add(key);
  });
  return positions;
}
