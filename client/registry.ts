import { Registry } from "@cosmjs/proto-signing";
import type { GeneratedType } from "@cosmjs/proto-signing";
import { defaultRegistryTypes } from "@cosmjs/stargate";
import type { Codec } from "../chain/codec/index.js";
import { MESSAGE_CODECS } from "./message-types.js";

/** Makes a generated codec look like the telescope types that CosmJS registers. */
export function toGeneratedType<T>(codec: Codec<T>): GeneratedType {
  return {
    encode: (message: T) => ({ finish: () => codec.encode(codec.create(message)) }),
    decode: (input: Uint8Array) => codec.decode(input),
    fromPartial: (partial: Partial<T>) => codec.create(partial),
  };
}

const known = new Set(defaultRegistryTypes.map(([typeUrl]) => typeUrl));

/** Type URLs and codecs of every message of this chain that CosmJS does not bring: the data economy's, gov v1, upgrades, parameters. */
export const openledgerTypes: readonly [string, GeneratedType][] = MESSAGE_CODECS.map((codec): [string, GeneratedType] => [
  `/${codec.typeName}`,
  toGeneratedType(codec as Codec<unknown>),
]).filter(([typeUrl]) => !known.has(typeUrl));

/** CosmJS's own types and ours. */
export function createRegistry(): Registry {
  return new Registry([...defaultRegistryTypes, ...openledgerTypes]);
}
