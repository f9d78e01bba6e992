import { PubKey as Secp256k1PubKey } from "../../proto/gen/cosmos/crypto/secp256k1.js";
import { formatAddress } from "../codec/index.js";
import { EMPTY_BYTES, Reject, equalBytes, parseHex, toBase64 } from "../primitives/index.js";
import type { Address } from "../primitives/index.js";
import type { AccountView, TxParams } from "./accounts-port.js";
import { useUnordered } from "./ante-unordered.js";
import type { AnteRun } from "./ante.js";
import { SdkError } from "./errors.js";
import { event } from "./events.js";
import { SECP256K1_URL, countKeys, parseAccountKey } from "./public-keys.js";
import type { AccountKey } from "./public-keys.js";
import { directMode } from "./sign-modes.js";
import { parseSignatureData, signaturesOf } from "./signature-data.js";
import type { SignatureData } from "./signature-data.js";
import { chargeSignature, checkSignature } from "./verify-signature.js";

interface Signer {
  readonly address: Address;
  readonly index: number;
  readonly account: AccountView;
  /** Of the account, or what the transaction brings the first time. */
  readonly key: AccountKey | undefined;
  /** What the transaction brings. */
  readonly brought: AccountKey | undefined;
  readonly sequence: bigint;
  readonly data: SignatureData;
}

/** What simulation takes a key for that neither account nor transaction has: of the same size, and nobody's. */
const SIMULATED_KEY = {
  typeUrl: SECP256K1_URL,
  value: Secp256k1PubKey.encode({
    key: parseHex("035ad6810a47f073553ff30d2fcc7e0d3b1c0b74b61a1aaa2582344037151e143a"),
  }),
};

