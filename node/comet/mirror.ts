/**
 * Follows CometBFT block by block, in order: reads each block that the application has committed, checks that it is the block
 * that CometBFT names and that it follows from the one before, stores it with its results, and publishes it. What was
 * missed while this node was away is read later, in the same way.
 */
import type { FinalizeBlockResponse } from "../../chain/abci/index.js";
import { blockId, checkBlock, equalBlockIds, headerHash, makePartSet, validatorSetHash } from "../../chain/block/index.js";
import { Fault, equalBytes, toHeight } from "../../chain/primitives/index.js";
import type { Height } from "../../chain/primitives/index.js";
import type { GenesisDoc } from "../config/genesis.js";
import { afterBlock, genesisState, nextHeight } from "../engine/chain-state.js";
import type { ChainState } from "../engine/chain-state.js";
import type { BlockEvent } from "../engine/types.js";
import { EdgeFailure, errorText } from "../errors.js";
import type { Logger } from "../telemetry/log.js";
import { NO_HEIGHT, mirroredBlock } from "./mirror-store.js";
import type { MirrorStore, MirroredBlock } from "./mirror-store.js";
import type { CometReader } from "./reader.js";

export interface MirrorDeps {
  readonly reader: CometReader;
  readonly store: MirrorStore;
  readonly genesis: GenesisDoc;
  readonly log: Logger;
  /** Blocks in order, once each, when they are stored. */
  readonly publish: (event: BlockEvent) => void;
  /** CometBFT shows another chain than the application has: nothing can be served. */
  readonly onFatal: (error: unknown) => void;
}

/** Between two attempts while CometBFT does not answer. */
const FIRST_PAUSE_MS = 50;
const MAX_PAUSE_MS = 2_000;
/** So many failures in a row are worth a line. */
const WORTH_SAYING = 8;

export class Mirror {
  readonly #deps: MirrorDeps;
  #state: ChainState | undefined;
  /** The application's height, which is the mirror's aim. */
  #target: Height = NO_HEIGHT;
  #retain: Height = NO_HEIGHT;
  #isStopped = false;
  #wake: () => void = () => undefined;
  #loop: Promise<void> = Promise.resolve();

  constructor(deps: MirrorDeps) {
    this.#deps = deps;
    this.#state = deps.store.states.load();
  }

  /** Undefined before the first block. */
  get state(): ChainState | undefined {
    return this.#state?.lastHeight === 0n ? undefined : this.#state;
  }

  get lastHeight(): Height {
    return this.#state?.lastHeight ?? NO_HEIGHT;
  }

  /** Blocks that the application has and the mirror does not. */
  get lag(): bigint {
    return this.#target > this.lastHeight ? this.#target - this.lastHeight : 0n;
  }

  /** @param target height of the application */
  start(target: Height): void {
    this.#target = target;
    this.#loop = this.#run();
  }

  /**
   * The application has committed this height and lets go of what is below the other. Answers from where CometBFT is to keep its
   * blocks: those that are not here yet are still to be read.
   */
  committed(height: Height, retain: Height): Height {
    this.#target = height;
    if (retain > this.#retain) this.#retain = retain;
    this.#wake();
    const next = toHeight(this.lastHeight + 1n);
    return retain < next ? retain : next;
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#wake();
    await this.#loop;
  }

  async #run(): Promise<void> {
    let failures = 0;
    while (!this.#isStopped) {
      try {
        if (this.lag === 0n) await this.#sleep();
        else await this.#follow();
        failures = 0;
      } catch (error) {
        if (!(error instanceof EdgeFailure)) {
          this.#deps.onFatal(error);
          return;
        }
        failures++;
        if (failures % WORTH_SAYING === 0) this.#deps.log.warn("CometBFT's blocks cannot be read", { height: this.lastHeight + 1n, reason: errorText(error) });
        await this.#pause(Math.min(FIRST_PAUSE_MS * 2 ** Math.min(failures, 10), MAX_PAUSE_MS));
      }
    }
  }

