import { setImmediate as turn } from "node:timers/promises";
import { StringDecoder } from "node:string_decoder";
import { sha256 } from "../chain/crypto/index.js";
import { concatBytes, equalBytes, toHex, utf8 } from "../chain/primitives/index.js";
import { quantise } from "./attribution/quantise.js";
import { dot, scoreVectors } from "../modules/attribution/rules/score.js";
import type { Int8Vector } from "../modules/attribution/rules/score.js";
import { buildSpanIndex, findSpans, relatedRows, spanScores } from "./attribution/spans.js";
import type { SpanIndex } from "./attribution/spans.js";
import { decodeVectors, encodeVectors, quantiseVectors, vectorsRoot } from "./attribution/vectors.js";
import type { InfluenceVectors } from "./attribution/vectors.js";
import { LeastRecentlyUsed } from "./cache.js";
import { SidecarError } from "./errors.js";
import { decodeState, encodeState, hashRows, jobHash } from "./lora/checkpoint.js";
import { prepareData, rowSequences } from "./lora/data.js";
import { lossGradient } from "./lora/gradient.js";
import type { LoraContext } from "./lora/gradient.js";
import { adapt, layoutOf } from "./lora/layout.js";
import type { LoraLayout } from "./lora/layout.js";
import { adapterIdOf, encodeAdapter, parseAdapter } from "./lora/peft.js";
import { initialState, trainStep } from "./lora/trainer.js";
import { checkParameters, frozenDecoder } from "./model/assemble.js";
import { parseConfig } from "./model/config.js";
import type { Decoder } from "./model/decoder.js";
import { parseSafetensors } from "./model/safetensors.js";
import { greedy, sample } from "./model/sampling.js";
import { Session } from "./model/session.js";
import type { MatmulBackend } from "./ops/backend.js";
import { tfjsBackend } from "./ops/tfjs-backend.js";
import { Xoshiro } from "./random/xoshiro.js";
import { checkAttribute, checkGenerate, checkJob, checkRows } from "./request.js";
import { parseTokenizer } from "./tokenizer/file.js";
import { Tokenizer } from "./tokenizer/tokenizer.js";
import type * as api from "./types.js";

/** Changes whenever an operation of ours may give other bits for the same input. */
export const OP_SET = "openledger-ops/1";

/** How much stays resident. What falls out is loaded again by the caller. */
export interface RuntimeOptions {
  readonly bases?: number;
  readonly adapters?: number;
  readonly tangents?: number;
  readonly corpora?: number;
}

interface Base {
  readonly info: api.BaseInfo;
  readonly tokenizer: Tokenizer;
  readonly model: Decoder;
  readonly release: () => void;
}

interface Adapter {
  readonly info: api.AdapterInfo;
  readonly baseId: Uint8Array;
  readonly layout: LoraLayout;
  readonly theta: Float32Array;
}

interface Corpus {
  readonly info: api.CorpusInfo;
  readonly baseId: Uint8Array;
  readonly rows: readonly api.CorpusRow[];
  readonly tokens: readonly (readonly number[])[];
  readonly index: SpanIndex;
}

/** Starts the backend and returns an empty runtime. @throws Fault when the pinned backend does not start. */
export async function createRuntime(options: RuntimeOptions = {}): Promise<api.Runtime> {
  return new LaneA(await tfjsBackend(), options);
}

/** Lane A (design §7): the same bytes in give the same bytes out, in any process on any machine. */
class LaneA implements api.Runtime {
  private readonly backend: MatmulBackend;
  private readonly runtimeId: Uint8Array;
  private readonly bases: LeastRecentlyUsed<Base>;
  private readonly adapters: LeastRecentlyUsed<Adapter>;
  private readonly tangents: LeastRecentlyUsed<InfluenceVectors>;
  private readonly corpora: LeastRecentlyUsed<Corpus>;
  private closed = false;

  constructor(backend: MatmulBackend, options: RuntimeOptions) {
    this.backend = backend;
    this.runtimeId = sha256(concatBytes(sha256(backend.binary), utf8(OP_SET)));
    this.bases = new LeastRecentlyUsed(options.bases ?? 2, (base) => base.release());
    this.adapters = new LeastRecentlyUsed(options.adapters ?? 256);
    this.tangents = new LeastRecentlyUsed(options.tangents ?? 64);
    this.corpora = new LeastRecentlyUsed(options.corpora ?? 4);
  }

