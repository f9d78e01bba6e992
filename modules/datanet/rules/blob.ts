import { merkleRoot, sha256 } from "../../../chain/crypto/index.js";
import { Reject, equalBytes, parseUtf8, utf8 } from "../../../chain/primitives/index.js";

/**
 * A contribution's blob: its rows as UTF-8 text, each ended by one line feed. Contributors build it, validators check it
 * and trainers read it with this code.
 */

const LINE_FEED = 0x0a;

/** What a revealed contribution promised of its blob; see openledger.datanet.v1.QualityTask. */
export interface BlobPromise {
  readonly rowCount: number;
  /** Sum of the rows' sizes, line ends left out. */
  readonly bytes: bigint;
  /** RFC 6962 root over the row hashes. */
  readonly rowsRoot: Uint8Array;
  readonly maxRowBytes: number;
}

export interface RowDigest {
  /** SHA-256 of the row's UTF-8 text. */
  readonly hash: Uint8Array;
  readonly bytes: number;
}

function refusal(detail: string): Reject {
  return new Reject("sdk", 18, `${detail}: invalid request`);
}

/** @throws Reject sdk/18 on a row that is empty or holds a line feed. */
export function joinRows(rows: readonly string[]): Uint8Array {
  if (rows.some((row) => row === "" || row.includes("\n"))) throw refusal("a row is one line of text");
  return utf8(rows.map((row) => `${row}\n`).join(""));
}

/** The rows as bytes. @throws Reject sdk/18 on an empty row or a missing line feed at the end. */
function rawRows(blob: Uint8Array): Uint8Array[] {
  const rows: Uint8Array[] = [];
  let start = 0;
  for (let end = blob.indexOf(LINE_FEED); end !== -1; end = blob.indexOf(LINE_FEED, start)) {
    if (end === start) throw refusal("a blob holds an empty row");
    rows.push(blob.subarray(start, end));
    start = end + 1;
  }
  if (start !== blob.length) throw refusal("a blob does not end with a line feed");
  return rows;
}

/** @throws Reject sdk/18 unless the blob is what `joinRows` makes. */
export function splitRows(blob: Uint8Array): string[] {
  return rawRows(blob).map(parseUtf8);
}

export function digestRows(rows: readonly string[]): RowDigest[] {
  return rows.map(utf8).map((row) => ({ hash: sha256(row), bytes: row.length }));
}

/** Whether the blob keeps the promise. Total. */
export function keepsPromise(blob: Uint8Array, promise: BlobPromise): boolean {
  try {
    const rows = rawRows(blob);
    if (rows.length !== promise.rowCount || BigInt(blob.length - rows.length) !== promise.bytes) return false;
    if (rows.some((row) => row.length > promise.maxRowBytes)) return false;
    for (const row of rows) parseUtf8(row);
    return equalBytes(merkleRoot(rows.map((row) => sha256(row))), promise.rowsRoot);
  } catch (error) {
    if (error instanceof Reject) return false;
    throw error;
  }
}
