import { formatAddress, fromTimestamp } from "../codec/index.js";
import { MAX_UINT64, toBase64 } from "../primitives/index.js";
import type { Uopen } from "../primitives/index.js";
import type { Accounts, Fees } from "./accounts-port.js";
import { formatUopen } from "./coins.js";
import type { Context } from "./context.js";
import { SdkError } from "./errors.js";
import { checkSignatures } from "./ante-signatures.js";
import { event } from "./events.js";
import type { SignModeHandler } from "./sign-modes.js";
import type { SignatureCache } from "./signature-cache.js";
import type { Transaction } from "./transaction.js";

/** Why a transaction runs. Fees are compared with the node's minimum in "check" only. */
export type RunMode = "check" | "recheck" | "simulate" | "deliver";

/** Uopen per unit of gas as a fraction, so that no float is needed. */
export interface GasPrice {
  readonly numerator: bigint;
  readonly denominator: bigint;
}

export interface AnteOptions {
  readonly accounts: Accounts;
  readonly fees: Fees;
  readonly signModes: readonly SignModeHandler[];
  readonly signatures: SignatureCache;
  readonly minGasPrice: GasPrice;
}

export interface AnteRun {
  readonly ctx: Context;
  readonly tx: Transaction;
  readonly mode: RunMode;
  readonly options: AnteOptions;
}

function checkBasics({ ctx, tx, mode }: AnteRun): void {
  if (tx.body.extensionOptions.length > 0) throw SdkError.UnknownExtensionOptions();
  const signatures = tx.raw.signatures.length;
  if (signatures === 0 && mode !== "simulate") throw SdkError.NoSignatures();
  if (mode !== "simulate" && signatures !== tx.signers.length) {
    throw SdkError.Unauthorized(`wrong number of signers; expected ${tx.signers.length}, got ${signatures}`);
  }
  if (tx.body.unordered) throw SdkError.NotSupported("unordered transactions");
  const { timeoutHeight, timeoutTimestamp } = tx.body;
  if (timeoutHeight !== 0n && ctx.block.height > timeoutHeight) {
    throw SdkError.TxTimeoutHeight(`block height: ${ctx.block.height}, timeout height: ${timeoutHeight}`);
  }
  if (timeoutTimestamp !== undefined && ctx.block.time > fromTimestamp(timeoutTimestamp)) {
    throw SdkError.TxTimeout(
      `block time: ${ctx.block.time}, timeout timestamp: ${fromTimestamp(timeoutTimestamp)}`,
    );
  }
}

function chargeSize({ ctx, tx, options }: AnteRun): void {
  const params = options.accounts.txParams(ctx);
  // eslint-disable-next-line @typescript-eslint/no-misused-spread -- the SDK counts code points
  const memo = [...tx.body.memo].length;
  if (BigInt(memo) > params.maxMemoCharacters) {
    throw SdkError.MemoTooLarge(
      `maximum number of characters is ${params.maxMemoCharacters} but received ${memo} characters`,
    );
  }
  ctx.gas.consume(params.txSizeCostPerByte * BigInt(tx.size), "txSize");
}

/** ceil(price * gas), the least fee a node asks for. */
export function requiredFee(price: GasPrice, gas: bigint): bigint {
  return (price.numerator * gas + price.denominator - 1n) / price.denominator;
}

function checkMinimum(fee: Uopen, gasLimit: bigint, price: GasPrice): void {
  const required = requiredFee(price, gasLimit);
  if (fee >= required) return;
  throw SdkError.InsufficientFee(`insufficient fees; got: ${formatUopen(fee)} required: ${required}uopen`);
}

function chargeFee({ ctx, tx, mode, options }: AnteRun): void {
  if (mode !== "simulate" && tx.gasLimit === 0n) throw SdkError.InvalidGasLimit("must provide positive gas");
  if (mode === "check") checkMinimum(tx.fee, tx.gasLimit, options.minGasPrice);
  const payer = formatAddress(tx.feePayer);
  if (options.accounts.find(ctx, tx.feePayer) === undefined) {
    throw SdkError.UnknownAddress(`fee payer address: ${payer} does not exist`);
  }
  if (tx.fee > 0n) options.fees.collect(ctx, tx.feePayer, tx.fee);
  ctx.emit(event("tx", { fee: formatUopen(tx.fee), fee_payer: payer }));
}

function emitSignatures({ ctx, tx, options }: AnteRun): void {
  for (const signer of tx.signers) {
    const sequence = options.accounts.find(ctx, signer)?.sequence ?? MAX_UINT64;
    ctx.emit(event("tx", { acc_seq: `${formatAddress(signer)}/${sequence}` }));
  }
  for (const signature of tx.raw.signatures) ctx.emit(event("tx", { signature: toBase64(signature) }));
}

/**
 * Every check before the messages, in the SDK's order (cosmos-formats.md §7.3). Fee and sequence are written; they stay
 * even if a message fails.
 *
 * @throws Reject with the code of the first check that fails.
 */
export function runAnte(run: AnteRun): void {
  checkBasics(run);
  chargeSize(run);
  chargeFee(run);
  emitSignatures(run);
  checkSignatures(run);
  for (const signer of run.tx.signers) run.options.accounts.incrementSequence(run.ctx, signer);
}
