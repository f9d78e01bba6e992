/**
 * Blocks and the application: builds proposals, judges those of others, applies what is decided. The order in `apply` is
 * what makes a crash anywhere harmless: block, FinalizeBlock, its response, Commit, state (handshake.ts picks up).
 */
import type { FinalizeBlockResponse } from "../../chain/abci/index.js";
import {
  BLOCK_PROTOCOL,
  CometError,
  EMPTY_COMMIT,
  MAX_BLOCK_BYTES,
  blockId,
  commitHash,
  consensusParamsHash,
  dataHash,
  decodeBlock,
  encodeBlock,
  encodeEvidence,
  equalBlockIds,
  evidenceHash,
  headerHash,
  makePartSet,
  maxDataBytes,
  medianTime,
  toCommit,
  validatorSetHash,
} from "../../chain/block/index.js";
import type { Block, BlockId, Evidence, ExtendedCommit, PartSet } from "../../chain/block/index.js";
import { Fault, Reject } from "../../chain/primitives/index.js";
import type { Address, TimeNs } from "../../chain/primitives/index.js";
import type { AppConnection } from "../app/index.js";
import { errorText } from "../errors.js";
import { framedBytes } from "../mempool/types.js";
import type { ProposalTxs } from "../mempool/types.js";
import type { Logger } from "../telemetry/log.js";
import type { BlockStore } from "./block-store.js";
import { afterBlock, nextHeight } from "./chain-state.js";
import type { ChainState } from "./chain-state.js";
import type { EvidencePool } from "./evidence-pool.js";
import type { FailPoint } from "./failpoint.js";
import type { Pruner } from "./pruner.js";
import { extendedCommitInfo, finalizeRequest, misbehavior, processRequest } from "./requests.js";
import type { StateStore } from "./state-store.js";
import { checkBlockFollows } from "./validate-block.js";

export interface ExecutorDeps {
  readonly app: AppConnection;
  readonly blocks: BlockStore;
  readonly states: StateStore;
  readonly pool: ProposalTxs;
  readonly evidence: EvidencePool;
  readonly pruner: Pruner;
  readonly log: Logger;
  readonly failPoint: FailPoint;
  /** Our clock. */
  readonly now: () => TimeNs;
  readonly blockTimeToleranceMs: number;
}

export interface BuiltBlock {
  readonly id: BlockId;
  readonly block: Block;
  readonly bytes: Uint8Array;
  readonly parts: PartSet;
}

export interface AppliedBlock {
  readonly id: BlockId;
  readonly block: Block;
  readonly size: number;
  readonly response: FinalizeBlockResponse;
}

export class Executor {
  readonly #deps: ExecutorDeps;
  #state: ChainState;
  /** The block that was decoded last. Nobody writes into the bytes of a block. */
  #decoded: Pick<BuiltBlock, "id" | "bytes" | "block"> | undefined;

  constructor(deps: ExecutorDeps, state: ChainState) {
    this.#deps = deps;
    this.#state = state;
  }

  get state(): ChainState {
    return this.#state;
  }

