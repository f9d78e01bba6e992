/** Genesis transactions: how a validator signs that it takes part in a chain that does not exist yet. */
import { secp256k1 } from "@noble/curves/secp256k1.js";
import {
  createTypeRegistry,
  formatAddress,
  formatOperatorAddress,
  fromJson,
  parseOperatorAddress,
  toJson,
} from "../../chain/codec/index.js";
import type { AnyCodec, TypeRegistry } from "../../chain/codec/index.js";
import { secp256k1Address, sha256, verifySecp256k1 } from "../../chain/crypto/index.js";
import { ED25519_URL, SECP256K1_URL, parseCoins } from "../../chain/kernel/index.js";
import { UOPEN, equalBytes, parseBase64, toBase64 } from "../../chain/primitives/index.js";
import type { Address, Uopen } from "../../chain/primitives/index.js";
import { TOKENS_PER_POWER } from "../../modules/staking/index.js";
import { PubKey as Ed25519PubKey } from "../../proto/gen/cosmos/crypto/ed25519.js";
import { PubKey as Secp256k1PubKey } from "../../proto/gen/cosmos/crypto/secp256k1.js";
import { MsgCreateValidator } from "../../proto/gen/cosmos/staking/v1beta1.js";
import type { CommissionRates, Description } from "../../proto/gen/cosmos/staking/v1beta1.js";
import { AuthInfo, SignDoc, TxBody } from "../../proto/gen/cosmos/tx/v1beta1.js";
import { EdgeFailure } from "../errors.js";

/** What a validator says of itself and puts at stake. */
export interface Gentx {
  readonly operator: Address;
  /** ed25519, 32 bytes. */
  readonly consensusKey: Uint8Array;
  readonly amount: Uopen;
  readonly description: Description;
  /** Scaled by 10^18, as on the wire. */
  readonly commission: CommissionRates;
  readonly minSelfDelegation: bigint;
  /** Where its node is reached: a multiaddress with its peer id. */
  readonly memo: string;
}

const SIGN_MODE_DIRECT = 1;
const URL = `/${MsgCreateValidator.typeName}`;
const REGISTRY: TypeRegistry = createTypeRegistry([MsgCreateValidator, Ed25519PubKey, Secp256k1PubKey] as readonly AnyCodec[]);
const ONE = 10n ** 18n;
/** x/staking's bounds on a description, in bytes. */
const BOUNDS: Readonly<Record<keyof Description, number>> = { moniker: 70, identity: 3_000, website: 140, securityContact: 140, details: 280 };
/** What simd writes; genesis transactions pay nothing. */
const GAS_LIMIT = 200_000n;

function bad(why: string): EdgeFailure {
  return new EdgeFailure("config", why);
}

/** The rules of x/staking that need no state. @throws EdgeFailure "config" naming what is wrong. */
export function checkGentx({ amount, description, commission, minSelfDelegation }: Gentx): void {
  if (amount < TOKENS_PER_POWER) throw bad(`a validator stakes at least ${TOKENS_PER_POWER}uopen, not ${amount}uopen`);
  if (minSelfDelegation < 1n) throw bad("min-self-delegation must be a positive integer");
  if (minSelfDelegation > amount) throw bad("min-self-delegation cannot be more than the amount");
  if (description.moniker.trim() === "") throw bad("a validator needs a moniker");
  const [rate, max, change] = [BigInt(commission.rate), BigInt(commission.maxRate), BigInt(commission.maxChangeRate)];
  if (rate < 0n || max > ONE) throw bad("commission rates are from 0 to 1");
  if (rate > max) throw bad("commission-rate cannot be more than commission-max-rate");
  if (change < 0n || change > max) throw bad("commission-max-change-rate cannot be more than commission-max-rate");
  for (const [name, bound] of Object.entries(BOUNDS)) {
    if (Buffer.byteLength(description[name as keyof Description]) > bound) throw bad(`${name} has more than ${bound} bytes`);
  }
}

function bodyOf(gentx: Gentx): TxBody {
  const message = MsgCreateValidator.create({
    description: gentx.description,
    commission: gentx.commission,
    minSelfDelegation: gentx.minSelfDelegation.toString(),
    delegatorAddress: formatAddress(gentx.operator),
    validatorAddress: formatOperatorAddress(gentx.operator),
    pubkey: { typeUrl: ED25519_URL, value: Ed25519PubKey.encode({ key: gentx.consensusKey }) },
    value: { denom: UOPEN, amount: gentx.amount.toString() },
  });
  return TxBody.create({ messages: [{ typeUrl: URL, value: MsgCreateValidator.encode(message) }], memo: gentx.memo });
}

