/**
 * Moves the blocks of a stopped node from one engine's stores to the other's. The application's own database stays where it is
 * and is not touched: it goes on at the next height under the other engine. Every height is checked on its way.
 */
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { toHeight } from "../../chain/primitives/index.js";
import type { Height } from "../../chain/primitives/index.js";
import { DEFAULT_ENGINE_CONFIG } from "../config/engine.js";
import { EdgeFailure } from "../errors.js";
import { isExtended } from "../engine/chain-state.js";
import { openKv } from "../storage/index.js";
import { CometReader } from "./comet-reader.js";
import { CometWriter } from "./comet-writer.js";
import { encodeEndHeight } from "./comet-wal.js";
import { DATABASES, isInUse, openDatabases } from "./comet-databases.js";
import type { CometDatabases } from "./comet-databases.js";
import { OwnStores, heights } from "./own-stores.js";
import { checkRecord, checkTop, damaged, hasExtensions } from "./record.js";
import type { HeightRecord } from "./record.js";
import { checkNothingInProgress } from "./signed.js";

export interface MoveOptions {
  /** Holds `blocks/`, `wal/` and priv_validator_state.json of the embedded engine. */
  readonly own: string;
  /** Holds blockstore.db, state.db, evidence.db and cs.wal of CometBFT. */
  readonly comet: string;
  /** What the validator signed last; both engines share the file. */
  readonly validatorState: string;
  /** Told of each height that was taken over. */
  readonly onProgress?: (height: Height, top: Height) => void;
}

export interface Moved {
  readonly base: Height;
  readonly top: Height;
  /** Heights that were written; the others were there already. */
  readonly written: bigint;
}

/** CometBFT's, under its data directory. */
const WAL = "cs.wal";

async function withOwn<T>(options: MoveOptions, work: (own: OwnStores) => Promise<T>): Promise<T> {
  const dir = join(options.own, "blocks");
  if (isInUse(dir)) throw new EdgeFailure("storage", "the node is running on this home; stop it first", { dir });
  const kv = await openKv({ dir, onFatal: () => undefined });
  try {
    return await work(new OwnStores(kv, DEFAULT_ENGINE_CONFIG.extendedCommitHeights));
  } finally {
    await kv.close();
  }
}

/**
 * Writes CometBFT's databases from the embedded engine's, which are left as they are: a node with CometBFT shows them to its
 * clients, and adds to them. From here on the chain is CometBFT's: the embedded engine refuses the home.
 * @throws EdgeFailure "config" when there is nothing to move, a height is in progress or CometBFT has the chain already,
 * "storage" on damaged or open stores.
 */
export async function moveToComet(options: MoveOptions): Promise<Moved> {
  if (existsSync(join(options.comet, DATABASES[0]))) throw new EdgeFailure("config", "CometBFT has the chain of this home already", { dir: options.comet });
  return withOwn(options, async (own) => {
    const state = own.state();
    if (own.top !== state.lastHeight) throw unfinished(own.top);
    checkNothingInProgress(options.validatorState, state.lastHeight);
    const fresh = join(options.comet, "moving");
    rmSync(fresh, { recursive: true, force: true });
    mkdirSync(fresh, { recursive: true, mode: 0o700 });
    const databases = await openDatabases(fresh);
    try {
      const writer = new CometWriter(databases);
      let before: HeightRecord | undefined;
      for (const height of heights(own.base, own.top)) {
        const record = own.record(height);
        checkRecord(record, before);
        await writer.write(record);
        before = record;
        options.onProgress?.(height, own.top);
      }
      if (before !== undefined) checkTop(before, state);
      await writer.finish(state, await own.pendingEvidence());
    } finally {
      await databases.close();
    }
    mkdirSync(join(fresh, WAL), { mode: 0o700 });
    writeFileSync(join(fresh, WAL, "wal"), encodeEndHeight(state.lastHeight, state.lastTime), { mode: 0o600 });
    takeOver(fresh, options.comet);
    return { base: own.base, top: own.top, written: own.top - own.base + 1n };
  });
}

/** The block store comes last: while it is missing, nothing starts with CometBFT. */
function takeOver(fresh: string, data: string): void {
  for (const name of [...DATABASES, WAL]) rmSync(join(data, name), { recursive: true, force: true });
  for (const name of [WAL, ...DATABASES.toReversed()]) renameSync(join(fresh, name), join(data, name));
  rmSync(fresh, { recursive: true });
}

/**
 * Appends to the embedded engine's stores what CometBFT has and they lack: blocks, results, validators and parameters, and the
 * vote extensions of the last heights, without which nobody could propose the next one. CometBFT's data directory is put
 * aside, whole, under a name with the height: CometBFT must not go on with it, and nothing needs it any more.
 * @throws EdgeFailure "config" when there is nothing to move or a height is in progress, "storage" on damaged or open stores.
 */
export async function moveToEmbedded(options: MoveOptions): Promise<Moved> {
  if (!existsSync(join(options.comet, DATABASES[0]))) throw new EdgeFailure("config", "CometBFT has no blocks here", { dir: options.comet });
  const databases = await openDatabases(options.comet);
  const moved = await takeBack(databases, options).finally(() => databases.close());
  const aside = `${options.comet}.moved-${moved.top}`;
  rmSync(aside, { recursive: true, force: true });
  renameSync(options.comet, aside);
  return moved;
}

async function takeBack(databases: CometDatabases, options: MoveOptions): Promise<Moved> {
  const reader = new CometReader(databases);
  if (reader.top !== reader.state.lastHeight) throw unfinished(reader.top);
  checkNothingInProgress(options.validatorState, reader.top);
  return withOwn(options, async (own) => {
    const written = await append(own, reader, options);
    addExtensions(own, reader);
    checkTop(own.record(reader.top), reader.state);
    await own.finish(reader.state, await reader.pendingEvidence());
    rmSync(join(options.own, "wal"), { recursive: true, force: true });
    return { base: own.base, top: own.top, written };
  });
}

async function append(own: OwnStores, reader: CometReader, { onProgress }: MoveOptions): Promise<bigint> {
  if (own.top > reader.top)
    throw new EdgeFailure("config", "the embedded engine has more blocks than CometBFT", { own: own.top, comet: reader.top });
  if (own.top !== 0n && own.top + 1n < reader.base) throw damaged("CometBFT's blocks begin above the end of ours", reader.base);
  if (own.top === 0n) own.beginAt(reader.base);
  const from = own.top === 0n ? reader.base : toHeight(own.top + 1n);
  let before = own.top === 0n ? undefined : own.record(own.top);
  for (const height of heights(from, reader.top)) {
    const record = reader.record(height);
    checkRecord(record, before);
    await own.append(record);
    before = record;
    onProgress?.(height, reader.top);
  }
  return reader.top - from + 1n;
}

/** A mirror of CometBFT's RPC has seen the commits without their extensions. */
function addExtensions(own: OwnStores, reader: CometReader): void {
  const kept = BigInt(DEFAULT_ENGINE_CONFIG.extendedCommitHeights);
  const from = reader.top > kept ? reader.top - kept + 1n : 1n;
  for (const height of heights(from > reader.base ? from : reader.base, reader.top)) {
    if (height < own.base) continue;
    const { commit, params } = own.record(height);
    if (hasExtensions(commit) || !isExtended(params, height)) continue;
    const extended = reader.extendedCommit(height);
    if (hasExtensions(extended)) own.replaceCommit(height, extended);
  }
}

function unfinished(height: Height): EdgeFailure {
  return new EdgeFailure("config", `block ${height} is stored and not finished; start the engine that made it once more, and stop it again`, { height });
}