  /** L18 getValue(). @param lastCommit of the height before; null at the initial height. */
  async build(proposer: Address, lastCommit: ExtendedCommit | null): Promise<BuiltBlock> {
    const state = this.#state;
    const { params, validators } = state;
    if (state.lastValidators !== null && lastCommit === null)
      throw new Fault("no last commit to propose with", { height: nextHeight(state) });
    const commit = lastCommit === null ? EMPTY_COMMIT : toCommit(lastCommit);
    const time = state.lastValidators === null ? state.lastTime : medianTime(commit, state.lastValidators);
    const evidence = this.#deps.evidence.list(state, params.evidence.maxBytes);
    const evidenceBytes = evidence.reduce((sum, e) => sum + encodeEvidence(e).length + 8, 0);
    const room = maxDataBytes(params.block.maxBytes, validators.validators.length, evidenceBytes);
    const { txs } = await this.#deps.app.prepareProposal({
      maxTxBytes: room,
      txs: this.#deps.pool.reap(room, params.block.maxGas),
      localLastCommit: extendedCommitInfo(lastCommit, state.lastValidators),
      misbehavior: misbehavior(evidence),
      height: nextHeight(state),
      time,
      nextValidatorsHash: validatorSetHash(state.nextValidators),
      proposer,
    });
    if (txsBytes(txs) > room) throw new Fault("PrepareProposal returned too many bytes", { room });
    return assemble(state, { txs, evidence, lastCommit: commit }, { time, proposer });
  }

  /** Header checks and ProcessProposal on a block of the next height. Never throws for what a peer sent. */
  async judge(bytes: Uint8Array, id: BlockId): Promise<boolean> {
    try {
      const block = this.#decode(bytes, id);
      this.check(block, bytes.length);
      this.#checkClock(block);
      return (await this.#deps.app.processProposal(processRequest(this.#state, block))) === "accept";
    } catch (error) {
      if (!(error instanceof Reject)) throw error;
      this.#deps.log.warn("proposed block refused", {
        height: nextHeight(this.#state),
        reason: errorText(error),
      });
      return false;
    }
  }

  /** @throws Reject of codespace comet unless the block follows from our state. */
  check(block: Block, size: number): void {
    checkBlockFollows(this.#state, block, size, (e, s) => this.#deps.evidence.check(e, s));
  }

  /** The same for a block whose commit has been verified. @throws Reject of codespace comet. */
  checkDecided(block: Block, size: number): void {
    checkBlockFollows(this.#state, block, size, (e, s) => this.#deps.evidence.checkDecided(e, s));
  }

  /** Stores, executes and commits a decided block. A second time it does nothing and answers null. */
  async apply(id: BlockId, bytes: Uint8Array, commit: ExtendedCommit): Promise<AppliedBlock | null> {
    if (commit.height <= this.#state.lastHeight) return null;
    const { blocks, failPoint } = this.#deps;
    const block = this.#decode(bytes, id);
    if (block.header.height !== nextHeight(this.#state)) throw new Fault("decided a block of another height");
    await blocks.save({ height: block.header.height, id, bytes, commit, time: block.header.time });
    failPoint("apply:block-saved");
    return this.execute(id, block, bytes.length);
  }

  /** As apply, for a block that is stored already. */
  async execute(id: BlockId, block: Block, size: number): Promise<AppliedBlock> {
    const { app, states, pool, failPoint } = this.#deps;
    const { height } = block.header;
    failPoint("apply:before-finalize");
    await pool.lock();
    const response = await app.finalizeBlock(finalizeRequest(block, this.#state.lastValidators));
    checkResponse(block, response);
    failPoint("apply:finalized");
    const next = this.#next(id, block, response);
    await states.saveResults(height, response);
    failPoint("apply:response-saved");
    failPoint("apply:before-commit");
    const { retainHeight } = await app.commit();
    failPoint("apply:committed");
    this.settle(next, block);
    failPoint("apply:state-saved");
    await pool.update(height, block, response);
    this.#deps.pruner.afterBlock(next, retainHeight);
    return { id, block, size, response };
  }

  /** Takes over the state after a block that the application has committed. */
  settle(next: ChainState, block: Block): void {
    this.#deps.states.save(next);
    this.#state = next;
    this.#deps.evidence.afterBlock(next, block.evidence);
  }

  #next(id: BlockId, block: Block, response: FinalizeBlockResponse): ChainState {
    try {
      return afterBlock(this.#state, { id, header: block.header }, response);
    } catch (error) {
      throw new Fault("the application's updates are impossible", {
        height: block.header.height,
        reason: errorText(error),
      });
    }
  }

  /** Once from judging to applying. What was built here is read all the same before it is voted for: nobody else could do without. */
  #decode(bytes: Uint8Array, id: BlockId): Block {
    const last = this.#decoded;
    if (last?.bytes === bytes && equalBlockIds(last.id, id)) return last.block;
    const block = decodeBlock(bytes);
    const actual = blockId(headerHash(block.header), id.parts);
    if (!equalBlockIds(actual, id)) throw CometError.InvalidBlock("the parts hold another block");
    this.#decoded = { id, bytes, block };
    return block;
  }

  #checkClock({ header }: Block): void {
    const limit = this.#deps.now() + BigInt(this.#deps.blockTimeToleranceMs) * 1_000_000n;
    if (header.time > limit) throw CometError.InvalidBlock("time is too far ahead of our clock");
  }
}

interface Content {
  readonly txs: readonly Uint8Array[];
  readonly evidence: readonly Evidence[];
  readonly lastCommit: Block["lastCommit"];
}

function assemble(
  state: ChainState,
  content: Content,
  { time, proposer }: { readonly time: TimeNs; readonly proposer: Address },
): BuiltBlock {
  const block: Block = {
    header: {
      blockVersion: BLOCK_PROTOCOL,
      appVersion: state.appVersion,
      chainId: state.chainId,
      height: nextHeight(state),
      time,
      lastBlockId: state.lastBlockId,
      lastCommitHash: commitHash(content.lastCommit),
      dataHash: dataHash(content.txs),
      validatorsHash: validatorSetHash(state.validators),
      nextValidatorsHash: validatorSetHash(state.nextValidators),
      consensusHash: consensusParamsHash(state.params),
      appHash: state.appHash,
      lastResultsHash: state.lastResultsHash,
      evidenceHash: evidenceHash(content.evidence),
      proposer,
    },
    ...content,
  };
  const bytes = encodeBlock(block);
  if (bytes.length > MAX_BLOCK_BYTES)
    throw new Fault("built a block that is too large", { bytes: bytes.length });
  const parts = makePartSet(bytes);
  return { id: blockId(headerHash(block.header), parts.header), block, bytes, parts };
}

function txsBytes(txs: readonly Uint8Array[]): number {
  return txs.reduce((sum, tx) => sum + framedBytes(tx), 0);
}

function checkResponse(block: Block, response: FinalizeBlockResponse): void {
  if (response.txResults.length !== block.txs.length)
    throw new Fault("FinalizeBlock answered for another number of transactions", {
      height: block.header.height,
    });
}
