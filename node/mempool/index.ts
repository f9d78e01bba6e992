export { createTxGossip } from "./gossip.js";
export type { TxGossip, TxGossipOptions } from "./gossip.js";
export { Mempool } from "./mempool.js";
export type { MempoolOptions } from "./mempool.js";
