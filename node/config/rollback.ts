/** Takes a stopped node one height back: index, application, then engine, so that a kill anywhere leaves what starts or is repeated. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { Reject } from "../../chain/primitives/index.js";
import type { Height } from "../../chain/primitives/index.js";
import { openMultiStore, storedNames } from "../../chain/store/index.js";
import { planRollback } from "../engine/index.js";
import type { Rollback } from "../engine/index.js";
import { EdgeFailure } from "../errors.js";
import { removeFromIndex } from "../indexer/index.js";
import { openKv } from "../storage/index.js";
import type { LevelKv } from "../storage/index.js";
import type { Home } from "./home.js";

export interface RolledBack {
  /** Of the last block that counts now. */
  readonly height: Height;
  /** Of the application after it. */
  readonly appHash: Uint8Array;
}

async function opened<T>(dir: string, use: (kv: LevelKv) => Promise<T> | T): Promise<T> {
  const onFatal = (failure: EdgeFailure): never => {
    throw failure;
  };
  const kv = await openKv({ dir, onFatal });
  try {
    return await use(kv);
  } finally {
    await kv.close();
  }
}

/** @throws EdgeFailure "not-found" when the application does not keep that version any more. */
function rollBackState(kv: LevelKv, height: Height): void {
  const stores = storedNames(kv);
  const { last, earliest } = openMultiStore({ kv, stores });
  if (last.version <= height) return;
  try {
    openMultiStore({ kv, stores, version: height });
  } catch (cause) {
    if (!(cause instanceof Reject)) throw cause;
    const why = `the state after block ${height} is not kept here; there are ${earliest} to ${last.version} (keep_recent in app.toml)`;
    throw new EdgeFailure("not-found", `${why}; nothing was changed: take a snapshot or synchronize this node anew`, {}, cause);
  }
}

async function unindex(dir: string, { undone }: Rollback): Promise<void> {
  if (undone?.results === undefined || !existsSync(dir)) return;
  const { stored, results } = undone;
  await opened(dir, (kv) => removeFromIndex(kv, { kind: "block", stored, results }));
}

/**
 * @param isHard removes the last block too, so that it is fetched from peers or decided anew
 * @throws EdgeFailure "not-found" where there is nothing to go back to, "storage" while a node runs on the home.
 */
export async function rollBackHome(home: Home, isHard: boolean): Promise<RolledBack> {
  const engineDir = join(home.data, "blocks");
  if (!existsSync(home.stateDb)) throw new EdgeFailure("not-found", `${home.dir} holds no state: no node has run there`);
  if (!existsSync(engineDir)) {
    const how = "roll CometBFT back with `cometbft rollback`, then begin this application from a snapshot or replay its blocks";
    throw new EdgeFailure("not-found", `${home.data} holds no blocks: where CometBFT is the engine, they are in its home; ${how}`);
  }
  return opened(engineDir, async (engineKv) => {
    const rollback = planRollback(engineKv, isHard);
    await opened(home.stateDb, async (kv) => {
      rollBackState(kv, rollback.height);
      await kv.flushed();
    });
    await unindex(home.indexDb, rollback);
    await rollback.perform();
    const { height, appHash } = rollback;
    return { height, appHash };
  });
}
