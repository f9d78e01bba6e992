import { utf8 } from "../../chain/primitives/index.js";
import type { RejectFactory } from "../../chain/primitives/index.js";
import { SidecarError } from "../errors.js";
import { parseJson, readObject } from "../model/json.js";
import { encodeSafetensors, parseSafetensors } from "../model/safetensors.js";
import type { Tensor } from "../model/safetensors.js";
import type { AdapterFiles } from "../types.js";
import type { Network } from "./network.js";

/**
 * Files with the numbers of a classifier, in the order of its vector: `layers.L.weight` (inputs x outputs, row by row) and
 * `layers.L.bias`, from the features on. A base holds the weights themselves; an adapter what training added to them.
 */
const ADAPTER_TYPE = "openledger-classifier-delta";

/** Names and shapes, with the place in the vector. */
function partsOf({ layers }: Network): { readonly name: string; readonly shape: readonly number[]; readonly at: number }[] {
  return layers.flatMap(({ inputs, outputs, at, bias }, l) => [
    { name: `layers.${l}.weight`, shape: [inputs, outputs], at },
    { name: `layers.${l}.bias`, shape: [outputs], at: bias },
  ]);
}

/** The vector as model.safetensors or adapter_model.safetensors. */
export function encodeWeights(network: Network, theta: Float32Array): Uint8Array {
  const tensors = partsOf(network).map(({ name, shape, at }): readonly [string, Tensor] => {
    const count = shape.reduce((product, n) => product * n, 1);
    return [name, { shape, data: theta.slice(at, at + count) }];
  });
  return encodeSafetensors(tensors);
}

/** @throws the caller's Reject unless the file has exactly the tensors of the network, all finite. */
export function parseWeights(network: Network, bytes: Uint8Array, reject: RejectFactory): Float32Array {
  const tensors = parseSafetensors(bytes, reject);
  const parts = partsOf(network);
  if (tensors.size !== parts.length) throw reject("unexpected tensors");
  const theta = new Float32Array(network.parameters);
  for (const { name, shape, at } of parts) {
    const tensor = tensors.get(name);
    if (tensor?.shape.join() !== shape.join()) throw reject(`weight ${name} is missing or misshapen`);
    theta.set(tensor.data, at);
  }
  return theta;
}

/** What training added, as adapter files. */
export function encodeDelta(network: Network, delta: Float32Array): AdapterFiles {
  const fields = { model_type: ADAPTER_TYPE, layout: partsOf(network).map(({ name, shape }) => ({ name, shape })) };
  return { config: utf8(`${JSON.stringify(fields, undefined, 2)}\n`), weights: encodeWeights(network, delta) };
}

/** @throws Reject sidecar/4 unless the files are additions to every weight of this network. */
export function parseDelta(network: Network, files: AdapterFiles): Float32Array {
  const fields = readObject(parseJson(files.config, SidecarError.BadAdapter), SidecarError.BadAdapter);
  if (fields["model_type"] !== ADAPTER_TYPE) throw SidecarError.BadAdapter(`adapter_config model_type must be ${ADAPTER_TYPE}`);
  return parseWeights(network, files.weights, SidecarError.BadAdapter);
}
