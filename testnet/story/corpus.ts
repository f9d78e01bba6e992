import { readFileSync } from "node:fs";
import { join } from "node:path";
import { blobCid } from "../../client/blob-cid.js";
import { sha256 } from "../../chain/crypto/index.js";
import { utf8 } from "../../chain/primitives/index.js";
import { digestRows, joinRows } from "../../modules/datanet/rules/blob.js";
import type { RowDigest } from "../../modules/datanet/rules/blob.js";
import { REPOSITORY } from "../root.js";
import type { Actor, ContributorRole } from "./actors.js";
import type { StoryOptions } from "./options.js";

/** One blob of rows that a contributor owns and nobody else has seen. */
export interface Parcel {
  readonly rows: readonly string[];
  readonly bytes: Uint8Array;
  readonly cid: string;
  readonly digests: readonly RowDigest[];
  readonly salt: Uint8Array;
}

/** @throws Error when the packaged text is missing. */
export function readRows(role: ContributorRole): string[] {
  const text = readFileSync(join(REPOSITORY, "testnet", "corpus", `${role}.txt`), "utf8");
  return text.split("\n").filter((line) => line !== "");
}

/** Known to the key's holder alone, and the same whenever it is needed again: nothing to keep in a file. */
function saltOf(actor: Actor, cid: string): Uint8Array {
  return sha256(utf8(`openledger/testnet/salt/v1\n${actor.mnemonic}\n${cid}`));
}

/** A contributor's rows, cut into blobs. */
export async function parcelsOf(actor: Actor, role: ContributorRole, options: StoryOptions): Promise<Parcel[]> {
  const rows = readRows(role).slice(0, options.rowsPerContributor);
  const count = Math.ceil(rows.length / options.rowsPerContribution);
  const parts = Array.from({ length: count }, (_, i) => {
    return rows.slice(i * options.rowsPerContribution, (i + 1) * options.rowsPerContribution);
  });
  return Promise.all(
    parts.map(async (part) => {
      const bytes = joinRows(part);
      const cid = await blobCid(bytes);
      return { rows: part, bytes, cid, digests: digestRows(part), salt: saltOf(actor, cid) };
    }),
  );
}
