/** CometBFT's databases on disk: goleveldb writes what LevelDB reads, and the other way round. */
import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { EdgeFailure } from "../errors.js";
import { openKv } from "../storage/index.js";
import type { LevelKv } from "../storage/index.js";

export interface CometDatabases {
  readonly blocks: LevelKv;
  readonly states: LevelKv;
  readonly evidence: LevelKv;
}

/** Folders under CometBFT's data directory; the block store first. */
export const DATABASES = ["blockstore.db", "state.db", "evidence.db"] as const;

/** @throws EdgeFailure "storage" when one is damaged, or in use. */
export async function openDatabases(data: string): Promise<CometDatabases & { close(): Promise<void> }> {
  const opened: LevelKv[] = [];
  const close = async (): Promise<void> => {
    for (const kv of opened.splice(0)) await kv.close();
  };
  const open = async (name: string): Promise<LevelKv> => {
    const dir = join(data, name);
    if (isInUse(dir)) throw new EdgeFailure("storage", "CometBFT is running on this home; stop it first", { dir });
    const kv = await openKv({ dir, onFatal: () => undefined });
    opened.push(kv);
    return kv;
  };
  try {
    return { blocks: await open(DATABASES[0]), states: await open(DATABASES[1]), evidence: await open(DATABASES[2]), close };
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * Whether a process holds the database. goleveldb locks with flock and LevelDB with fcntl, which do not see one another; Linux
 * lists both. Elsewhere the operator's word has to do.
 */
export function isInUse(dir: string): boolean {
  const lock = join(dir, "LOCK");
  if (!existsSync(lock) || !existsSync("/proc/locks")) return false;
  const inode = `:${statSync(lock).ino}`;
  return readFileSync("/proc/locks", "utf8")
    .split("\n")
    .some((line) => line.split(/\s+/).some((field) => field.endsWith(inode) && field.includes(":")));
}
