import type {
  Event,
  ExecTxResult,
  FinalizeBlockRequest,
  FinalizeBlockResponse,
  ValidatorUpdate,
} from "../abci/index.js";
import { encodeConsensusParams } from "../block/index.js";
import type { ConsensusParams } from "../block/index.js";
import { EMPTY_BYTES, Fault, Reject, equalBytes, toGas } from "../primitives/index.js";
import { createMultiBranch } from "../store/index.js";
import type { AnteOptions } from "./ante.js";
import type { AttestHooks } from "./attest-port.js";
import { checkNextHeight, currentParams, isTx0Due, lastBlock, recordBlock } from "./consensus-state.js";
import { blockContext } from "./context-factory.js";
import type { BlockInfo, Context } from "./context.js";
import { withAttribute } from "./events.js";
import { executeTransaction } from "./execute.js";
import type { Execution } from "./execute.js";
import type { Module } from "./module.js";
import { failureOf } from "./outcome.js";
import type { Router } from "./router.js";
import type { StateStore } from "./state-port.js";
import type { TransactionCache } from "./transaction-cache.js";
import { mergeValidatorUpdates } from "./validator-updates.js";

export interface BlockOptions {
  readonly modules: readonly Module[];
  readonly router: Router;
  readonly transactions: TransactionCache;
  readonly attest: AttestHooks;
  readonly ante: AnteOptions;
}

const NO_RESULT: ExecTxResult = {
  code: 0,
  data: EMPTY_BYTES,
  log: "",
  info: "",
  gasWanted: toGas(0n),
  gasUsed: toGas(0n),
  events: [],
  codespace: "",
};

export function toResult({ failure, data, gasWanted, gasUsed, events }: Execution): ExecTxResult {
  const { code = 0, log = "", codespace = "" } = failure ?? {};
  return { code, data, log, info: "", gasWanted, gasUsed, events, codespace };
}

/** A hook of a block has nobody to reject: a Reject there is our bug. */
function unrejected<T>(where: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof Reject) throw new Fault("a block hook rejected", { where, reason: error.message });
    throw error;
  }
}

/** Begin or end of block: events with their phase. */
function phase<T>(mode: string, ctx: Context, run: (inner: Context) => T): T {
  const inner: Context = { ...ctx, emit: (event) => ctx.emit(withAttribute(event, "mode", mode)) };
  return unrejected(mode, () => run(inner));
}

/** Before everything else of a block, so that what must not run on an old program does not. */
function preBlock(ctx: Context, modules: readonly Module[]): void {
  phase("PreBlock", ctx, (inner) => {
    for (const module of modules) module.preBlock?.(inner);
  });
}

interface Begin {
  readonly request: FinalizeBlockRequest;
  readonly tx0: Uint8Array | undefined;
  /** The state before this block. */
  readonly appHash: Uint8Array;
}

function beginBlock(ctx: Context, options: BlockOptions, { request, tx0, appHash }: Begin): void {
  phase("BeginBlock", ctx, (inner) => {
    const { height, decidedLastCommit: lastCommit, misbehavior, nextValidatorsHash } = request;
    if (tx0 !== undefined) options.attest.finalize(inner, { height, tx: tx0, decidedLastCommit: lastCommit });
    const begin = { ...inner, lastCommit, misbehavior, nextValidatorsHash, appHash };
    for (const module of options.modules) module.beginBlock?.(begin);
  });
}

function endBlock(ctx: Context, options: BlockOptions): ValidatorUpdate[] {
  return phase("EndBlock", ctx, (inner) => {
    const updates = mergeValidatorUpdates(options.modules.map((m) => m.endBlock?.(inner) ?? []));
    options.attest.finish(inner);
    return updates;
  });
}

/** What the engine has to change, from the next height on; null when nothing did. */
function paramUpdates(before: ConsensusParams, after: ConsensusParams): ConsensusParams | null {
  return equalBytes(encodeConsensusParams(before), encodeConsensusParams(after)) ? null : after;
}

function deliver(
  bytes: Uint8Array,
  run: { readonly options: BlockOptions; readonly ctx: Context },
): ExecTxResult {
  const { options, ctx } = run;
  try {
    const tx = options.transactions.parse(bytes);
    return toResult(
      executeTransaction(tx, { ante: options.ante, block: ctx.block, stores: ctx, mode: "deliver" }),
    );
  } catch (error) {
    const { code, codespace, log } = failureOf(error);
    return { ...NO_RESULT, code, codespace, log };
  }
}

/**
 * Runs a decided block on a branch of the working version and flushes it. Order: preBlock, transaction 0, beginBlock, the other
 * transactions, endBlock, the end of attestation's phases.
 *
 * @throws Fault only.
 */
export function runBlock(
  request: FinalizeBlockRequest,
  options: BlockOptions,
  state: StateStore,
): FinalizeBlockResponse {
  checkNextHeight(state, request.height);
  const branch = createMultiBranch(state);
  const { height, time, proposer, hash } = request;
  const block: BlockInfo = { chainId: lastBlock(state).chainId, height, time, proposer, hash };
  const events: Event[] = [];
  const ctx = blockContext(branch, block, events);
  const params = currentParams(state);
  const isDue = isTx0Due(params, height);
  const [tx0] = isDue ? request.txs : [];
  preBlock(ctx, options.modules);
  beginBlock(ctx, options, { request, tx0, appHash: state.last.appHash });
  const txResults = request.txs.map((tx, i) =>
    isDue && i === 0 ? NO_RESULT : deliver(tx, { options, ctx }),
  );
  const validatorUpdates = endBlock(ctx, options);
  recordBlock(branch, block);
  const consensusParamUpdates = paramUpdates(params, currentParams(branch));
  branch.flush();
  return { events, txResults, validatorUpdates, consensusParamUpdates, appHash: state.workingHash() };
}