  info(): api.RuntimeInfo {
    const { tensors, bytes } = this.backend.memory();
    return {
      runtimeId: this.runtimeId,
      lane: "A",
      backend: this.backend.name,
      opSet: OP_SET,
      bases: this.bases.values().map((b) => b.info),
      adapters: this.adapters.values().map((a) => a.info),
      corpora: this.corpora.values().map((c) => c.info),
      tensors,
      tensorBytes: bytes,
    };
  }

  async loadBase(files: api.BaseFiles): Promise<api.BaseInfo> {
    this.checkOpen();
    const baseId = sha256(concatBytes(sha256(files.config), sha256(files.tokenizer), sha256(files.weights)));
    const known = this.bases.get(toHex(baseId));
    if (known !== undefined) return known.info;
    const config = parseConfig(files.config);
    const tokenizer = new Tokenizer(parseTokenizer(files.tokenizer, SidecarError.BadModel));
    if (tokenizer.size !== config.vocabulary) throw SidecarError.BadModel("tokenizer and config differ in vocabulary");
    const tensors = parseSafetensors(files.weights, SidecarError.BadModel);
    checkParameters(config, tensors);
    const { model, release } = frozenDecoder(config, tensors, this.backend);
    const parameters = [...tensors.values()].reduce((sum, t) => sum + t.data.length, 0);
    const { vocabulary, context, layers, width } = config;
    const info = { baseId, architecture: "gpt2", parameters, vocabulary, context, layers, width };
    this.bases.set(toHex(baseId), { info, tokenizer, model, release });
    await turn();
    return info;
  }

  async loadAdapter(baseId: Uint8Array, files: api.AdapterFiles): Promise<api.AdapterInfo> {
    const base = this.base(baseId);
    const { layout, theta } = parseAdapter(base.model.config, files);
    const adapterId = adapterIdOf(files);
    const info = { adapterId, rank: layout.rank, parameters: layout.size };
    this.adapters.set(toHex(adapterId), { info, baseId, layout, theta });
    await turn();
    return info;
  }

  async loadTangents(bytes: Uint8Array): Promise<api.TangentsInfo> {
    this.checkOpen();
    const tangents = decodeVectors(bytes);
    const root = vectorsRoot(tangents);
    this.tangents.set(toHex(root), tangents);
    await turn();
    return {
      tangentRoot: root,
      adapterId: tangents.adapterId,
      contributors: tangents.contributors.map((c) => c.contributor),
      parameters: tangents.parameters,
    };
  }

  async loadCorpus(baseId: Uint8Array, rows: readonly api.CorpusRow[]): Promise<api.CorpusInfo> {
    const { tokenizer } = this.base(baseId);
    checkRows(rows);
    const corpusId = hashRows(rows);
    const known = this.corpora.get(toHex(corpusId));
    if (known !== undefined && equalBytes(known.baseId, baseId)) return known.info;
    const tokens: number[][] = [];
    for (const [i, row] of rows.entries()) {
      tokens.push(tokenizer.encode(row.text));
      if (i % 256 === 255) await turn();
    }
    const total = tokens.reduce((sum, t) => sum + t.length, 0);
    const info = { corpusId, rows: rows.length, tokens: total };
    this.corpora.set(toHex(corpusId), { info, baseId, rows, tokens, index: buildSpanIndex(tokens, tokenizer.size) });
    return info;
  }

  async train(job: api.TrainJob, watch: api.TrainWatch, signal?: AbortSignal): Promise<api.TrainResult> {
    const base = this.base(job.baseId);
    checkJob(job, base.info.context);
    const data = prepareData(job.rows, base.tokenizer, job.sequenceLength);
    const context: LoraContext = { backend: this.backend, base: base.model, layout: layoutOf(base.model.config, job.lora) };
    const name = jobHash(job);
    const sizes = { size: context.layout.size, tangents: job.tangents ? data.contributors.length : 0 };
    const state =
      job.resumeFrom === undefined ? initialState(context, data, job) : decodeState(job.resumeFrom, name, sizes);
    const last = job.stopAfter ?? job.steps;
    if (state.step >= last) throw SidecarError.InvalidRequest("nothing to train: the checkpoint is at the last step");
    let lossMicroNats = 0;
    let bytes = new Uint8Array(0);
    while (state.step < last) {
      const pause = (): Promise<void> => this.pause(signal);
      lossMicroNats = microNats(await trainStep(context, data, state, { recipe: job, pause }));
      const { step, cursor } = state;
      watch.onProgress?.({ step, steps: job.steps, lossMicroNats });
      if (step % job.checkpointEvery !== 0 && step !== last) continue;
      bytes = Uint8Array.from(encodeState(name, state));
      await watch.onCheckpoint?.({ step, lossMicroNats, dataCursor: cursor, stateHash: sha256(bytes), state: bytes });
    }
    const adapter = encodeAdapter(base.model.config, context.layout, state.adapter.theta);
    const adapterId = adapterIdOf(adapter);
    const vectors = state.tangents.map((t) => t.theta);
    const tangents = job.tangents ? quantiseVectors({ method: "tangent-v1", adapterId }, data.contributors, vectors) : undefined;
    return {
      complete: state.step === job.steps,
      runtimeId: this.runtimeId,
      adapterId,
      adapter,
      tangents: tangents === undefined ? new Uint8Array(0) : encodeVectors(tangents),
      tangentRoot: tangents === undefined ? new Uint8Array(0) : vectorsRoot(tangents),
      stateHash: sha256(bytes),
      finalLossMicroNats: lossMicroNats,
      steps: state.step,
      sequences: data.sequences.length,
      tokens: BigInt(data.tokens),
    };
  }

