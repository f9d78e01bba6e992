import { equalBytes, toHex } from "../../chain/primitives/index.js";
import { dot, scoreVectors } from "../../modules/attribution/rules/score.js";
import type { Int8Vector, ScaledScores } from "../../modules/attribution/rules/score.js";
import { SpanProof } from "../../proto/gen/openledger/attribution/v1.js";
import { quantise } from "../attribution/quantise.js";
import { SidecarError } from "../errors.js";
import { meanLoss } from "../lora/learner.js";
import { checkAttribute } from "../request.js";
import { spanScores } from "../spans/credit.js";
import { relatedRows } from "../spans/related-rows.js";
import type { AttributeRequest, AttributeResult, ProveSpanRequest, RowInfluence } from "../types.js";
import { microNats } from "./loss.js";
import type { Adapter, Base, Corpus, Residents } from "./residents.js";

/** Scores of one answer: influence of every contributor, spans, and rows to show. */
export async function attribute(residents: Residents, request: AttributeRequest, signal?: AbortSignal): Promise<AttributeResult> {
  const base = residents.base(request.baseId);
  checkAttribute(request, base.info.vocabulary, base.info.context);
  const adapter = residents.adapter(request.adapterId, request.baseId);
  const tokens = [...request.promptTokens, ...request.answerTokens];
  const sequence = { tokens, from: request.promptTokens.length - 1 };
  const { loss, gradient } = meanLoss(adapter.learner, adapter.theta, sequence);
  const query = quantise(gradient);
  await residents.pause(signal);
  const scored = influence(residents, request, query);
  const corpus = request.corpusId.length === 0 ? undefined : residents.corpus(request.corpusId, request.baseId);
  const pause = (): Promise<void> => residents.pause(signal);
  const work = { request, base, adapter, query, pause };
  return {
    runtimeId: residents.runtimeId,
    influence: scored.scores,
    scoreExponent: scored.exponent,
    queryGradient: query.values,
    queryExponent: query.exponent,
    ...(corpus === undefined ? NO_SPANS : spansOf(corpus, request, base)),
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

function spansOf({ index }: Corpus, request: AttributeRequest, { model, tokenizer }: Base): SpanPart {
  const found = !model.writes ? [] : index.credit(request.answerTokens, request.minSpanTokens);
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
  readonly base: Base;
  readonly adapter: Adapter;
  readonly query: Int8Vector;
  readonly pause: () => Promise<void>;
}

/** Gradients of the rows that share the answer's rarer tokens, against the query's: an illustration, not a payment. */
async function displayRows(corpus: Corpus, { request, base, adapter, query, pause }: Work): Promise<RowInfluence[]> {
  if (request.displayRows === 0) return [];
  const out: (RowInfluence & { readonly exponent: number })[] = [];
  for (const i of relatedRows(corpus.tokens, request.answerTokens, request.displayRows)) {
    const row = corpus.rows[i];
    const [first] = row === undefined ? [] : base.model.sequences(row, base.info.context);
    if (first === undefined || row === undefined) continue;
    const own = quantise(meanLoss(adapter.learner, adapter.theta, first).gradient);
    const { rowId, contributor } = row;
    out.push({ rowId, contributor, score: dot(own.values, query.values), exponent: own.exponent });
    await pause();
  }
  const lowest = out.reduce((least, r) => Math.min(least, r.exponent), 100);
  return out
    .map(({ rowId, contributor, score, exponent }) => ({ rowId, contributor, score: score << BigInt(exponent - lowest) }))
    .sort((a, b) => (a.score > b.score ? -1 : a.score < b.score ? 1 : 0));
}
