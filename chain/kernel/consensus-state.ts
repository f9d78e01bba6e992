import { checkConsensusParams, checkParamsUpdate, decodeConsensusParams, encodeConsensusParams } from "../block/index.js";
import type { ConsensusParams } from "../block/index.js";
import { Fault, toHeight } from "../primitives/index.js";
import type { Height, TimeNs } from "../primitives/index.js";
import { defineSchema, heightValue, item, rememberedValue, textValue, timeValue } from "../store/index.js";
import type { ReadStores, Stores } from "../store/index.js";
import type { BlockInfo, Context } from "./context.js";

/**
 * The kernel's own store: what it must know of the chain and of the last block. The module of this name, where a chain has it, is
 * the door through which governance and queries reach the parameters (ADR 0126).
 */
export const CONSENSUS_STORE = "consensus";

/** Names of the stores of a chain of these modules: theirs, and the kernel's own, which a module may share. */
export function storeNames(modules: readonly { readonly name: string }[]): string[] {
  const names = modules.map((m) => m.name);
  return names.includes(CONSENSUS_STORE) ? names : [...names, CONSENSUS_STORE];
}

const consensusState = defineSchema(CONSENSUS_STORE, {
  chainId: item(1, textValue),
  params: item(2, rememberedValue({ encode: encodeConsensusParams, decode: decodeConsensusParams })),
  lastTime: item(3, timeValue),
  lastHeight: item(4, heightValue),
});

/** Where a query finds the parameters as `encodeConsensusParams` writes them, in whatever thread the application lives. */
export const PARAMS_QUERY = { path: `/store/${CONSENSUS_STORE}/key`, data: Uint8Array.of(2) } as const;

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

/** Limits of blocks and evidence, and from when votes carry extensions, for the block that follows this state. */
export function currentParams(stores: ReadStores): ConsensusParams {
  return consensusState.read(stores.store(CONSENSUS_STORE)).params.getOrFail();
}

/**
 * Replaces the parameters; the engine hears of it at the end of the block and obeys from the next one on.
 *
 * @throws Reject comet/14 on values or a change that CometBFT refuses too: a chain could not go on with them.
 */
export function changeParams(ctx: Context, next: ConsensusParams): void {
  const { params } = consensusState.open(ctx.store(CONSENSUS_STORE));
  checkConsensusParams(next);
  checkParamsUpdate(params.getOrFail(), next, ctx.block.height);
  params.set(next);
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