  async generate(
    request: api.GenerateRequest,
    onToken?: (token: api.GeneratedToken) => void,
    signal?: AbortSignal,
  ): Promise<api.GenerateResult> {
    const { tokenizer, model, info } = this.base(request.baseId);
    checkGenerate(request, info.vocabulary, info.context);
    const promptTokens = [tokenizer.end, ...tokenizer.encode(request.prompt)];
    if (promptTokens.length + request.maxTokens > info.context) throw SidecarError.TooLong();
    const adapter = request.adapterId.length === 0 ? undefined : this.adapter(request.adapterId, request.baseId);
    const adapted = adapter === undefined ? model : adapt(model, adapter.layout, adapter.theta, false).model;
    const session = new Session(adapted, this.backend);
    const choose = chooser(request.sampling);
    const decoder = new StringDecoder("utf8");
    const answerTokens: number[] = [];
    let logits = session.extend(promptTokens);
    let finish: "stop" | "length" = "length";
    while (answerTokens.length < request.maxTokens) {
      await this.pause(signal);
      if (!logits.every(Number.isFinite)) throw SidecarError.NotFinite();
      const token = choose(logits);
      if (token === tokenizer.end) {
        finish = "stop";
        break;
      }
      answerTokens.push(token);
      const text = decoder.write(Buffer.from(tokenizer.tokenBytes(token)));
      onToken?.({ index: answerTokens.length - 1, token, text });
      if (answerTokens.length < request.maxTokens) logits = session.extend([token]);
    }
    const text = tokenizer.decode(answerTokens);
    return { runtimeId: this.runtimeId, text, promptTokens, answerTokens, outputHash: hashTokens(answerTokens), finish };
  }

  async attribute(request: api.AttributeRequest, signal?: AbortSignal): Promise<api.AttributeResult> {
    const base = this.base(request.baseId);
    checkAttribute(request, base.info.vocabulary, base.info.context);
    const adapter = this.adapter(request.adapterId, request.baseId);
    const context: LoraContext = { backend: this.backend, base: base.model, layout: adapter.layout };
    const tokens = [...request.promptTokens, ...request.answerTokens];
    const sequence = { tokens, from: request.promptTokens.length - 1 };
    const { loss, gradient } = lossGradient(context, adapter.theta, [sequence], 1 / request.answerTokens.length);
    const query = quantise(gradient);
    await this.pause(signal);
    const scored = this.influence(request, query);
    const spans = this.spans(request, base.tokenizer);
    const work = { request, context, theta: adapter.theta, query, tokenizer: base.tokenizer };
    return {
      runtimeId: this.runtimeId,
      influence: scored.scores,
      scoreExponent: scored.exponent,
      queryGradient: query.values,
      queryExponent: query.exponent,
      ...spans,
      displayRows: await this.displayRows(work, signal),
      lossMicroNats: microNats(loss),
    };
  }

  private influence(request: api.AttributeRequest, query: Int8Vector): ReturnType<typeof scoreVectors> {
    if (request.tangentRoot.length === 0) return { scores: [], exponent: query.exponent };
    const tangents = this.tangents.get(toHex(request.tangentRoot));
    if (tangents === undefined) throw SidecarError.TangentsNotLoaded();
    if (!equalBytes(tangents.adapterId, request.adapterId) || tangents.parameters !== query.values.length) {
      throw SidecarError.BadTangents("they belong to another adapter");
    }
    return scoreVectors(query, tangents.contributors);
  }

