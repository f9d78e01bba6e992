import { SidecarError } from "../errors.js";
import { parseJson, readInteger, readObject } from "../model/json.js";
import type { DocumentEnds, TokenizerModel } from "./tokenizer.js";

const MAX_STOPS = 16;

/**
 * The tokens around a document, from config.json: `bos_token_id`, and `eos_token_id` or a list of them, of which the first
 * ends a document. Where one is missing it is the other, and where both are, the first special token.
 * @throws Reject sidecar/3 for an id that text could turn into.
 */
export function readEnds(config: Uint8Array, { vocabulary, special }: TokenizerModel): DocumentEnds {
  const fields = readObject(parseJson(config, SidecarError.BadModel), SidecarError.BadModel);
  const specials = new Set(special);
  const readId = (value: unknown, name: string): number => {
    const id = readInteger(value, { name, low: 0, high: vocabulary.length - 1 }, SidecarError.BadModel);
    if (!specials.has(vocabulary[id] ?? "")) throw SidecarError.BadModel(`config ${name} is not a special token`);
    return id;
  };
  const eos = fields["eos_token_id"] ?? undefined;
  const listed: readonly unknown[] = eos === undefined ? [] : Array.isArray(eos) ? eos : [eos];
  if (listed.length > MAX_STOPS) throw SidecarError.BadModel("config eos_token_id has too many ids");
  const stops = listed.map((id) => readId(id, "eos_token_id"));
  const bos = fields["bos_token_id"] ?? undefined;
  const start = bos === undefined ? undefined : readId(bos, "bos_token_id");
  const end = stops[0] ?? start ?? vocabulary.indexOf(special[0] ?? "");
  return { start: start ?? end, end, stops: new Set([end, ...stops]) };
}
