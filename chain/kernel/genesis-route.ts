import { fromJson, toJson } from "../codec/index.js";
import type { TypeRegistry } from "../codec/index.js";
import type { GenesisRoute, GenesisSpec } from "./module.js";

/**
 * A module's genesis with its message type erased: the document carries the SDK's JSON of the message. The registry is
 * needed where the message holds an Any (accounts, keys).
 */
export function genesisRoute<G>(spec: GenesisSpec<G>, registry?: TypeRegistry): GenesisRoute {
  const options = registry === undefined ? {} : { registry };
  return {
    defaults: () => toJson(spec.codec, spec.defaults(), registry),
    init: (ctx, json) => spec.init(ctx, fromJson(spec.codec, json, options)),
    export: (ctx) => toJson(spec.codec, spec.export(ctx), registry),
  };
}