  private spans(request: api.AttributeRequest, tokenizer: Tokenizer): Pick<api.AttributeResult, "spans" | "spanScores"> {
    const corpus = this.corpus(request);
    if (corpus === undefined) return { spans: [], spanScores: [] };
    const found = findSpans(corpus.index, request.answerTokens, request.minSpanTokens);
    const row = (i: number): api.CorpusRow => corpus.rows[i] as api.CorpusRow;
    const spans = found.map((span) => ({
      start: span.start,
      end: span.end,
      text: tokenizer.decode(request.answerTokens.slice(span.start, span.end)),
      rowId: row(span.row).rowId,
      contributor: row(span.row).contributor,
      rowStart: span.rowStart,
      score: span.score,
    }));
    return { spans, spanScores: spanScores(found, (i) => row(i).contributor) };
  }

  /** Gradients of the rows that share the answer's rarer tokens, against the query's: an illustration, not a payment. */
  private async displayRows(
    work: {
      readonly request: api.AttributeRequest;
      readonly context: LoraContext;
      readonly theta: Float32Array;
      readonly query: Int8Vector;
      readonly tokenizer: Tokenizer;
    },
    signal?: AbortSignal,
  ): Promise<api.RowInfluence[]> {
    const corpus = this.corpus(work.request);
    if (corpus === undefined || work.request.displayRows === 0) return [];
    const { context, theta, query, tokenizer } = work;
    const length = context.base.config.context;
    const out: (api.RowInfluence & { readonly exponent: number })[] = [];
    for (const i of relatedRows(corpus.tokens, work.request.answerTokens, work.request.displayRows)) {
      const [first] = rowSequences(corpus.tokens[i] ?? [], tokenizer.end, length);
      const row = corpus.rows[i];
      if (first === undefined || row === undefined) continue;
      const own = quantise(lossGradient(context, theta, [first], 1 / (first.tokens.length - 1)).gradient);
      const { rowId, contributor } = row;
      out.push({ rowId, contributor, score: dot(own.values, query.values), exponent: own.exponent });
      await this.pause(signal);
    }
    const lowest = out.reduce((least, r) => Math.min(least, r.exponent), 100);
    return out
      .map(({ rowId, contributor, score, exponent }) => ({ rowId, contributor, score: score << BigInt(exponent - lowest) }))
      .sort((a, b) => (a.score > b.score ? -1 : a.score < b.score ? 1 : 0));
  }

  dispose(): void {
    this.closed = true;
    for (const cache of [this.bases, this.adapters, this.tangents, this.corpora]) cache.clear();
  }

  /** Lets health checks and cancellations in. @throws Reject sidecar/13 or sidecar/14. */
  private async pause(signal: AbortSignal | undefined): Promise<void> {
    await turn();
    if (signal?.aborted === true) throw SidecarError.Cancelled();
    this.checkOpen();
  }

  private checkOpen(): void {
    if (this.closed) throw SidecarError.Disposed();
  }

  private base(id: Uint8Array): Base {
    this.checkOpen();
    const base = this.bases.get(toHex(id));
    if (base === undefined) throw SidecarError.BaseNotLoaded();
    return base;
  }

  private adapter(id: Uint8Array, baseId: Uint8Array): Adapter {
    const adapter = this.adapters.get(toHex(id));
    if (adapter === undefined) throw SidecarError.AdapterNotLoaded();
    if (!equalBytes(adapter.baseId, baseId)) throw SidecarError.BadAdapter("it belongs to another base");
    return adapter;
  }

  private corpus(request: api.AttributeRequest): Corpus | undefined {
    if (request.corpusId.length === 0) return undefined;
    const corpus = this.corpora.get(toHex(request.corpusId));
    if (corpus === undefined || !equalBytes(corpus.baseId, request.baseId)) throw SidecarError.CorpusNotLoaded();
    return corpus;
  }
}

function chooser(sampling: api.Sampling): (logits: Float32Array) => number {
  if (sampling.kind === "greedy") return greedy;
  const random = new Xoshiro(sampling.seed);
  return (logits) => sample(logits, sampling, random);
}

function microNats(loss: number): number {
  return Math.floor(loss * 1_000_000 + 0.5);
}

function hashTokens(tokens: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(4 * tokens.length);
  const view = new DataView(bytes.buffer);
  tokens.forEach((t, i) => view.setUint32(4 * i, t));
  return sha256(bytes);
}