interface AnyValue {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

/** In a simulation a key that is missing, malformed or of a kind that cannot sign: ping.pub sends an empty ed25519 one. */
function simulatedKey(any: AnyValue | undefined): AnyValue {
  if (any === undefined) return SIMULATED_KEY;
  try {
    return parseAccountKey(any).kind === "ed25519" ? SIMULATED_KEY : any;
  } catch (error) {
    if (error instanceof Reject) return SIMULATED_KEY;
    throw error;
  }
}

/** Reads the account and settles its key: the stored one, or the one the transaction brings the first time. */
function resolveSigner(run: AnteRun, address: Address, index: number): Signer {
  const { ctx, tx, options, mode } = run;
  const info = tx.authInfo.signerInfos[index];
  if (info === undefined) {
    throw SdkError.Unauthorized(
      `wrong number of signers; expected ${tx.signers.length}, got ${tx.authInfo.signerInfos.length}`,
    );
  }
  const account = options.accounts.find(ctx, address);
  if (account === undefined)
    throw SdkError.UnknownAddress(`account ${formatAddress(address)} does not exist`);
  const brought = mode === "simulate" ? simulatedKey(info.publicKey) : info.publicKey;
  const given = brought === undefined ? undefined : parseAccountKey(brought);
  if (given !== undefined && mode !== "simulate" && !equalBytes(given.address, address)) {
    throw SdkError.InvalidPubKey(
      `pubKey does not match signer address ${formatAddress(address)} with signer index: ${index}`,
    );
  }
  if (account.publicKey === undefined && brought !== undefined)
    options.accounts.setPublicKey(ctx, address, brought);
  const { publicKey: stored } = account;
  const isSame = stored === undefined || (brought !== undefined && stored.typeUrl === brought.typeUrl && equalBytes(stored.value, brought.value));
  const key = isSame ? given : parseAccountKey(stored);
  const data = parseSignatureData(info.modeInfo, tx.raw.signatures[index] ?? EMPTY_BYTES);
  return { address, index, account, key, brought: given, sequence: info.sequence, data };
}

/** Indexers find a transaction by them. An unordered one has no sequence to be found by. */
function emitSignature({ ctx, tx }: AnteRun, signer: Signer): void {
  if (ctx.isSilent === true) return;
  if (!tx.body.unordered)
    ctx.emit(event("tx", { acc_seq: `${formatAddress(signer.address)}/${signer.sequence}` }));
  for (const signature of signaturesOf(signer.data)) ctx.emit(event("tx", { signature: toBase64(signature) }));
}

function checkCount({ txSigLimit: limit }: TxParams, signers: readonly Signer[]): void {
  const count = signers.reduce((sum, { key }) => sum + (key === undefined ? 0 : countKeys(key)), 0);
  if (BigInt(count) > limit) throw SdkError.TooManySignatures(`signatures: ${count}, limit: ${limit}`);
}

function chargeGas({ ctx, mode }: AnteRun, params: TxParams, { key, data }: Signer): void {
  if (key === undefined) throw SdkError.InvalidPubKey("pubkey on account is not set");
  const isShort = mode === "simulate" && data.kind === "single";
  chargeSignature(ctx.gas, params, key, isShort ? "simulated" : data);
}

function checkSequence({ tx }: AnteRun, { account, sequence }: Signer): void {
  if (tx.body.unordered) {
    if (sequence > 0n) throw SdkError.InvalidRequest("sequence is not allowed for unordered transactions");
    return;
  }
  if (sequence === account.sequence) return;
  throw SdkError.WrongSequence(`account sequence mismatch, expected ${account.sequence}, got ${sequence}`);
}

function verify(run: AnteRun, signer: Signer): void {
  const { account, key, index, sequence, data } = signer;
  const { ctx, tx, options } = run;
  if (key === undefined) throw SdkError.InvalidPubKey("pubkey on account is not set");
  const { chainId, height } = ctx.block;
  const accountNumber = height === 0n ? 0n : account.number;
  const facts = { chainId, accountNumber, publicKey: key.bytes, index };
  if (tx.good.has(facts)) return;
  if (isVouchedFor(run, signer, accountNumber)) {
    tx.good.add(facts);
    return;
  }
  const bytesOf = (mode: number): Uint8Array => {
    const handler = options.signModes.find((m) => m.mode === mode);
    if (handler === undefined) throw SdkError.NotSupported(`sign mode ${mode}`);
    return handler.signBytes(tx, { chainId, accountNumber, sequence });
  };
  try {
    checkSignature(key, data, bytesOf);
  } catch (error) {
    if (!(error instanceof Reject)) throw error;
    throw SdkError.Unauthorized(
      `signature verification failed; please verify account number (${accountNumber}), sequence (${account.sequence}) and chain-id (${chainId}): (${error.message})`,
    );
  }
  tx.good.add(facts);
  if (run.mode === "check") options.onVerified?.(facts);
}

/** Another thread vouches for a signature under the key that stands in the transaction: it must be the account's. */
function isVouchedFor({ tx, signedFor }: AnteRun, { key, brought, data }: Signer, accountNumber: bigint): boolean {
  if (signedFor !== accountNumber || key?.kind !== "secp256k1" || tx.signers.length !== 1) return false;
  if (data.kind !== "single" || data.mode !== directMode.mode) return false;
  return brought !== undefined && equalBytes(brought.bytes, key.bytes);
}

/**
 * Keys, events, number of signatures, gas, replay protection and signature of every signer, in that order. Simulation skips the signatures alone.
 *
 * @throws Reject sdk/4, sdk/8, sdk/9, sdk/14, sdk/18, sdk/32.
 */
export function checkSignatures(run: AnteRun): void {
  const { ctx, tx, mode, options } = run;
  if (tx.authInfo.signerInfos.length !== tx.signers.length) {
    throw SdkError.Unauthorized(
      `wrong number of signer infos; expected ${tx.signers.length}, got ${tx.authInfo.signerInfos.length}`,
    );
  }
  const signers = tx.signers.map((address, index) => resolveSigner(run, address, index));
  for (const signer of signers) emitSignature(run, signer);
  const params = options.accounts.txParams(ctx);
  checkCount(params, signers);
  for (const signer of signers) chargeGas(run, params, signer);
  if (tx.body.unordered) useUnordered(run);
  for (const signer of signers) {
    checkSequence(run, signer);
    if (mode === "check" || mode === "deliver") verify(run, signer);
  }
}
