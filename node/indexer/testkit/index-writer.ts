/**
 * A process that indexes the made-up chain, to be killed: `index-writer.ts DIR BLOCKS [KEPT]`. The chain keeps its last KEPT blocks, or
 * all. Says each indexed height. Tests only.
 */
import { DEFAULT_INDEXER_OPTIONS, createThreadedIndexer } from "../index.js";
import { silentLogger } from "../../telemetry/log.js";
import { chainOf, commitNext } from "./history.js";

const [, , dir = "", blocks = "0", kept = blocks] = process.argv;
const chain = chainOf(Math.floor(Number(blocks) / 2));
const index = createThreadedIndexer({ dir, chain, feed: chain, log: silentLogger() }, { ...DEFAULT_INDEXER_OPTIONS, sweepEvery: 5, sweepStep: 16 });
await index.start();
while (chain.blocks.length < Number(blocks)) {
  commitNext(chain);
  chain.base = BigInt(Math.max(1, chain.blocks.length - Number(kept)));
  if (chain.blocks.length % 8 === 0) await index.caughtUp();
  process.stdout.write(`${index.status().last}\n`);
}
await index.caughtUp();
await index.stop();
process.stdout.write("done\n");
