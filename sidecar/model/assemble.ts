import { Fault } from "../../chain/primitives/index.js";
import { SidecarError } from "../errors.js";
import type { MatmulBackend } from "../ops/backend.js";
import { matrix, transpose } from "../ops/matrix.js";
import { Value } from "../ops/tape.js";
import type { FrozenWeight } from "../ops/tape.js";
import type { DecoderConfig } from "./config.js";
import type { Block, Decoder, Norm, Projection } from "./decoder.js";
import { frozenLlama } from "./llama.js";
import type { Find, Hold } from "./llama.js";
import { parameterShapes } from "./parameters.js";
import type { Tensors } from "./safetensors.js";

function finder(tensors: Tensors): Find {
  return (name) => {
    const tensor = tensors.get(name);
    if (tensor === undefined) throw new Fault("missing weight", { name });
    const cols = tensor.shape.at(-1) ?? 1;
    return matrix(tensor.data.length / cols, cols, tensor.data);
  };
}

/** @throws Reject sidecar/3 unless the tensors are exactly those the sizes ask for. */
export function checkParameters(config: DecoderConfig, tensors: Tensors): void {
  const expected = parameterShapes(config);
  for (const [name, shape] of expected) {
    const found = tensors.get(name);
    if (found === undefined) throw SidecarError.BadModel(`weight ${name} is missing`);
    if (found.shape.join() !== shape.join()) throw SidecarError.BadModel(`weight ${name} has the wrong shape`);
  }
  if (tensors.size !== expected.length) throw SidecarError.BadModel("unknown weights");
}

interface Maker {
  readonly vector: (name: string) => Value;
  readonly weight: (name: string) => Value | FrozenWeight;
}

function buildBlocks(config: DecoderConfig, make: Maker): Block[] {
  const norm = (name: string): Norm => ({ gain: make.vector(`${name}.weight`), bias: make.vector(`${name}.bias`) });
  const projection = (name: string): Projection => ({
    weight: make.weight(`${name}.weight`),
    bias: make.vector(`${name}.bias`),
  });
  return Array.from({ length: config.layers }, (_, i) => ({
    attentionNorm: norm(`transformer.h.${i}.ln_1`),
    attention: projection(`transformer.h.${i}.attn.c_attn`),
    attentionOut: projection(`transformer.h.${i}.attn.c_proj`),
    feedNorm: norm(`transformer.h.${i}.ln_2`),
    feedGate: undefined,
    feedIn: projection(`transformer.h.${i}.mlp.c_fc`),
    feedOut: projection(`transformer.h.${i}.mlp.c_proj`),
  }));
}

/** A decoder whose weights are all trained; the values share memory with `tensors`. GPT-2-like only. */
export function trainableDecoder(
  config: DecoderConfig,
  tensors: Tensors,
): { readonly model: Decoder; readonly values: ReadonlyMap<string, Value> } {
  if (config.llama !== undefined) throw new Fault("only GPT-2-like models are trained from nothing");
  const find = finder(tensors);
  const values = new Map<string, Value>();
  const vector = (name: string): Value => {
    const value = new Value(find(name), true);
    values.set(name, value);
    return value;
  };
  const model: Decoder = {
    config,
    tokens: vector("transformer.wte.weight"),
    positions: vector("transformer.wpe.weight"),
    blocks: buildBlocks(config, { vector, weight: vector }),
    norm: { gain: vector("transformer.ln_f.weight"), bias: vector("transformer.ln_f.bias") },
    head: undefined,
  };
  return { model, values };
}

/** A frozen decoder: every projection resident on the backend, with its transpose. `release` frees them. */
export function frozenDecoder(
  config: DecoderConfig,
  tensors: Tensors,
  backend: MatmulBackend,
): { readonly model: Decoder; readonly release: () => void } {
  const find = finder(tensors);
  const held: FrozenWeight[] = [];
  const hold: Hold = (a) => {
    const weight = { forward: backend.hold(a), backward: backend.hold(transpose(a)) };
    held.push(weight);
    return weight;
  };
  const model = config.llama === undefined ? frozenGpt2(config, find, hold) : frozenLlama(config, config.llama, { find, hold });
  const release = (): void => {
    for (const { forward, backward } of held) {
      forward.release();
      backward.release();
    }
  };
  return { model, release };
}

function frozenGpt2(config: DecoderConfig, find: Find, hold: Hold): Decoder {
  const vector = (name: string): Value => new Value(find(name), false);
  return {
    config,
    tokens: vector("transformer.wte.weight"),
    positions: vector("transformer.wpe.weight"),
    blocks: buildBlocks(config, { vector, weight: (name) => hold(find(name)) }),
    norm: { gain: vector("transformer.ln_f.weight"), bias: vector("transformer.ln_f.bias") },
    head: hold(transpose(find("transformer.wte.weight"))),
  };
}
