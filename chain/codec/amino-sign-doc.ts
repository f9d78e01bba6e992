import { utf8 } from "../primitives/index.js";
import { formatAminoJson } from "./amino-text.js";
import { anyToAminoJson } from "./amino-write.js";
import type { JsonObject, TypeRegistry } from "./json.js";
import { formatRfc3339Nano, fromTimestamp } from "./time.js";
import type { TimestampParts } from "./time.js";

/** The fee of a sign document: cosmos.tx.v1beta1.Fee has this shape. */
export interface AminoFee {
  readonly amount: readonly { readonly denom: string; readonly amount: string }[];
  readonly gasLimit: bigint;
  readonly payer: string;
  readonly granter: string;
}

/** What SIGN_MODE_LEGACY_AMINO_JSON signs. Extension options have no place in it: refuse such a body before. */
export interface AminoSignDoc {
  readonly chainId: string;
  /** 0 at genesis. */
  readonly accountNumber: bigint;
  readonly sequence: bigint;
  readonly fee: AminoFee;
  readonly body: {
    readonly messages: readonly { readonly typeUrl: string; readonly value: Uint8Array }[];
    readonly memo: string;
    readonly timeoutHeight: bigint;
    readonly unordered: boolean;
    readonly timeoutTimestamp: TimestampParts | undefined;
  };
}

function feeJson(fee: AminoFee): JsonObject {
  return {
    amount: fee.amount.map(({ denom, amount }) => ({
      ...(denom === "" ? {} : { denom }),
      amount: amount === "" ? "0" : amount,
    })),
    gas: fee.gasLimit.toString(),
    ...(fee.payer === "" ? {} : { payer: fee.payer }),
    ...(fee.granter === "" ? {} : { granter: fee.granter }),
  };
}

/**
 * The bytes to sign (cosmos-formats.md §7.2).
 *
 * @throws Reject sdk/35 when a message has no amino JSON, sdk/2 when one does not decode, sdk/18 on a bad time.
 */
export function aminoSignBytes(doc: AminoSignDoc, registry: TypeRegistry): Uint8Array {
  const { messages, memo, timeoutHeight, unordered, timeoutTimestamp } = doc.body;
  return utf8(
    formatAminoJson({
      account_number: doc.accountNumber.toString(),
      chain_id: doc.chainId,
      fee: feeJson(doc.fee),
      memo,
      msgs: messages.length === 0 ? null : messages.map((m) => anyToAminoJson(m, registry)),
      sequence: doc.sequence.toString(),
      ...(timeoutHeight === 0n ? {} : { timeout_height: timeoutHeight.toString() }),
      ...(unordered ? { unordered } : {}),
      ...(timeoutTimestamp === undefined
        ? {}
        : { timeout_timestamp: formatRfc3339Nano(fromTimestamp(timeoutTimestamp)) }),
    }),
  );
}
