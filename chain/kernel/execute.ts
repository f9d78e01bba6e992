import { TxMsgData } from "../../proto/gen/cosmos/base/abci/v1beta1.js";
import type { Any } from "../../proto/gen/google/protobuf.js";
import type { Event } from "../abci/index.js";
import { formatAddress } from "../codec/index.js";
import { EMPTY_BYTES } from "../primitives/index.js";
import type { Gas } from "../primitives/index.js";
import { createGasMeter, createInfiniteGasMeter, createMultiBranch, meterStore } from "../store/index.js";
import type { GasMeter, Store, Stores } from "../store/index.js";
import { runAnte } from "./ante.js";
import type { AnteOptions, RunMode } from "./ante.js";
import { currentParams } from "./consensus-state.js";
import type { BlockInfo, Context, TxContext } from "./context.js";
import { SdkError } from "./errors.js";
import { messageEvents } from "./events.js";
import { failureOf } from "./outcome.js";
import type { Failure } from "./outcome.js";
import type { RoutedMessage, Transaction } from "./transaction.js";

/** What one run of a transaction gives; delivery hashes code, data and both gas figures. */
export interface Execution {
  readonly failure: Failure | undefined;
  readonly data: Uint8Array;
  readonly gasWanted: Gas;
  readonly gasUsed: Gas;
  readonly events: readonly Event[];
}

export interface ExecuteOptions {
  readonly ante: AnteOptions;
  readonly block: BlockInfo;
  /** The block's branch, or CheckTx's: ante's writes and those of successful messages are flushed into it. */
  readonly stores: Stores;
  readonly mode: RunMode;
  /** See CheckTxRequest. */
  readonly signedFor?: bigint | undefined;
  /** Nobody reads the events of ante. */
  readonly withoutEvents?: boolean | undefined;
}

/** `events`: where they are kept, or undefined where nobody hears them. */
function contextOver(stores: Stores, block: BlockInfo, gas: GasMeter, events: Event[] | undefined): Context {
  const metered = new Map<string, Store>();
  return {
    block,
    gas,
    store(name) {
      let store = metered.get(name);
      if (store === undefined) {
        store = meterStore(stores.store(name), gas);
        metered.set(name, store);
      }
      return store;
    },
    emit: (event) => void events?.push(event),
    isSilent: events === undefined,
  };
}

type Messages = { readonly data: Uint8Array; readonly events: Event[] } | Failure;

/** All messages on one branch: the first failure drops what all of them wrote. */
function runMessages(tx: Transaction, options: ExecuteOptions, gas: GasMeter): Messages {
  const branch = createMultiBranch(options.stores);
  const events: Event[] = [];
  const msgResponses: Any[] = [];
  let index = -1;
  for (const message of tx.messages) {
    index++;
    const own: Event[] = [];
    const base = contextOver(branch, options.block, gas, own);
    const ctx: TxContext = { ...base, txHash: tx.hash, messageIndex: index, signers: tx.signers };
    try {
      msgResponses.push({ typeUrl: message.responseTypeUrl, value: message.parsed.handle(ctx) });
    } catch (error) {
      return messageFailure(error, index);
    }
    events.push(...messageEvents({ typeUrl: message.typeUrl, sender: senderOf(message), index }, own));
  }
  branch.flush();
  return { data: TxMsgData.encode({ data: [], msgResponses }), events };
}

function senderOf(message: RoutedMessage): string {
  const [first] = message.parsed.signers;
  return first === undefined ? "" : formatAddress(first);
}

function failed(failure: Failure, tx: Transaction, gas: GasMeter, events: readonly Event[]): Execution {
  const gasUsed = failure.isPanic ? tx.gasLimit : gas.consumed;
  return { failure, data: EMPTY_BYTES, gasWanted: tx.gasLimit, gasUsed, events };
}

/** Which message failed goes before the text (the SDK's wording, which clients parse). */
function messageFailure(error: unknown, index: number): Failure {
  const failure = failureOf(error);
  return { ...failure, log: `failed to execute message; message index: ${index}: ${failure.log}` };
}

/**
 * No block could hold it, so no mempool may: it would stand before all that pay less (the SDK's SetUpContext). Zero is no limit here.
 *
 * @throws Reject sdk/41.
 */
function checkBlockGas({ gasLimit }: Transaction, stores: Stores): void {
  const { maxGas } = currentParams(stores).block;
  if (maxGas > 0n && gasLimit > maxGas)
    throw SdkError.InvalidGasLimit(`tx gas limit ${gasLimit} exceeds block max gas ${maxGas}`);
}

/**
 * Runs one transaction: ante on its own branch, then the messages as a group on theirs. CheckTx stops after ante.
 * Total for every transaction.
 *
 * @throws Fault only.
 */
export function executeTransaction(tx: Transaction, options: ExecuteOptions): Execution {
  const { mode, block, stores } = options;
  const gas = mode === "simulate" ? createInfiniteGasMeter() : createGasMeter(tx.gasLimit);
  const anteEvents: Event[] = [];
  const anteBranch = createMultiBranch(stores);
  try {
    checkBlockGas(tx, stores);
    const heard = options.withoutEvents === true ? undefined : anteEvents;
    runAnte({ ctx: contextOver(anteBranch, block, gas, heard), tx, mode, options: options.ante, signedFor: options.signedFor });
  } catch (error) {
    return failed(failureOf(error), tx, gas, []);
  }
  anteBranch.flush();
  if (mode === "check" || mode === "recheck") {
    return {
      failure: undefined,
      data: EMPTY_BYTES,
      gasWanted: tx.gasLimit,
      gasUsed: gas.consumed,
      events: anteEvents,
    };
  }
  const ran = runMessages(tx, options, gas);
  if ("code" in ran) return failed(ran, tx, gas, anteEvents);
  const events = [...anteEvents, ...ran.events];
  return { failure: undefined, data: ran.data, gasWanted: tx.gasLimit, gasUsed: gas.consumed, events };
}
