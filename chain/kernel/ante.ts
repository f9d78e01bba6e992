import { formatAddress, formatRfc3339Nano, fromTimestamp } from "../codec/index.js";
import { Reject, equalBytes, utf8 } from "../primitives/index.js";
import type { Address, Uopen } from "../primitives/index.js";
import type { Accounts, FeeGrants, Fees } from "./accounts-port.js";
import { formatUopen } from "./coins.js";
import type { Context } from "./context.js";
import { SdkError } from "./errors.js";
import { checkSignatures } from "./ante-signatures.js";
import { event } from "./events.js";
import { SIMULATED_FEE_GAS, missingBytes } from "./simulated-cost.js";
import type { SignModeHandler } from "./sign-modes.js";
import type { SignatureFacts } from "./good-signatures.js";
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
  /** Without it nobody pays for others. */
  readonly feeGrants?: FeeGrants | undefined;
  readonly signModes: readonly SignModeHandler[];
  /** Hears of each signature that CheckTx itself found good: whose it is, for whoever checks the next ones ahead. */
  readonly onVerified?: ((facts: SignatureFacts) => void) | undefined;
  readonly minGasPrice: GasPrice;
}

export interface AnteRun {
  readonly ctx: Context;
  readonly tx: Transaction;
  readonly mode: RunMode;
  readonly options: AnteOptions;
  /** See CheckTxRequest. */
  readonly signedFor?: bigint | undefined;
}

/** sdk/11: not a refusal of whoever was asked, and its text is what wallets parse. */
const OUT_OF_GAS = 11;

function checkBasics({ ctx, tx, mode }: AnteRun): void {
  if (tx.body.extensionOptions.length > 0) throw SdkError.UnknownExtensionOptions();
  const signatures = tx.raw.signatures.length;
  if (signatures === 0 && mode !== "simulate") throw SdkError.NoSignatures();
  if (mode !== "simulate" && signatures !== tx.signers.length) {
    throw SdkError.Unauthorized(`wrong number of signers; expected ${tx.signers.length}, got ${signatures}`);
  }
  const { timeoutHeight, timeoutTimestamp } = tx.body;
  if (timeoutHeight !== 0n && ctx.block.height > timeoutHeight) {
    throw SdkError.TxTimeoutHeight(`block height: ${ctx.block.height}, timeout height: ${timeoutHeight}`);
  }
  // The first second of 1970 is no timeout, in any mode (the SDK's rule: Go clients write a zero time so).
  if (timeoutTimestamp === undefined || timeoutTimestamp.seconds === 0n) return;
  const timeout = fromTimestamp(timeoutTimestamp);
  if (ctx.block.time > timeout) {
    throw SdkError.TxTimeout(
      `block time: ${formatRfc3339Nano(ctx.block.time)}, timeout timestamp: ${formatRfc3339Nano(timeout)}`,
    );
  }
}

function chargeSize({ ctx, tx, mode, options }: AnteRun): void {
  const params = options.accounts.txParams(ctx);
  const memo = tx.body.memo === "" ? 0 : utf8(tx.body.memo).length;
  if (BigInt(memo) > params.maxMemoCharacters) {
    throw SdkError.MemoTooLarge(
      `maximum number of characters is ${params.maxMemoCharacters} but received ${memo} characters`,
    );
  }
  const missing = mode === "simulate" ? missingBytes(tx) : 0n;
  ctx.gas.consume(params.txSizeCostPerByte * (BigInt(tx.size) + missing), "txSize");
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

/** Who is charged: the payer, or who granted it. @throws Reject sdk/18 where nothing can be granted; feegrant's otherwise. */
function chargedFor({ ctx, tx, options }: AnteRun): Address {
  const { feeGranter: granter, feePayer: grantee, fee } = tx;
  if (granter === undefined) return grantee;
  if (options.feeGrants === undefined) throw SdkError.InvalidRequest("fee grants are not enabled");
  if (equalBytes(granter, grantee)) return granter;
  try {
    options.feeGrants.use(ctx, { granter, grantee, fee, messages: tx.messages.map((m) => m.typeUrl) });
  } catch (error) {
    if (!(error instanceof Reject) || (error.codespace === "sdk" && error.code === OUT_OF_GAS)) throw error;
    const who = `${formatAddress(granter)} does not allow to pay fees for ${formatAddress(grantee)}`;
    throw new Reject(error.codespace, error.code, `${who}: ${error.message}`, error.facts);
  }
  return granter;
}

function chargeFee(run: AnteRun): void {
  const { ctx, tx, mode, options } = run;
  if (mode !== "simulate" && tx.gasLimit === 0n) throw SdkError.InvalidGasLimit("must provide positive gas");
  if (mode === "check") checkMinimum(tx.fee, tx.gasLimit, options.minGasPrice);
  const from = chargedFor(run);
  if (options.accounts.find(ctx, from) === undefined) {
    throw SdkError.UnknownAddress(`fee payer address: ${formatAddress(from)} does not exist`);
  }
  if (tx.fee > 0n) options.fees.collect(ctx, from, tx.fee);
  else if (mode === "simulate") ctx.gas.consume(SIMULATED_FEE_GAS, "simulated fee");
  if (ctx.isSilent !== true) ctx.emit(event("tx", { fee: formatUopen(tx.fee), fee_payer: formatAddress(from) }));
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
  checkSignatures(run);
  if (run.tx.body.unordered) return;
  for (const signer of run.tx.signers) run.options.accounts.incrementSequence(run.ctx, signer);
}