/** Nothing has an account number or a sequence before genesis, so both are zero, as in the SDK. */
function signBytes(body: TxBody, authInfo: AuthInfo, chainId: string): Uint8Array {
  const doc = { bodyBytes: TxBody.encode(body), authInfoBytes: AuthInfo.encode(authInfo), chainId, accountNumber: 0n };
  return sha256(SignDoc.encode(doc));
}

/** The signed transaction as JSON, as `simd genesis gentx` writes it. @throws EdgeFailure "config" as checkGentx. */
export function formatGentx(gentx: Gentx, chainId: string, secret: Uint8Array): string {
  checkGentx(gentx);
  const publicKey = { typeUrl: SECP256K1_URL, value: Secp256k1PubKey.encode({ key: secp256k1.getPublicKey(secret, true) }) };
  const body = bodyOf(gentx);
  const authInfo = AuthInfo.create({
    signerInfos: [{ publicKey, modeInfo: { single: { mode: SIGN_MODE_DIRECT }, multi: undefined }, sequence: 0n }],
    fee: { amount: [], gasLimit: GAS_LIMIT, payer: "", granter: "" },
  });
  const signature = secp256k1.sign(signBytes(body, authInfo, chainId), secret, { prehash: false, lowS: true });
  return `${JSON.stringify({
    body: toJson(TxBody, body, REGISTRY),
    auth_info: toJson(AuthInfo, authInfo, REGISTRY),
    signatures: [toBase64(signature)],
  })}\n`;
}

interface SignedParts {
  readonly body: TxBody;
  readonly authInfo: AuthInfo;
  readonly signature: Uint8Array;
}

function partsOf(text: string): SignedParts {
  const json = JSON.parse(text) as Readonly<Record<string, unknown>>;
  const [signature, ...more] = (json["signatures"] ?? []) as readonly unknown[];
  if (typeof signature !== "string" || more.length > 0) throw bad("it has not one signature");
  return {
    body: fromJson(TxBody, json["body"], { registry: REGISTRY }),
    authInfo: fromJson(AuthInfo, json["auth_info"], { registry: REGISTRY }),
    signature: parseBase64(signature),
  };
}

function messageOf({ messages: [message, ...more] }: TxBody): MsgCreateValidator {
  if (message?.typeUrl !== URL || more.length > 0) throw bad("it has not one MsgCreateValidator");
  return MsgCreateValidator.decode(message.value);
}

function checkSignature({ body, authInfo, signature }: SignedParts, operator: Address, chainId: string): void {
  const [signer, ...more] = authInfo.signerInfos;
  if (signer?.publicKey?.typeUrl !== SECP256K1_URL || more.length > 0) throw bad("it is not signed by one secp256k1 key");
  if (signer.modeInfo?.single?.mode !== SIGN_MODE_DIRECT || signer.sequence !== 0n) throw bad("it is not signed directly, with sequence 0");
  const { key } = Secp256k1PubKey.decode(signer.publicKey.value);
  if (!equalBytes(secp256k1Address(key), operator)) throw bad("it is not signed by its validator's operator");
  if (!verifySecp256k1(key, signBytes(body, authInfo, chainId), signature)) {
    throw bad(`its signature is wrong; was it made for another chain than ${chainId}, or changed?`);
  }
}

/** A genesis transaction of whoever sent it. @throws EdgeFailure "config", or Reject from decoding, saying what is wrong. */
export function parseGentx(text: string, chainId: string): Gentx {
  const parts = partsOf(text);
  const message = messageOf(parts.body);
  const operator = parseOperatorAddress(message.validatorAddress);
  checkSignature(parts, operator, chainId);
  if (message.delegatorAddress !== "" && message.delegatorAddress !== formatAddress(operator)) {
    throw bad("its delegator is not its operator");
  }
  if (message.pubkey?.typeUrl !== ED25519_URL) throw bad("its consensus key is not ed25519");
  const { key } = Ed25519PubKey.decode(message.pubkey.value);
  if (key.length !== 32) throw bad("its consensus key has not 32 bytes");
  const gentx: Gentx = {
    operator,
    consensusKey: key,
    amount: parseCoins([message.value]),
    description: message.description,
    commission: message.commission,
    minSelfDelegation: BigInt(message.minSelfDelegation),
    memo: parts.body.memo,
  };
  checkGentx(gentx);
  return gentx;
}
