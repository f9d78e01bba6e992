/** What block building needs of the pool of transactions. The engine imports this, and the index for its factory. */
import type { FinalizeBlockResponse } from "../../chain/abci/index.js";
import type { Block } from "../../chain/block/index.js";
import type { Height } from "../../chain/primitives/index.js";

export interface ProposalTxs {
  /** Transactions for a block, best first: their framed size and gas stay within the limits (-1 gas is none). */
  reap(maxBytes: number, maxGas: bigint): readonly Uint8Array[];
  /** Waits for the CheckTx in progress; from then on nothing calls it until `update` has ended. */
  lock(): Promise<void>;
  /** Unlocks after a block, and rechecks what it touched. */
  update(height: Height, block: Block, response: FinalizeBlockResponse): Promise<void>;
}

/** Bytes of a transaction inside a block: tag, length, content. */
export function framedBytes(tx: Uint8Array): number {
  let bytes = 2;
  for (let length = tx.length; length > 127; length >>>= 7) bytes++;
  return bytes + tx.length;
}
