import { buildSpanIndex, findSpans } from "../../../sidecar/attribution/spans.js";
import type { LoraSetting } from "../settings/lora-setting.js";
import type { LoraMethod } from "./lora-ours.js";

/** Shortest span, in tokens of some three characters: two sentences of one person share little more. */
const MIN_SPAN = 2;

/** `span-v1`: what of the query stands in a row, weighted by rarity. Needs no gradient. */
export const spanLora: LoraMethod = {
  id: "span-v1",
  ours: true,
  note: `spans of ${MIN_SPAN} tokens or more`,
  prepare: (setting: LoraSetting) => {
    const { data, context, queries } = setting;
    const rows = data.sequences.map((s) => s.tokens.slice(1, -1));
    const index = buildSpanIndex(rows, context.base.config.vocabulary);
    return {
      scores: (asked) =>
        asked.map((q) => {
          const out = new Float64Array(rows.length);
          for (const { row, score } of findSpans(index, queries[q]?.tokens.slice(1, -1) ?? [], MIN_SPAN)) {
            out[row] = (out[row] as number) + Number(score);
          }
          return out;
        }),
    };
  },
};
