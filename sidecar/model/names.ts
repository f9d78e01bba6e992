import type { DecoderConfig } from "./config.js";
import type { Tensor, Tensors } from "./safetensors.js";

/** Masks that old GPT-2 files carry along: constants, not weights. */
const MASKS = /\.attn\.(bias|masked_bias)$/;

/**
 * Weights under the names that `parameterShapes` gives. GPT-2's first files name them without `transformer.` and hold masks;
 * files of tied models may hold the head a second time, where it must be the embeddings.
 */
export function ownNames(config: DecoderConfig, tensors: Tensors): Tensors {
  const out = new Map<string, Tensor>();
  for (const [name, tensor] of tensors) {
    if (config.llama === undefined && MASKS.test(name)) continue;
    const isBare = config.llama === undefined && /^(wte|wpe|ln_f|h\.\d+)\./.test(name);
    out.set(isBare ? `transformer.${name}` : name, tensor);
  }
  const head = out.get("lm_head.weight");
  const isTied = config.llama?.tied ?? true;
  const embeddings = out.get(config.llama === undefined ? "transformer.wte.weight" : "model.embed_tokens.weight");
  if (isTied && head !== undefined && embeddings !== undefined && isSame(head, embeddings)) out.delete("lm_head.weight");
  return out;
}

function isSame(a: Tensor, b: Tensor): boolean {
  return a.shape.join() === b.shape.join() && a.data.every((x, i) => x === b.data[i]);
}
