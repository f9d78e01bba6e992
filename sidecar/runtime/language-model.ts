import { SidecarError } from "../errors.js";
import { rowSequences } from "../lora/data.js";
import type { Helpers } from "../lora/helpers.js";
import { adapt, layoutOf } from "../lora/layout.js";
import type { LoraLayout } from "../lora/layout.js";
import { encodeAdapter, parseAdapter } from "../lora/peft.js";
import { loraLearner } from "../lora/samples.js";
import type { Decoder } from "../model/decoder.js";
import { Session } from "../model/session.js";
import type { MatmulBackend } from "../ops/backend.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import type { Adaptation, Architecture, Ask, Answering } from "./architecture.js";

/** A decoder with its tokenizer: answers token by token, and learns through a LoRA. */
export function languageModel(backend: MatmulBackend, base: Decoder, tokenizer: Tokenizer): Architecture {
  const adaptation = (layout: LoraLayout, helpers?: Helpers): Adaptation => ({
    ...loraLearner({ backend, base, layout, ...(helpers && { helpers }) }),
    encode: (theta) => encodeAdapter(base.config, layout, theta),
    answer: (theta, ask) => write(new Session(adapt(base, layout, theta, false).model, backend), tokenizer.stops, ask),
  });
  return {
    writes: true,
    learner: (lora, helpers) => adaptation(layoutOf(base.config, lora), helpers),
    readAdapter: (files) => {
      const { layout, theta } = parseAdapter(base.config, files);
      return { learner: adaptation(layout), theta, rank: layout.rank };
    },
    sequences: ({ text }, length) => rowSequences(tokenizer.encode(text), tokenizer, length),
    answer: (ask) => write(new Session(base, backend), tokenizer.stops, ask),
  };
}

function* write(session: Session, stops: ReadonlySet<number>, { promptTokens, maxTokens, choose }: Ask): Answering {
  let logits = session.extend(promptTokens);
  for (let n = 1; ; n++) {
    if (!logits.every(Number.isFinite)) throw SidecarError.NotFinite();
    const token = choose(logits);
    if (stops.has(token)) return "stop";
    yield token;
    if (n >= maxTokens) return "length";
    logits = session.extend([token]);
  }
}
