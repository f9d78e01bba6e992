/** Who must sign a transaction, read from the messages themselves. */
import { parseAddress, parseOperatorAddress } from "../../../chain/codec/index.js";
import type { AnyCodec } from "../../../chain/codec/index.js";
import { OPERATOR_PREFIX } from "../../../chain/codec/index.js";
import { toHex } from "../../../chain/primitives/index.js";
import type { Address } from "../../../chain/primitives/index.js";
import { EdgeFailure } from "../../errors.js";
import { TYPES } from "../codecs.js";
import type { LooseTx } from "./tx-json.js";

type Fields = Readonly<Record<string, unknown>>;

function addressOf(text: unknown): Address {
  if (typeof text !== "string") throw new EdgeFailure("malformed", "a message names no signer");
  return text.startsWith(`${OPERATOR_PREFIX}1`) ? parseOperatorAddress(text) : parseAddress(text);
}

/** A signer's field holds an address, or messages that have signers of their own (the inputs of a MsgMultiSend). */
function signersIn(codec: AnyCodec, message: Fields): readonly Address[] {
  const names = codec.options.signers ?? [];
  return names.flatMap((name) => {
    const field = codec.fields.find((f) => f.json === name);
    const held = field === undefined ? undefined : message[field.name];
    const inner = field?.type?.();
    if (inner === undefined) return [addressOf(held)];
    return (Array.isArray(held) ? (held as readonly Fields[]) : [held as Fields]).flatMap((one) => signersIn(inner, one));
  });
}

/** Each once, in the order in which their signatures stand: by message, then the fee's payer. @throws EdgeFailure "malformed". */
export function requiredSigners({ body, authInfo }: LooseTx): readonly Address[] {
  const named = body.messages.flatMap(({ typeUrl, value }) => {
    const codec = TYPES.find(typeUrl);
    if (codec === undefined) throw new EdgeFailure("malformed", `this chain has no message ${typeUrl.slice(0, 100)}`);
    return signersIn(codec, codec.decode(value) as Fields);
  });
  const payer = authInfo.fee?.payer ?? "";
  const all = payer === "" ? named : [...named, parseAddress(payer)];
  const seen = new Map(all.map((address) => [toHex(address), address]));
  return [...seen.values()];
}
