/** Transactions as JSON, in the form in which every Cosmos daemon reads and writes them. */
import { fromJson, toJson } from "../../../chain/codec/index.js";
import type { JsonValue } from "../../../chain/codec/index.js";
import { Reject, toBase64 } from "../../../chain/primitives/index.js";
import { AuthInfo, Tx, TxBody, TxRaw } from "../../../proto/gen/cosmos/tx/v1beta1.js";
import { EdgeFailure } from "../../errors.js";
import { TYPES } from "../codecs.js";

/** A transaction with as many signatures as it has so far. */
export interface LooseTx {
  readonly body: TxBody;
  readonly authInfo: AuthInfo;
  readonly signatures: readonly Uint8Array[];
}

/** {"body", "auth_info", "signatures"}. */
export function txJson({ body, authInfo, signatures }: LooseTx): JsonValue {
  return { body: toJson(TxBody, body, TYPES), auth_info: toJson(AuthInfo, authInfo, TYPES), signatures: signatures.map(toBase64) };
}

/** One line, ending in a line break. */
export function formatTx(tx: LooseTx): string {
  return `${JSON.stringify(txJson(tx))}\n`;
}

function looseTx({ body, authInfo, signatures }: Tx, what: string): LooseTx {
  if (body === undefined || authInfo === undefined) throw new EdgeFailure("malformed", `${what} has no body or no auth_info`);
  return { body, authInfo, signatures };
}

function says(cause: unknown): string {
  return cause instanceof Error ? cause.message : "unknown";
}

/** @throws EdgeFailure "malformed" naming `what` the text is of. */
export function parseTxJson(text: string, what: string): LooseTx {
  try {
    return looseTx(fromJson(Tx, JSON.parse(text), { registry: TYPES }), what);
  } catch (cause) {
    if (cause instanceof EdgeFailure) throw cause;
    throw new EdgeFailure("malformed", `${what} is no transaction in JSON: ${says(cause)}`, {}, cause);
  }
}

export function encodeTx({ body, authInfo, signatures }: LooseTx): Uint8Array {
  return TxRaw.encode({ bodyBytes: TxBody.encode(body), authInfoBytes: AuthInfo.encode(authInfo), signatures });
}

/** @throws EdgeFailure "malformed". */
export function decodeTx(bytes: Uint8Array): LooseTx {
  try {
    const { bodyBytes, authInfoBytes, signatures } = TxRaw.decode(bytes);
    return { body: TxBody.decode(bodyBytes, { unknown: "non-critical" }), authInfo: AuthInfo.decode(authInfoBytes), signatures };
  } catch (cause) {
    if (!(cause instanceof Reject)) throw cause;
    throw new EdgeFailure("malformed", `these bytes are no transaction: ${cause.message}`, {}, cause);
  }
}
