/** A process that indexes the made-up chain, to be killed: `index-writer.ts DIR BLOCKS`. Says each indexed height. Tests only. */
import { createThreadedIndexer } from "../index.js";
import { silentLogger } from "../../telemetry/log.js";
import { chainOf, commitNext } from "./history.js";

const [, , dir = "", blocks = "0"] = process.argv;
const chain = chainOf(Math.floor(Number(blocks) / 2));
const index = createThreadedIndexer({ dir, chain, feed: chain, log: silentLogger() });
await index.start();
while (chain.blocks.length < Number(blocks)) {
  commitNext(chain);
  if (chain.blocks.length % 8 === 0) await index.caughtUp();
  process.stdout.write(`${index.status().last}\n`);
}
await index.caughtUp();
await index.stop();
process.stdout.write("done\n");
