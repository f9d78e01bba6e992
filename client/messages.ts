import type { EncodeObject } from "@cosmjs/proto-signing";
import type { Codec } from "../chain/codec/index.js";

/**
 * A message for `signAndBroadcast`, complete: what is left out of `partial` takes its proto3 default.
 *
 * @example message(MsgPublishDatanet, { owner, datanetId: 1n })
 */
export function message<T>(codec: Codec<T>, partial: Partial<T>): EncodeObject {
  return { typeUrl: `/${codec.typeName}`, value: codec.create(partial) };
}
