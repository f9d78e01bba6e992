import { createSpanIndex } from "../../../sidecar/spans/span-index.js";
import type { LoraSetting } from "../settings/lora-setting.js";
import type { LoraMethod } from "./lora-ours.js";

/** Shortest span, in tokens of some three characters: two sentences of one person share little more. */
const MIN_SPAN = 2;

/** `span-v1` of the product: what of the query stands in a row, paid to the earliest. Needs no gradient. */
export const spanLora: LoraMethod = {
  id: "span-v1",
  ours: true,
  note: `spans of ${MIN_SPAN} tokens or more`,
  prepare: ({ data, context, queries }: LoraSetting) => {
    const index = createSpanIndex(context.base.config.vocabulary);
    index.append(data.sequences.map((s, i) => ({ rowId: String(i), contributor: data.contributors[s.contributor] ?? "", tokens: s.tokens.slice(1, -1) })));
    index.segments();
    return {
      scores: (asked) =>
        asked.map((q) => {
          const out = new Float64Array(data.sequences.length);
          for (const { rowId, score } of index.credit(queries[q]?.tokens.slice(1, -1) ?? [], MIN_SPAN)) {
            out[Number(rowId)] = (out[Number(rowId)] as number) + Number(score);
          }
          return out;
        }),
    };
  },
};