  /** Until something is committed. */
  #sleep(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#wake = (): void => {
        if (!this.#isStopped) return;
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async #follow(): Promise<void> {
    const state = (this.#state ??= this.#kept(await this.#begin()));
    const height = nextHeight(state);
    try {
      await this.#take(state, height);
    } catch (error) {
      if (!(error instanceof EdgeFailure && error.code === "remote")) throw error;
      if (!(await this.#leap())) throw error;
    }
  }

  async #take(state: ChainState, height: Height): Promise<void> {
    const { store, reader, publish } = this.#deps;
    const found = mirroredBlock(await reader.block(height));
    check(state, height, found);
    const results = store.states.results(height) ?? (await this.#readResults(height));
    const next = this.#next(state, found, results);
    await store.save(found, next);
    this.#state = next;
    publish({ kind: "block", stored: { id: found.id, block: found.block, size: found.bytes.length }, results });
    store.prune(next, this.#retain);
  }

  /** What the application answered while this node did not look, from CometBFT's own records. */
  async #readResults(height: Height): Promise<FinalizeBlockResponse> {
    const results = await this.#deps.reader.results(height);
    this.#deps.store.keepResults(height, results);
    return results;
  }

  #next(state: ChainState, { id, block }: MirroredBlock, results: FinalizeBlockResponse): ChainState {
    try {
      return afterBlock(state, { id, header: block.header }, results);
    } catch (error) {
      throw new Fault("the application's updates are impossible", { height: block.header.height, reason: errorText(error) });
    }
  }

  /** CometBFT has no block of the height that comes next: it was state-synced, or has pruned. The mirror goes on at its lowest. */
  async #leap(): Promise<boolean> {
    const { reader, store, log } = this.#deps;
    const { earliestHeight } = await reader.status();
    const wanted = this.#state === undefined ? NO_HEIGHT : nextHeight(this.#state);
    if (earliestHeight <= wanted || earliestHeight > this.#target) return false;
    log.warn("CometBFT has no blocks between the mirror and its own: older ones are forgotten", { wanted, earliest: earliestHeight });
    store.clear();
    this.#state = this.#kept(await this.#stateBefore(toHeight(earliestHeight)));
    return true;
  }

  /** With the validators and parameters of the first height, which no block before it brings. */
  #kept(state: ChainState): ChainState {
    this.#deps.store.states.save(state);
    return state;
  }

  async #begin(): Promise<ChainState> {
    const { reader, genesis } = this.#deps;
    const { earliestHeight } = await reader.status();
    if (earliestHeight === 0n) throw new EdgeFailure("not-found", "CometBFT has no block yet");
    const base = toHeight(earliestHeight);
    if (base !== genesis.initialHeight) return this.#stateBefore(base);
    const [{ block }, { validators }, consensusParams] = await Promise.all([reader.block(base), reader.validators(base), reader.consensusParams(base)]);
    const changes = validators.map(({ publicKey, power }) => ({ publicKey, power }));
    const response = { validators: changes, consensusParams, appHash: block.header.appHash };
    return genesisState(genesis, response, block.header.appVersion);
  }

  /** The state that block `base` follows from, out of what CometBFT knows of it. */
  async #stateBefore(base: Height): Promise<ChainState> {
    const { reader, genesis } = this.#deps;
    const { block } = await reader.block(base);
    const { header } = block;
    const [validators, nextValidators, params] = await Promise.all([
      reader.validators(base, header.proposer),
      reader.validators(toHeight(base + 1n)),
      reader.consensusParams(base),
    ]);
    return {
      chainId: genesis.chainId,
      initialHeight: genesis.initialHeight,
      lastHeight: toHeight(base - 1n),
      lastBlockId: header.lastBlockId,
      lastTime: header.time,
      validators,
      nextValidators,
      lastValidators: null,
      params,
      appVersion: header.appVersion,
      appHash: header.appHash,
      lastResultsHash: header.lastResultsHash,
    };
  }
}

/** @throws Fault unless this is the block that CometBFT names, of this chain, and the state leads to it. */
function check(state: ChainState, height: Height, { id, block, bytes, commit }: MirroredBlock): void {
  const { header } = block;
  const fail = (what: string): never => {
    throw new Fault(`CometBFT's block does not follow from what this node has: ${what}`, { height });
  };
  if (header.height !== height || header.chainId !== state.chainId) fail("it is of another height or chain");
  try {
    checkBlock(block);
  } catch (error) {
    fail(errorText(error));
  }
  if (!equalBlockIds(blockId(headerHash(header), makePartSet(bytes).header), id)) fail("its hash is not that of its content");
  if (!equalBlockIds(commit.blockId, id)) fail("its commit is of another block");
  if (state.lastHeight > 0n && !equalBlockIds(header.lastBlockId, state.lastBlockId)) fail("it follows another block");
  if (!equalBytes(header.appHash, state.appHash)) fail("it names another application hash");
  if (!equalBytes(header.lastResultsHash, state.lastResultsHash)) fail("it names other results");
  if (!equalBytes(header.validatorsHash, validatorSetHash(state.validators))) fail("it names other validators");
}

