import { AuthInfo, TxBody, TxRaw } from "../../proto/gen/cosmos/tx/v1beta1.js";
import { parseAddress } from "../codec/index.js";
import { sha256 } from "../crypto/index.js";
import { MAX_INT64, keyText, toGas } from "../primitives/index.js";
import type { Address, Gas, Hash32, Uopen } from "../primitives/index.js";
import { parseCoins } from "./coins.js";
import { SdkError } from "./errors.js";
import { GoodSignatures } from "./good-signatures.js";
import type { ParsedMessage } from "./module.js";
import type { Router } from "./router.js";

/** A transaction that decodes strictly and whose messages pass every check that needs no state. */
export interface Transaction {
  readonly hash: Hash32;
  /** Bytes on the wire; the size that gas is charged for. */
  readonly size: number;
  readonly raw: TxRaw;
  readonly body: TxBody;
  readonly authInfo: AuthInfo;
  readonly messages: readonly RoutedMessage[];
  /** Distinct signers in message order, then the fee payer if new. */
  readonly signers: readonly Address[];
  readonly feePayer: Address;
  /** Who promised to pay the fee in the payer's place. */
  readonly feeGranter: Address | undefined;
  readonly fee: Uopen;
  readonly gasLimit: Gas;
  readonly good: GoodSignatures;
}

export interface RoutedMessage {
  readonly typeUrl: string;
  readonly responseTypeUrl: string;
  readonly parsed: ParsedMessage;
}

/** No block carries a larger transaction, whatever its parameters say. */
export const MAX_TX_BYTES = 1 << 20;
/** Bounds the work of one decode. */
const MAX_MESSAGES = 256;

function routeMessages(body: TxBody, router: Router): RoutedMessage[] {
  if (body.messages.length === 0) throw SdkError.InvalidRequest("must contain at least one message");
  if (body.messages.length > MAX_MESSAGES)
    throw SdkError.InvalidRequest(`more than ${MAX_MESSAGES} messages`);
  return body.messages.map(({ typeUrl, value }) => {
    const route = router.message(typeUrl);
    if (route === undefined) throw SdkError.TxDecode(`unable to resolve type URL ${typeUrl.slice(0, 100)}`);
    return { typeUrl, responseTypeUrl: route.responseTypeUrl, parsed: route.parse(value) };
  });
}

function distinct(addresses: readonly Address[]): Address[] {
  const seen = new Set<string>();
  return addresses.filter((address) => {
    const key = keyText(address);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** Before anything is done with the bytes, even hashing. @throws Reject sdk/2, sdk/21. */
export function checkSize(bytes: Uint8Array): void {
  if (bytes.length === 0) throw SdkError.TxDecode("tx bytes are empty");
  if (bytes.length > MAX_TX_BYTES) throw SdkError.TxTooLarge(`more than ${MAX_TX_BYTES} bytes`);
}

/**
 * Bytes to a transaction (cosmos-formats.md §7.1): TxRaw with ascending fields, shortest varints everywhere, unknown
 * fields only in the body and only non-critical ones.
 *
 * @throws Reject sdk/2 on bytes that are not such an encoding, sdk/13 or sdk/18 on a bad fee, and whatever a message's
 * own checks throw.
 */
export function parseTransaction(bytes: Uint8Array, router: Router, hash = sha256(bytes)): Transaction {
  checkSize(bytes);
  const raw = TxRaw.decode(bytes, { ordered: true });
  const body = TxBody.decode(raw.bodyBytes, { unknown: "non-critical" });
  const authInfo = AuthInfo.decode(raw.authInfoBytes);
  const messages = routeMessages(body, router);
  const { fee } = authInfo;
  if (fee === undefined) throw SdkError.InvalidRequest("transaction without a fee");
  if (fee.gasLimit > MAX_INT64)
    throw SdkError.InvalidRequest(`invalid gas supplied; ${fee.gasLimit} > ${MAX_INT64}`);
  if (authInfo.tip !== undefined) throw SdkError.NotSupported("tips");
  const named = messages.flatMap((m) => m.parsed.signers);
  const [first] = named;
  if (first === undefined) throw SdkError.NoSignatures("no message has a signer");
  const feePayer = fee.payer === "" ? first : parseAddress(fee.payer);
  return {
    hash,
    size: bytes.length,
    raw,
    body,
    authInfo,
    messages,
    signers: distinct([...named, feePayer]),
    feePayer,
    feeGranter: fee.granter === "" ? undefined : parseAddress(fee.granter),
    fee: parseCoins(fee.amount, true),
    gasLimit: toGas(fee.gasLimit),
    good: new GoodSignatures(),
  };
}
