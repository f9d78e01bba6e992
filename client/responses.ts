import type { DeliverTxResponse } from "@cosmjs/stargate";
import type { Codec } from "../chain/codec/index.js";

/** A transaction was included and failed, or never got in. */
export class TxFailed extends Error {
  override readonly name = "TxFailed";
  readonly code: number;
  readonly hash: string;

  constructor(code: number, hash: string, log: string) {
    super(log);
    this.code = code;
    this.hash = hash;
  }
}

/** @throws TxFailed unless the transaction succeeded. */
export function checkDelivered(result: DeliverTxResponse): DeliverTxResponse {
  // CosmJS calls the log of a failed transaction deprecated, but nothing else carries the reason.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  if (result.code !== 0) throw new TxFailed(result.code, result.transactionHash, result.rawLog ?? `code ${result.code}`);
  return result;
}

/** The response of message `index` of a delivered transaction. @throws TxFailed if it failed or answered another type. */
export function responseOf<T>(result: DeliverTxResponse, codec: Codec<T>, index = 0): T {
  const { code, transactionHash } = checkDelivered(result);
  const any = result.msgResponses[index];
  if (any === undefined || any.typeUrl !== `/${codec.typeName}`) {
    throw new TxFailed(code, transactionHash, `response ${index} is ${any?.typeUrl ?? "missing"}, not /${codec.typeName}`);
  }
  return codec.decode(any.value, { unknown: "ignore" });
}
