import { decodeConsensusParams, encodeConsensusParams } from "../block/index.js";
import type { ConsensusParams } from "../block/index.js";
import { Fault, toHeight } from "../primitives/index.js";
import type { Height, TimeNs } from "../primitives/index.js";
import { defineSchema, heightValue, item, textValue, timeValue } from "../store/index.js";
import type { ReadStores, Stores } from "../store/index.js";
import type { BlockInfo } from "./context.js";

/** The kernel's own store: what it must know of the chain and of the last block. */
export const CONSENSUS_STORE = "consensus";

const consensusState = defineSchema(CONSENSUS_STORE, {
  chainId: item(1, textValue),
  params: item(2, { encode: encodeConsensusParams, decode: decodeConsensusParams }),
  lastTime: item(3, timeValue),
  lastHeight: item(4, heightValue),
});

/** Written at genesis. The height is that before the initial block. */
export function initConsensusState(
  stores: Stores,
  start: { chainId: string; params: ConsensusParams; time: TimeNs; height: Height },
): void {
  const state = consensusState.open(stores.store(CONSENSUS_STORE));
  state.chainId.set(start.chainId);
  state.params.set(start.params);
  state.lastTime.set(start.time);
  state.lastHeight.set(start.height);
}

/** The block that the state belongs to, as queries and CheckTx see it. */
export function lastBlock(stores: ReadStores): BlockInfo {
  const state = consensusState.read(stores.store(CONSENSUS_STORE));
  return {
    chainId: state.chainId.getOrFail(),
    height: state.lastHeight.getOrFail(),
    time: state.lastTime.getOrFail(),
    proposer: new Uint8Array(0),
    hash: new Uint8Array(0),
  };
}

export function recordBlock(stores: Stores, block: BlockInfo): void {
  const state = consensusState.open(stores.store(CONSENSUS_STORE));
  state.lastTime.set(block.time);
  state.lastHeight.set(block.height);
}

export function currentParams(stores: ReadStores): ConsensusParams {
  return consensusState.read(stores.store(CONSENSUS_STORE)).params.getOrFail();
}

/** Whether a block carries votes' extensions in transaction 0: the previous height had them. */
export function isTx0Due(params: ConsensusParams, height: bigint): boolean {
  const enabled = params.abci.voteExtensionsEnableHeight;
  return enabled > 0n && height > enabled;
}

/** @throws Fault unless the block follows the state. */
export function checkNextHeight(stores: ReadStores, height: Height): void {
  const last = lastBlock(stores).height;
  if (height !== toHeight(last + 1n)) throw new Fault("block does not follow the state", { height, last });
}
