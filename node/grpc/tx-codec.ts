/** Transactions between their bytes and their JSON-able form: TxDecode and TxEncode of cosmos.tx.v1beta1.Service. */
import { Reject } from "../../chain/primitives/index.js";
import * as pb from "../../proto/gen/cosmos/tx/v1beta1.js";
import { StatusError, route } from "./service.js";
import type { Route } from "./service.js";

const PATH = "/cosmos.tx.v1beta1.Service";

/**
 * The parts of a transaction as they stand in its bytes. Strict, as the ante handler is: what could not be sent does not
 * decode here either.
 */
function decode({ txBytes }: pb.TxDecodeRequest): pb.TxDecodeResponse {
  if (txBytes.length === 0) throw new StatusError("InvalidArgument", "invalid empty tx bytes");
  try {
    const raw = pb.TxRaw.decode(txBytes);
    const options = { unknown: "non-critical" } as const;
    const body = pb.TxBody.decode(raw.bodyBytes, options);
    const authInfo = pb.AuthInfo.decode(raw.authInfoBytes, options);
    return { tx: { body, authInfo, signatures: raw.signatures } };
  } catch (error) {
    if (error instanceof Reject) throw new StatusError("InvalidArgument", error.message);
    throw error;
  }
}

function encode({ tx }: pb.TxEncodeRequest): pb.TxEncodeResponse {
  if (tx === undefined) throw new StatusError("InvalidArgument", "invalid empty tx");
  const bodyBytes = pb.TxBody.encode(tx.body ?? pb.TxBody.create());
  const authInfoBytes = pb.AuthInfo.encode(tx.authInfo ?? pb.AuthInfo.create());
  return { txBytes: pb.TxRaw.encode({ bodyBytes, authInfoBytes, signatures: tx.signatures }) };
}

/** The binary form of amino that chains had before protobuf: no client of this chain can have made or want it (ADR 0137). */
function noAminoBinary(): never {
  throw new StatusError("Unimplemented", "transactions in amino's binary form are not supported; TxEncode and TxDecode have protobuf's");
}

export function txCodecRoutes(): readonly Route[] {
  return [
    route(`${PATH}/TxDecode`, { request: pb.TxDecodeRequest, response: pb.TxDecodeResponse }, decode),
    route(`${PATH}/TxEncode`, { request: pb.TxEncodeRequest, response: pb.TxEncodeResponse }, encode),
    route(`${PATH}/TxEncodeAmino`, { request: pb.TxEncodeAminoRequest, response: pb.TxEncodeAminoResponse }, noAminoBinary),
    route(`${PATH}/TxDecodeAmino`, { request: pb.TxDecodeAminoRequest, response: pb.TxDecodeAminoResponse }, noAminoBinary),
  ];
}
