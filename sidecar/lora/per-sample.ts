import { joinSequences, runDecoder, runHead } from "../model/decoder.js";
import { crossEntropyParts } from "../ops/cross-entropy.js";
import { Tape } from "../ops/tape.js";
import type { Value } from "../ops/tape.js";
import { checkFinite } from "./gradient.js";
import type { LoraContext, Sequence } from "./gradient.js";
import { adapt } from "./layout.js";

/** What the losses are multiplied by (1 by default), and labels other than the sequences' own. */
export interface PerSampleOptions {
  /** One factor for all sequences, or one each. */
  readonly weight?: number | readonly number[];
  /**
   * The label of a position in place of the token that follows it; `logits` are a view, valid during the call only. Called
   * sequence by sequence, positions ascending. For Gauss-Newton curvature: draw a label from the model's own distribution.
   */
  readonly label?: (logits: Float32Array, at: { readonly sequence: number; readonly position: number }) => number;
}

/** In the order of the sequences. */
export interface PerSampleGradients {
  /** Weighted summed negative log-likelihood. */
  readonly losses: Float64Array;
  /** One vector of `layout.size` each. */
  readonly gradients: readonly Float32Array[];
}

/**
 * The loss and gradient of every sequence on its own, for the price of one gradient of them all: forward and backward
 * passes run once over the whole batch, and only the products that end in the adapter (rank-sized) are made per sequence.
 * A sequence's bits are those of `lossGradient` of it alone, whatever else is in the batch. Memory grows with the batch:
 * 16 to 64 sequences at a time, with a pause between, suit a server.
 * @throws Reject sidecar/12 if anything leaves the finite numbers.
 */
export function perSampleGradients(
  context: LoraContext,
  theta: Float32Array,
  sequences: readonly Sequence[],
  options: number | PerSampleOptions = {},
): PerSampleGradients {
  const { backend, base, layout } = context;
  const { weight = 1, label } = typeof options === "number" ? { weight: options } : options;
  const lengths = sequences.map((s) => s.tokens.length - 1);
  const tape = new Tape(backend, lengths);
  const adapted = adapt(base, layout, theta, true);
  const batch = joinSequences(sequences.map((s) => s.tokens.slice(0, -1)));
  const hidden = runDecoder(tape, adapted.model, batch);
  const logits = runHead(tape, adapted.model, hidden, countedRows(sequences));
  const loss = crossEntropyParts(tape, logits, labels(sequences, logits, label), {
    counts: sequences.map((s) => s.tokens.length - 1 - s.from),
    weights: sequences.map((_, i) => (typeof weight === "number" ? weight : (weight[i] ?? 1))),
  });
  tape.backward(loss);
  const gradients = sequences.map((_, i) => collectPart(adapted.values, layout.size, i));
  checkFinite(loss.data);
  gradients.forEach(checkFinite);
  return { losses: Float64Array.from(loss.data), gradients };
}

/** Rows of the joined batch whose next token counts. */
function countedRows(sequences: readonly Sequence[]): number[] {
  const rows: number[] = [];
  let first = 0;
  for (const { tokens, from } of sequences) {
    for (let i = from; i + 1 < tokens.length; i++) rows.push(first + i);
    first += tokens.length - 1;
  }
  return rows;
}

function labels(sequences: readonly Sequence[], logits: Value, label: PerSampleOptions["label"]): number[] {
  const { cols, data } = logits;
  let row = 0;
  return sequences.flatMap(({ tokens, from }, sequence) => {
    if (label === undefined) return tokens.slice(from + 1);
    return tokens.slice(from + 1).map((_, i) => {
      const at = cols * row++;
      return label(data.subarray(at, at + cols), { sequence, position: from + i });
    });
  });
}

function collectPart(values: readonly Value[], size: number, part: number): Float32Array {
  const out = new Float32Array(size);
  let at = 0;
  for (const value of values) {
    const own = value.partGradients?.[part];
    if (own !== undefined) out.set(own, at);
    at += value.data.length;
  }
  return out;
}
