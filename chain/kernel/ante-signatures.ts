import { formatAddress } from "../codec/index.js";
import { sha256, verifySecp256k1 } from "../crypto/index.js";
import { equalBytes } from "../primitives/index.js";
import type { Address } from "../primitives/index.js";
import type { AccountView, TxParams } from "./accounts-port.js";
import type { AnteRun } from "./ante.js";
import { SdkError } from "./errors.js";
import { parseAccountKey } from "./public-keys.js";
import type { AccountKey } from "./public-keys.js";

/** Bytes that a signer info with key and signature would add: simulation must not charge less than delivery will. */
const SIMULATED_SIGNER_BYTES = 79n + 66n;

interface Signer {
  readonly address: Address;
  readonly index: number;
  readonly account: AccountView;
  readonly key: AccountKey | undefined;
  readonly sequence: bigint;
  readonly mode: number | undefined;
}

/** Reads the account and settles its key: the stored one, or the one the transaction brings the first time. */
function resolveSigner(run: AnteRun, address: Address, index: number): Signer {
  const { ctx, tx, options } = run;
  const info = tx.authInfo.signerInfos[index];
  if (info === undefined) {
    throw SdkError.Unauthorized(
      `wrong number of signers; expected ${tx.signers.length}, got ${tx.authInfo.signerInfos.length}`,
    );
  }
  const account = options.accounts.find(ctx, address);
  if (account === undefined)
    throw SdkError.UnknownAddress(`account ${formatAddress(address)} does not exist`);
  const given = info.publicKey === undefined ? undefined : parseAccountKey(info.publicKey);
  if (given !== undefined && !equalBytes(given.address, address)) {
    throw SdkError.InvalidPubKey(
      `pubKey does not match signer address ${formatAddress(address)} with signer index: ${index}`,
    );
  }
  if (account.publicKey === undefined && info.publicKey !== undefined)
    options.accounts.setPublicKey(ctx, address, info.publicKey);
  const key = account.publicKey === undefined ? given : parseAccountKey(account.publicKey);
  return { address, index, account, key, sequence: info.sequence, mode: info.modeInfo?.single?.mode };
}

function chargeGas({ ctx, tx, mode }: AnteRun, params: TxParams, signer: Signer): void {
  if (
    mode === "simulate" &&
    (signer.key === undefined || (tx.raw.signatures[signer.index]?.length ?? 0) < 64)
  ) {
    ctx.gas.consume(params.txSizeCostPerByte * SIMULATED_SIGNER_BYTES, "txSize");
  }
  if (signer.key?.kind === "ed25519") {
    ctx.gas.consume(params.sigVerifyCostEd25519, "ante verify: ed25519");
    throw SdkError.InvalidPubKey("ED25519 public keys are unsupported");
  }
  ctx.gas.consume(params.sigVerifyCostSecp256k1, "ante verify: secp256k1");
}

function checkSequence(signer: Signer): void {
  const expected = signer.account.sequence;
  if (signer.sequence === expected) return;
  throw SdkError.WrongSequence(`account sequence mismatch, expected ${expected}, got ${signer.sequence}`);
}

function verify(run: AnteRun, signer: Signer): void {
  const { ctx, tx, options } = run;
  if (signer.key === undefined) throw SdkError.InvalidPubKey("pubkey on account is not set");
  const { chainId, height } = ctx.block;
  const accountNumber = height === 0n ? 0n : signer.account.number;
  const handler = options.signModes.find((m) => m.mode === signer.mode);
  if (handler === undefined) throw SdkError.NotSupported(`sign mode ${signer.mode ?? "multi"}`);
  const facts = { txHash: tx.hash, chainId, accountNumber, publicKey: signer.key.bytes, index: signer.index };
  if (options.signatures.has(facts)) return;
  const bytes = handler.signBytes(tx, { chainId, accountNumber, sequence: signer.sequence });
  const signature = tx.raw.signatures[signer.index] ?? new Uint8Array(0);
  if (!verifySecp256k1(signer.key.bytes, sha256(bytes), signature)) {
    throw SdkError.Unauthorized(
      `signature verification failed; please verify account number (${accountNumber}), sequence (${signer.sequence}) and chain-id (${chainId})`,
    );
  }
  options.signatures.add(facts);
}

/**
 * Keys, number of signatures, gas, sequence and signature of every signer. Simulation skips the signatures alone.
 *
 * @throws Reject sdk/4, sdk/8, sdk/9, sdk/14, sdk/32 or sdk/37.
 */
export function checkSignatures(run: AnteRun): void {
  const { ctx, tx, mode, options } = run;
  if (tx.authInfo.signerInfos.length !== tx.signers.length) {
    throw SdkError.Unauthorized(
      `wrong number of signer infos; expected ${tx.signers.length}, got ${tx.authInfo.signerInfos.length}`,
    );
  }
  const params = options.accounts.txParams(ctx);
  const signers = tx.signers.map((address, index) => resolveSigner(run, address, index));
  if (BigInt(signers.length) > params.txSigLimit) {
    throw SdkError.TooManySignatures(`signatures: ${signers.length}, limit: ${params.txSigLimit}`);
  }
  for (const signer of signers) chargeGas(run, params, signer);
  for (const signer of signers) {
    checkSequence(signer);
    if (mode === "check" || mode === "deliver") verify(run, signer);
  }
}
