/** The indexing thread: the only one that touches the store of the index. Started by thread.ts. */
import { parentPort, workerData } from "node:worker_threads";
import { Fault } from "../../chain/primitives/index.js";
import { installNativeCrypto } from "../crypto/native.js";
import { openKv } from "../storage/index.js";
import type { LevelKv } from "../storage/index.js";
import { sentError } from "./protocol.js";
import type { IndexRequest, Numbered, Reply, ThreadSetup } from "./protocol.js";
import { IndexStore } from "./store.js";

/** Written bytes that may wait for the disk before the next block is taken: this is what slows the sender down. */
const MAX_UNFLUSHED = 16 * 1024 * 1024;

const port = parentPort ?? undefined;
if (port === undefined) throw new Fault("the index's thread was not started as one");
installNativeCrypto();

const { dir, options } = workerData as ThreadSetup;
let kv: LevelKv | undefined;

async function open(): Promise<IndexStore> {
  kv = await openKv({
    dir,
    cacheBytes: 8 * 1024 * 1024,
    onFatal: (failure) => {
      throw failure; // ends the thread: the node goes on without an index, and says so
    },
  });
  return new IndexStore(kv, options);
}

let opened: Promise<IndexStore> | undefined;

async function perform(request: IndexRequest): Promise<unknown> {
  if (request.kind === "close") return kv?.close();
  const store = await (opened ??= open());
  switch (request.kind) {
    case "open":
      return store.last();
    case "index":
      store.index(request.input);
      if (store.pendingBytes() > MAX_UNFLUSHED) await store.flushed();
      return undefined;
    case "find-tx":
      return store.findTx(request.hash, request.base);
    case "search-txs":
      return store.searchTxs(request.text, request.options, request.base);
    case "search-blocks":
      return store.searchBlocks(request.text, request.options, request.base);
    case "prune":
      return store.prune(request.base);
    case "clear":
      return store.clear();
  }
}

port.on("message", ({ id, request }: Numbered) => {
  const answer = (reply: Reply): void => {
    port.postMessage(reply);
    if (request.kind === "close") port.close();
  };
  perform(request).then(
    (value) => answer({ id, value }),
    (error: unknown) => answer({ id, error: sentError(error) }),
  );
});
