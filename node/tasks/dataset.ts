import {
  QueryService,
  QueryVersionContributionsRequest,
  QueryVersionContributionsResponse,
} from "../../proto/gen/openledger/datanet/v1.js";
import type { VersionContribution } from "../../proto/gen/openledger/datanet/v1.js";
import type { DatasetRef } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { CorpusRow } from "../../proto/gen/openledger/sidecar/v1.js";
import { splitRows } from "../../modules/datanet/rules/blob.js";
import { EdgeFailure } from "../errors.js";
import { readBlob } from "./blob-reader.js";
import type { BlobReads } from "./blob-reader.js";
import type { StateReader } from "./types.js";

const PAGE = 100n;

/** What a dataset version is made of. */
export async function queryContributions(state: StateReader, ref: DatasetRef): Promise<VersionContribution[]> {
  const codecs = { request: QueryVersionContributionsRequest, response: QueryVersionContributionsResponse };
  const all: VersionContribution[] = [];
  let key: Uint8Array = new Uint8Array(0);
  do {
    const pagination = { key, offset: 0n, limit: PAGE, countTotal: false, reverse: false };
    const page = await state.query(`/${QueryService.typeName}/VersionContributions`, codecs, { ...ref, pagination });
    all.push(...page.contributions);
    key = page.pagination?.nextKey ?? new Uint8Array(0);
  } while (key.length > 0);
  return all;
}

/** "contribution/row": unique over all Datanets, since contribution ids are. */
export function rowIdOf(contributionId: bigint, row: number): string {
  return `${contributionId}/${row}`;
}

/** @throws EdgeFailure "malformed" */
export function parseRowId(rowId: string): { readonly contributionId: bigint; readonly row: number } {
  const match = /^(\d{1,20})\/(\d{1,9})$/.exec(rowId);
  if (match?.[1] === undefined || match[2] === undefined) throw new EdgeFailure("malformed", "not a row id", { rowId });
  return { contributionId: BigInt(match[1]), row: Number(match[2]) };
}

/**
 * The rows of dataset versions that count, in the order of their commitments: what training and spans are computed
 * over. A frozen version never changes, so every validator reads the same rows whenever it asks.
 */
export async function readDatasets(
  deps: { readonly state: StateReader; readonly blobs: BlobReads },
  refs: readonly DatasetRef[],
  signal: AbortSignal,
): Promise<CorpusRow[]> {
  const lists = await Promise.all(refs.map((ref) => queryContributions(deps.state, ref)));
  const ordered = lists.flat().sort((a, b) => (a.contribution.id < b.contribution.id ? -1 : 1));
  const rows: CorpusRow[] = [];
  for (const { contribution, rows: positions } of ordered) {
    const texts = splitRows(await readBlob(deps.blobs, contribution.blobCid, signal));
    for (const row of positions) {
      const text = texts[row];
      if (text === undefined) throw new EdgeFailure("malformed", "a row is missing in its blob", { cid: contribution.blobCid, row });
      rows.push({ rowId: rowIdOf(contribution.id, row), contributor: contribution.contributor, text });
    }
  }
  return rows;
}
