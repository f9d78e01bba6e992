/**
 * What a start finds: block store, chain state and application may each be one step apart after a crash, and the
 * application further behind when its disk lost writes. Stored blocks are executed again until all three agree; every
 * replayed application hash is compared.
 */
import type { FinalizeBlockResponse } from "../../chain/abci/index.js";
import { Fault, equalBytes, toHeight, toHex } from "../../chain/primitives/index.js";
import type { Height } from "../../chain/primitives/index.js";
import type { AppConnection } from "../app/index.js";
import { EdgeFailure } from "../errors.js";
import type { GenesisDoc } from "../config/genesis.js";
import type { Logger } from "../telemetry/log.js";
import type { BlockStore } from "./block-store.js";
import { afterBlock, genesisState, nextHeight } from "./chain-state.js";
import type { ChainState } from "./chain-state.js";
import type { Executor } from "./executor.js";
import { finalizeRequest, initChainRequest } from "./requests.js";
import type { StateStore } from "./state-store.js";

export interface HandshakeDeps {
  readonly app: AppConnection;
  readonly blocks: BlockStore;
  readonly states: StateStore;
  readonly genesis: GenesisDoc;
  readonly log: Logger;
}

/**
 * InitChain where it is due, then the blocks up to the stored state.
 * @throws EdgeFailure "config" when the stores are of another chain or of different moments; Fault when the application computes another hash.
 */
export async function replayToState(deps: HandshakeDeps): Promise<ChainState> {
  const { app, blocks, states, genesis, log } = deps;
  const info = await app.info();
  const stored = states.load();
  if (stored !== undefined && stored.chainId !== genesis.chainId)
    throw new EdgeFailure(
      "config",
      `the data of this home is of the chain ${stored.chainId}, and its genesis.json is of ${genesis.chainId}: put the right one back, or remove the data with \`openledgerd comet unsafe-reset-all\``,
    );
  if (info.lastBlockHeight > blocks.top)
    throw new EdgeFailure(
      "config",
      `the application has block ${info.lastBlockHeight}, and the blocks of this home end at ${blocks.top}: restore them; if a CometBFT has them, \`openledgerd engine move --to embedded\`; else begin anew with \`openledgerd comet unsafe-reset-all\``,
    );
  const state = info.lastBlockHeight === 0n ? await begin(deps, stored) : stored;
  if (state === undefined)
    throw new Fault("the application has blocks, the engine has no state", { app: info.lastBlockHeight });
  const from = info.lastBlockHeight === 0n ? state.initialHeight : toHeight(info.lastBlockHeight + 1n);
  checkNotPruned(from, state, blocks);
  for (let height = from; height <= state.lastHeight; height = toHeight(height + 1n)) {
    await replayBlock(deps, height);
    log.info("block replayed", { height });
  }
  await checkHash(deps, state);
  return state;
}

/** CometBFT's ErrAppBlockHeightTooLow: what the application lacks is gone. */
function checkNotPruned(from: Height, state: ChainState, blocks: BlockStore): void {
  if (from > state.lastHeight || from >= blocks.base) return;
  const text = `app block height (${from - 1n}) is too far below block store base (${blocks.base})`;
  throw new Fault(`${text}: restore a snapshot of the application, or synchronize this node anew`, { from, base: blocks.base });
}

async function begin(
  { app, states, genesis }: HandshakeDeps,
  stored: ChainState | undefined,
): Promise<ChainState> {
  const response = await app.initChain(initChainRequest(genesis));
  if (stored !== undefined) return stored;
  const state = genesisState(genesis, response, (await app.info()).appVersion);
  states.save(state);
  return state;
}

/** A block that the state knows: its response is stored, and the application must give the same hash again. */
async function replayBlock({ app, blocks, states }: HandshakeDeps, height: Height): Promise<void> {
  const found = blocks.block(height);
  const known = states.results(height);
  if (found === undefined || known === undefined)
    throw new Fault("a block to replay is not stored", { height });
  const before =
    found.block.lastCommit.signatures.length === 0 ? null : states.validators(toHeight(height - 1n));
  if (before === undefined) throw new Fault("validators to replay with are not stored", { height });
  checkReplay(height, known, await app.finalizeBlock(finalizeRequest(found.block, before)));
  await app.commit();
}

function checkReplay(height: Height, known: FinalizeBlockResponse, again: FinalizeBlockResponse): void {
  if (!equalBytes(known.appHash, again.appHash))
    throw new Fault("replay gives another application hash: the application is not deterministic", {
      height,
      stored: toHex(known.appHash),
      replayed: toHex(again.appHash),
    });
}

async function checkHash({ app }: HandshakeDeps, state: ChainState): Promise<void> {
  const info = await app.info();
  if (info.lastBlockHeight === 0n || info.lastBlockHeight !== state.lastHeight) return;
  if (!equalBytes(info.lastBlockAppHash, state.appHash))
    throw new Fault("application and engine disagree about the application hash", {
      height: state.lastHeight,
      app: toHex(info.lastBlockAppHash),
      engine: toHex(state.appHash),
    });
}

/** The block that was saved and not settled: executed, or only settled if the application has committed it. */
export async function finishStoredBlock(deps: HandshakeDeps, executor: Executor): Promise<void> {
  const { app, blocks, states, log } = deps;
  const height = nextHeight(executor.state);
  if (blocks.top < height) return;
  const found = blocks.block(height);
  if (found === undefined) throw new Fault("the block store lost its last block", { height });
  log.info("finishing the block in progress at the last stop", { height });
  if ((await app.info()).lastBlockHeight < height) {
    await executor.execute(found.id, found.block, found.size);
    return;
  }
  const response = states.results(height);
  if (response === undefined)
    throw new Fault("the application committed a block whose results are lost", { height });
  executor.settle(
    afterBlock(executor.state, { id: found.id, header: found.block.header }, response),
    found.block,
  );
  await checkHash(deps, executor.state);
}
