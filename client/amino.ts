import { AminoTypes } from "@cosmjs/stargate";
import type { AminoConverter, AminoConverters } from "@cosmjs/stargate";
import { createAminoNames, createTypeRegistry, fromAminoJson, toAminoJson } from "../chain/codec/index.js";
import type { AnyCodec, Codec } from "../chain/codec/index.js";
import { CARRIED_CODECS, MESSAGE_CODECS } from "./message-types.js";

const EVERYTHING = [...MESSAGE_CODECS, ...CARRIED_CODECS];
const types = createTypeRegistry(EVERYTHING);
const names = createAminoNames(EVERYTHING);

/** The table says how: the same code that the chain verifies with. Fields left out of a message get their defaults. */
function converterOf(codec: AnyCodec): AminoConverter {
  const table = codec as Codec<object>;
  return {
    aminoType: codec.options.aminoName ?? `/${codec.typeName}`,
    toAmino: (message: object) => toAminoJson(table, table.create(message), types),
    fromAmino: (json: unknown) => fromAminoJson(table, json, names),
  };
}

/**
 * Amino JSON of every message of this chain, of the SDK's modules and ours, for Ledger and for Keplr's own pages. They replace CosmJS's
 * own: 0.39 lacks authz, feegrant and gov v1, and writes MsgWithdrawValidatorCommission by a name that no current chain accepts.
 *
 * toAmino and fromAmino throw Reject sdk/35 on what has no amino JSON.
 */
export function createAminoConverters(): AminoConverters {
  return Object.fromEntries(MESSAGE_CODECS.map((codec) => [`/${codec.typeName}`, converterOf(codec)]));
}

/** For `SigningStargateClient`: `{ registry: createRegistry(), aminoTypes: createAminoTypes() }`. */
export function createAminoTypes(): AminoTypes {
  return new AminoTypes(createAminoConverters());
}
