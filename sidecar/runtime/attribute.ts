import { equalBytes, toHex } from "../../chain/primitives/index.js";
import { dot, scoreVectors } from "../../modules/attribution/rules/score.js";
import type { Int8Vector, ScaledScores } from "../../modules/attribution/rules/score.js";
import { SpanProof } from "../../proto/gen/openledger/attribution/v1.js";
import { quantise } from "../attribution/quantise.js";
import { SidecarError } from "../errors.js";
import { rowSequences } from "../lora/data.js";
import { lossGradient } from "../lora/gradient.js";
import type { LoraContext } from "../lora/gradient.js";
import { checkAttribute } from "../request.js";
import { spanScores } from "../spans/credit.js";
import { relatedRows } from "../spans/related-rows.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import type { AttributeRequest, AttributeResult, ProveSpanRequest, RowInfluence } from "../types.js";
import { microNats } from "./loss.js";
import type { Corpus, Residents } from "./residents.js";

/** Scores of one answer: influence of every contributor, spans, and rows to show. */
export async function attribute(residents: Residents, request: AttributeRequest, signal?: AbortSignal): Promise<AttributeResult> {
  const base = residents.base(request.baseId);
  checkAttribute(request, base.info.vocabulary, base.info.context);
  const adapter = residents.adapter(request.adapterId, request.baseId);
  const context: LoraContext = { backend: residents.backend, base: base.model, layout: adapter.layout };
  const tokens = [...request.promptTokens, ...request.answerTokens];
  const sequence = { tokens, from: request.promptTokens.length - 1 };
  const { loss, gradient } = lossGradient(context, adapter.theta, [sequence], 1 / request.answerTokens.length);
  const query = quantise(gradient);
  await residents.pause(signal);
  const scored = influence(residents, request, query);
  const corpus = request.corpusId.length === 0 ? undefined : residents.corpus(request.corpusId, request.baseId);
  const pause = (): Promise<void> => residents.pause(signal);
  const work = { request, context, theta: adapter.theta, query, tokenizer: base.tokenizer, pause };
  return {
    runtimeId: residents.runtimeId,
    influence: scored.scores,
    scoreExponent: scored.exponent,
    queryGradient: query.values,
    queryExponent: query.exponent,
    ...(corpus === undefined ? NO_SPANS : spansOf(corpus, request, base.tokenizer)),
    displayRows: corpus === undefined ? [] : await displayRows(corpus, work),
    lossMicroNats: microNats(loss),
    method: scored.method,
  };
}

function influence(residents: Residents, request: AttributeRequest, query: Int8Vector): ScaledScores & { readonly method: string } {
  if (request.tangentRoot.length === 0) return { scores: [], exponent: query.exponent, method: "" };
  const vectors = residents.vectors.get(toHex(request.tangentRoot));
  if (vectors === undefined) throw SidecarError.TangentsNotLoaded();
  if (!equalBytes(vectors.adapterId, request.adapterId) || vectors.parameters !== query.values.length) {
    throw SidecarError.BadTangents("they belong to another adapter");
  }
  return { ...scoreVectors(query, vectors.contributors), method: vectors.method };
}

type SpanPart = Pick<AttributeResult, "spans" | "spanScores" | "spanRoot">;

const NO_SPANS: SpanPart = { spans: [], spanScores: [], spanRoot: new Uint8Array(0) };

function spansOf({ index }: Corpus, request: AttributeRequest, tokenizer: Tokenizer): SpanPart {
  const found = index.credit(request.answerTokens, request.minSpanTokens);
  const spans = found.map((span) => ({ ...span, text: tokenizer.decode(request.answerTokens.slice(span.start, span.end)) }));
  return { spans, spanScores: spanScores(found), spanRoot: index.root() };
}

/** @throws Reject sidecar/10; sidecar/2 where no row holds all of the positions. */
export async function proveSpan(residents: Residents, { corpusId, position, length }: ProveSpanRequest): Promise<Uint8Array> {
  const proof = residents.corpus(corpusId).index.prove(position, length);
  await residents.pause(undefined);
  return SpanProof.encode(proof);
}

interface Work {
  readonly request: AttributeRequest;
  readonly context: LoraContext;
  readonly theta: Float32Array;
  readonly query: Int8Vector;
  readonly tokenizer: Tokenizer;
  readonly pause: () => Promise<void>;
}

/** Gradients of the rows that share the answer's rarer tokens, against the query's: an illustration, not a payment. */
async function displayRows(corpus: Corpus, { request, context, theta, query, tokenizer, pause }: Work): Promise<RowInfluence[]> {
  if (request.displayRows === 0) return [];
  const length = context.base.config.context;
  const out: (RowInfluence & { readonly exponent: number })[] = [];
  for (const i of relatedRows(corpus.tokens, request.answerTokens, request.displayRows)) {
    const [first] = rowSequences(corpus.tokens[i] ?? [], tokenizer.end, length);
    const row = corpus.rows[i];
    if (first === undefined || row === undefined) continue;
    const own = quantise(lossGradient(context, theta, [first], 1 / (first.tokens.length - 1)).gradient);
    const { rowId, contributor } = row;
    out.push({ rowId, contributor, score: dot(own.values, query.values), exponent: own.exponent });
    await pause();
  }
  const lowest = out.reduce((least, r) => Math.min(least, r.exponent), 100);
  return out
    .map(({ rowId, contributor, score, exponent }) => ({ rowId, contributor, score: score << BigInt(exponent - lowest) }))
    .sort((a, b) => (a.score > b.score ? -1 : a.score < b.score ? 1 : 0));
}
