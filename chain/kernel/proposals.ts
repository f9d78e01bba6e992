import type { PrepareProposalRequest, ProcessProposalRequest, Verdict } from "../abci/index.js";
import { Fault } from "../primitives/index.js";
import { createScratchStores } from "../store/index.js";
import type { ReadStores } from "../store/index.js";
import { currentParams, isTx0Due, lastBlock } from "./consensus-state.js";
import type { BlockInfo, ReadContext } from "./context.js";
import type { BlockOptions } from "./finalize.js";
import { failureOf } from "./outcome.js";
import { Selection } from "./selection.js";
import type { Transaction } from "./transaction.js";

/** Bytes that a transaction takes in tendermint.types.Data: tag, length, content. */
export function bytesInBlock(tx: Uint8Array): number {
  let prefix = 2;
  for (let rest = tx.length; rest > 127; rest >>>= 7) prefix++;
  return prefix + tx.length;
}

function readContext(
  stores: ReadStores,
  at: { readonly height: BlockInfo["height"]; readonly time: BlockInfo["time"] },
): ReadContext {
  return { store: (name) => stores.store(name), block: { ...lastBlock(stores), ...at } };
}

function parseOrSkip(bytes: Uint8Array, options: BlockOptions): Transaction | undefined {
  try {
    const tx = options.transactions.parse(bytes);
    options.transactions.keep(tx);
    return tx;
  } catch (error) {
    failureOf(error);
    return undefined;
  }
}

/** The block's gas limit; undefined when there is none. */
function gasLimitOf(stores: ReadStores): bigint | undefined {
  const { maxGas } = currentParams(stores).block;
  return maxGas < 0n ? undefined : maxGas;
}

export interface ProposalState {
  /** The last version. */
  readonly committed: ReadStores;
  /** Whether CheckTx has passed this transaction on that version, for this height. */
  readonly hasPassed: (tx: Transaction, height: BlockInfo["height"]) => boolean;
}

/**
 * A proposal from the mempool's order: transaction 0 when it is due, then those transactions that pass the ante checks
 * one after the other, while bytes and gas last. Leaves nothing behind.
 */
export function prepareProposal(
  request: PrepareProposalRequest,
  options: BlockOptions,
  { committed, hasPassed }: ProposalState,
): Uint8Array[] {
  const { height, time, localLastCommit, maxTxBytes } = request;
  const ctx = readContext(committed, { height, time });
  const txs: Uint8Array[] = [];
  let room = maxTxBytes;
  if (isTx0Due(currentParams(committed), height)) {
    const tx0 = options.attest.prepare(ctx, { height, localLastCommit, maxBytes: Math.max(0, room - 11) });
    if (tx0 === undefined || bytesInBlock(tx0) > room) return [];
    txs.push(tx0);
    room -= bytesInBlock(tx0);
  }
  let gas = gasLimitOf(committed);
  const selection = new Selection({
    ante: options.ante,
    block: ctx.block,
    stores: createScratchStores(committed),
    hasPassed: (tx) => hasPassed(tx, height),
  });
  for (const bytes of request.txs) {
    const tx = bytesInBlock(bytes) > room ? undefined : parseOrSkip(bytes, options);
    if (tx === undefined || (gas !== undefined && tx.gasLimit > gas)) continue;
    if (!selection.accepts(tx)) continue;
    txs.push(bytes);
    room -= bytesInBlock(bytes);
    if (gas !== undefined) gas -= tx.gasLimit;
  }
  return txs;
}

/** Transactions that fail their checks are not a reason to reject (they pay or fail in delivery); undecodable ones are. */
function judge(request: ProcessProposalRequest, options: BlockOptions, committed: ReadStores): Verdict {
  const { height, time, proposedLastCommit } = request;
  const isDue = isTx0Due(currentParams(committed), height);
  const [tx0] = request.txs;
  if (isDue) {
    const ctx = readContext(committed, { height, time });
    if (tx0 === undefined || !options.attest.process(ctx, { height, tx: tx0, proposedLastCommit }))
      return "reject";
  }
  const limit = gasLimitOf(committed);
  let gas = 0n;
  for (const bytes of isDue ? request.txs.slice(1) : request.txs) {
    const tx = parseOrSkip(bytes, options);
    if (tx === undefined) return "reject";
    gas += tx.gasLimit;
  }
  return limit !== undefined && gas > limit ? "reject" : "accept";
}

/** A pure function of the committed state and the block; total. @throws Fault only. */
export function processProposal(
  request: ProcessProposalRequest,
  options: BlockOptions,
  committed: ReadStores,
): Verdict {
  try {
    return judge(request, options, committed);
  } catch (error) {
    if (error instanceof Fault) throw error;
    return "reject";
  }
}
