import { compareAscii } from "../../chain/primitives/index.js";
import { SidecarError } from "../errors.js";
import { parseJson, readObject } from "./json.js";
import { encodeStored, readStored } from "./safetensors.js";
import type { StoredTensor } from "./safetensors.js";

const MAX_SHARDS = 64;
/** A plain name: an index never leads out of its folder. */
const SHARD = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}\.safetensors$/;

/**
 * One safetensors file from several and their `model.safetensors.index.json`, as larger models are published: shards in order of
 * name, tensors in theirs, numbers as they are. A base model is one file here, so that one digest names its weights.
 * @throws Reject sidecar/3 unless every tensor is where the index says and nowhere else.
 */
export function joinShards(index: Uint8Array, read: (name: string) => Uint8Array): Uint8Array {
  const reject = SidecarError.BadModel;
  const map = new Map(Object.entries(readObject(readObject(parseJson(index, reject), reject)["weight_map"], reject)));
  const names = [...new Set(map.values())].map((name) => {
    if (typeof name !== "string" || !SHARD.test(name)) throw reject("index names a file that is no shard");
    return name;
  });
  if (names.length === 0 || names.length > MAX_SHARDS) throw reject("index has too few or too many shards");
  const tensors: StoredTensor[] = [];
  for (const shard of names.sort(compareAscii)) {
    for (const tensor of readStored(read(shard), reject)) {
      if (map.get(tensor.name) !== shard) throw reject(`index does not have tensor ${tensor.name} in ${shard}`);
      tensors.push(tensor);
    }
  }
  if (tensors.length !== map.size) throw reject("index names tensors that its shards do not have");
  return encodeStored(tensors);
}
