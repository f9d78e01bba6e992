import type {
  AttributeRequest,
  AttributeResponse,
  BaseInfo,
  AdapterInfo,
  CorpusInfo,
  CorpusRow,
  GenerateRequest,
  GenerateResult,
  InfoResponse,
  ProveSpanRequest,
  TangentsInfo,
  TrainCheckpoint,
  TrainProgress,
  TrainRequest,
  TrainResult,
  TrainStarted,
  WorkRequest,
  WorkResponse,
} from "../../proto/gen/openledger/sidecar/v1.js";

/** What happens while a job trains. A checkpoint handler may be slow; the sidecar then waits. */
export interface TrainHandlers {
  onStarted?(started: TrainStarted): void;
  onProgress?(progress: TrainProgress): void;
  onCheckpoint?(checkpoint: TrainCheckpoint): Promise<void>;
}

/** Rows of a corpus, the earliest registrant first, and the texts that stand before them and earn nothing. */
export interface CorpusTexts {
  readonly baseId: Uint8Array;
  readonly rows: readonly CorpusRow[];
  readonly background?: readonly string[];
}

/**
 * The node's side of the sidecar protocol. Every call has a deadline; every answer is decoded strictly enough that
 * garbage is a failure, never a value. All reject with EdgeFailure: "timeout", "aborted", "unreachable", "busy",
 * "malformed", "not-found" (something was not loaded, or was evicted: load it again), "remote".
 */
export interface SidecarClient {
  info(signal?: AbortSignal): Promise<InfoResponse>;
  loadBase(files: { readonly config: Uint8Array; readonly tokenizer: Uint8Array; readonly weights: Uint8Array }, signal?: AbortSignal): Promise<BaseInfo>;
  loadAdapter(adapter: { readonly baseId: Uint8Array; readonly config: Uint8Array; readonly weights: Uint8Array }, signal?: AbortSignal): Promise<AdapterInfo>;
  loadTangents(tangents: Uint8Array, signal?: AbortSignal): Promise<TangentsInfo>;
  loadCorpus(corpus: CorpusTexts, signal?: AbortSignal): Promise<CorpusInfo>;
  train(job: TrainRequest, handlers: TrainHandlers, signal?: AbortSignal): Promise<TrainResult>;
  generate(request: GenerateRequest, signal?: AbortSignal): Promise<GenerateResult>;
  attribute(request: AttributeRequest, signal?: AbortSignal): Promise<AttributeResponse>;
  work(request: WorkRequest, signal?: AbortSignal): Promise<WorkResponse>;
  /** Resolves to an encoded SpanProof. */
  proveSpan(request: ProveSpanRequest, signal?: AbortSignal): Promise<Uint8Array>;
  /** Ends open calls and the connection. */
  close(): void;
}
