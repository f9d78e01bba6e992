/**
 * What the machine-learning runtime takes and gives: plain data, no tensors, no network.
 *
 * `createRuntime` (runtime.ts) implements `Runtime`; the gRPC service of `openledger.sidecar.v1` wraps it one to one.
 * Everything that is paid for is an integer. Text is UTF-8, ids are SHA-256 digests (32 bytes), and lists keep the
 * caller's order. Failures are `Reject` of codespace `sidecar` (errors.ts).
 */

/** A base model as three files of the Hugging Face layout. */
export interface BaseFiles {
  /** config.json: architecture and sizes. */
  readonly config: Uint8Array;
  /** tokenizer.json: byte-level BPE. */
  readonly tokenizer: Uint8Array;
  /** model.safetensors: F32 weights. */
  readonly weights: Uint8Array;
}

/** A LoRA adapter in the PEFT layout. */
export interface AdapterFiles {
  /** adapter_config.json. */
  readonly config: Uint8Array;
  /** adapter_model.safetensors. */
  readonly weights: Uint8Array;
}

export interface BaseInfo {
  /** SHA-256 over the digests of config, tokenizer and weights, in that order. */
  readonly baseId: Uint8Array;
  readonly architecture: string;
  readonly parameters: number;
  readonly vocabulary: number;
  /** Longest sequence in tokens: prompt and answer together. */
  readonly context: number;
  readonly layers: number;
  readonly width: number;
}

export interface AdapterInfo {
  /** SHA-256 over the digests of config and weights, in that order. */
  readonly adapterId: Uint8Array;
  readonly rank: number;
  readonly parameters: number;
}

/** One accepted row of a Datanet. Rows are given in order of registration: the earliest registrant first. */
export interface CorpusRow {
  /** Unique within a corpus, at most 128 bytes. */
  readonly rowId: string;
  /** Who is credited (an address or a cluster id), at most 128 bytes of ASCII. */
  readonly contributor: string;
  readonly text: string;
}

export interface LoraOptions {
  /** 1..64; 4 by default. */
  readonly rank: number;
  /** Updates are scaled by alpha / rank. */
  readonly alpha: number;
  /** Which projections carry an adapter. */
  readonly targets: readonly LoraTarget[];
}

/** Attention's query, key, value and output; the feed-forward's gate (Llama only), first and last. */
export type LoraTarget = "q" | "k" | "v" | "o" | "gate" | "up" | "down";

/** Adam, with epsilon inside the root: theta -= rate * mHat / sqrt(vHat + epsilon). */
export interface AdamOptions {
  /** Learning rate in units of 10^-9. */
  readonly rateNano: number;
  readonly beta1Ppm: number;
  readonly beta2Ppm: number;
  /** In units of 10^-12; at least 100,000 (10^-7), below which the run is not smooth enough to attribute. */
  readonly epsilonPico: number;
}

export interface TrainJob {
  readonly baseId: Uint8Array;
  readonly rows: readonly CorpusRow[];
  readonly lora: LoraOptions;
  readonly adam: AdamOptions;
  /** Sequences per step, at least 1; 16 or more where attribution matters. */
  readonly batchSize: number;
  readonly steps: number;
  /** Tokens per training sequence; longer rows are cut into several sequences. At most the base's context. */
  readonly sequenceLength: number;
  /** Unsigned 64 bits: seeds the adapter's first weights and the order of the data. */
  readonly seed: bigint;
  /** A checkpoint every this many steps, and one at the last step. */
  readonly checkpointEvery: number;
  /** Carry one tangent per contributor (`tangent-v1`): costs one more gradient per contributor and step. */
  readonly tangents: boolean;
  /** Tangents carried at most; contributors beyond that share cohorts. 0 (the default) for one each. */
  readonly maxTangents?: number;
  /** Random subsets retrained at the end to see how well the tangents predict; 0 (the default) for none. */
  readonly metasmoothSubsets?: number;
  /** Continual training: state of the last checkpoint of the job this one goes on from. Absent: from the base model. */
  readonly parentState?: Uint8Array;
  /** Contributors of the parent's tangents, in ASCII order. */
  readonly parentContributors?: readonly string[];
  /** State of an earlier checkpoint of the same job, to replay a segment from there. */
  readonly resumeFrom?: Uint8Array;
  /** Stop after this step (a segment's end). The result is then partial: `complete` is false. */
  readonly stopAfter?: number;
  /** Only the states are wanted: no vectors are derived at the end, whose price is that of another epoch. */
  readonly statesOnly?: boolean;
}

/** One optimizer step as it goes on record. */
export interface StepRecord {
  readonly step: number;
  /** Mean loss of the step's batch, millionths of a nat per token. */
  readonly lossMicroNats: number;
  /** Sequences consumed after the step. */
  readonly dataCursor: bigint;
  /** RFC 6962 root over the parts of the state after the step (lora/checkpoint.ts). */
  readonly stateRoot: Uint8Array;
}

/** Where a run starts from, told before its first step. */
export interface TrainStarted {
  /** Steps done before: 0, or the step of `resumeFrom`. */
  readonly step: number;
  readonly stateRoot: Uint8Array;
  readonly dataCursor: bigint;
  /** State root of `parentState`; empty without one. */
  readonly parentRoot: Uint8Array;
}

export interface Checkpoint {
  /** Steps done: 1..steps. */
  readonly step: number;
  /** Mean loss of the step's batch, millionths of a nat per token. */
  readonly lossMicroNats: number;
  /** Sequences consumed since the start. */
  readonly dataCursor: bigint;
  /** The state root of the last step. */
  readonly stateHash: Uint8Array;
  /** Canonical bytes of weights, optimizer, tangents, step and cursor: replay starts from these. */
  readonly state: Uint8Array;
  /** Every step since the checkpoint before, or since the start of this call. */
  readonly steps: readonly StepRecord[];
}

/** Vectors of one method: the score of contributor c is minus the integer dot product of a query gradient with c's. */
export interface MethodVectors {
  /** "tangent-v1", "ef-v1", ... */
  readonly method: string;
  /** Canonical bytes (modules/attribution/rules/vectors.ts). */
  readonly vectors: Uint8Array;
  /** RFC 6962 root over its leaves. */
  readonly root: Uint8Array;
}

/** How well the tangents predicted what retraining without random parts of the data does. */
export interface Metasmoothness {
  readonly subsets: number;
  readonly probes: number;
  /** Spearman correlation, parts per million, -1,000,000 to 1,000,000. */
  readonly spearmanPpm: number;
}

/** Progress between checkpoints. */
export interface TrainProgress {
  readonly step: number;
  readonly steps: number;
  readonly lossMicroNats: number;
}

export interface TrainResult {
  readonly complete: boolean;
  readonly runtimeId: Uint8Array;
  readonly adapterId: Uint8Array;
  readonly adapter: AdapterFiles;
  /** Encoded tangents (modules/attribution/rules/vectors.ts); empty when the job asked for none or is not complete. */
  readonly tangents: Uint8Array;
  /** Merkle root (RFC 6962) over a head leaf and one leaf per contributor; empty when there are none. */
  readonly tangentRoot: Uint8Array;
  readonly stateHash: Uint8Array;
  readonly finalLossMicroNats: number;
  readonly steps: number;
  /** Training sequences the rows were cut into, and their tokens. */
  readonly sequences: number;
  readonly tokens: bigint;
  /** With tangents and a complete run: "ef-v1", priced where the tangents do not predict well enough. */
  readonly fallback?: MethodVectors;
  /** Where it was asked for and the run is complete. */
  readonly metasmoothness?: Metasmoothness;
}

export interface TangentsInfo {
  readonly tangentRoot: Uint8Array;
  readonly adapterId: Uint8Array;
  readonly contributors: readonly string[];
  readonly parameters: number;
}

export interface CorpusInfo {
  /** SHA-256 of the canonical encoding of the rows and of the background, where there is one. */
  readonly corpusId: Uint8Array;
  readonly rows: number;
  readonly tokens: number;
}

export type Sampling =
  | { readonly kind: "greedy" }
  | {
      readonly kind: "seeded";
      /** Unsigned 64 bits. */
      readonly seed: bigint;
      /** Thousandths: 1000 leaves the logits as they are. 1..10,000. */
      readonly temperatureMilli: number;
      /** Tokens kept before drawing; ties go to the lower token id. 1..vocabulary. */
      readonly topK: number;
    };

export interface GenerateRequest {
  readonly baseId: Uint8Array;
  /** Empty for the bare base model. */
  readonly adapterId: Uint8Array;
  readonly prompt: string;
  /** New tokens at most; prompt and answer must fit the context. */
  readonly maxTokens: number;
  readonly sampling: Sampling;
}

export interface GeneratedToken {
  readonly index: number;
  readonly token: number;
  /** What this token added to the answer; empty while a character is incomplete. */
  readonly text: string;
}

export interface GenerateResult {
  readonly runtimeId: Uint8Array;
  readonly text: string;
  readonly promptTokens: readonly number[];
  readonly answerTokens: readonly number[];
  /** SHA-256 over the answer's token ids, u32 big-endian each: equal on every honest machine. */
  readonly outputHash: Uint8Array;
  readonly finish: "stop" | "length";
}

export interface AttributeRequest {
  readonly baseId: Uint8Array;
  readonly adapterId: Uint8Array;
  /** Root of the loaded tangents; empty to skip influence. */
  readonly tangentRoot: Uint8Array;
  /** Loaded corpus for spans and rows; empty to skip both. */
  readonly corpusId: Uint8Array;
  readonly promptTokens: readonly number[];
  readonly answerTokens: readonly number[];
  /** Shortest span that counts, in tokens; at least 2. */
  readonly minSpanTokens: number;
  /** Rows to show, over all contributors, at most 64. Zero skips this display. */
  readonly displayRows: number;
}

/** Positive: the contributor's data lowered the loss of this answer. */
export interface ContributorScore {
  readonly contributor: string;
  readonly score: bigint;
}

export interface SpanMatch {
  /** Token positions in the answer, end exclusive. */
  readonly start: number;
  readonly end: number;
  readonly text: string;
  readonly rowId: string;
  readonly contributor: string;
  /** First token of the match in the row. */
  readonly rowStart: number;
  readonly score: bigint;
  /** Where the match begins in the corpus of the span index. */
  readonly position: number;
}

/** For display only; never paid from. */
export interface RowInfluence {
  readonly rowId: string;
  readonly contributor: string;
  /** Row gradient times query gradient, both int8 at the final adapter. Positive: the row pulls towards the answer. */
  readonly score: bigint;
}

export interface AttributeResult {
  readonly runtimeId: Uint8Array;
  /** Contributors in ASCII order: signed, before any clamp. A unit is 2^scoreExponent nats. */
  readonly influence: readonly ContributorScore[];
  readonly scoreExponent: number;
  /** The query gradient as int8 and its power-of-two scale, so that anyone can redo the integer dot products. */
  readonly queryGradient: Int8Array;
  readonly queryExponent: number;
  /** `span-v1`: matches that are paid, sharing no token (ADR 0091), and their sums in ASCII order of contributors. */
  readonly spans: readonly SpanMatch[];
  readonly spanScores: readonly ContributorScore[];
  readonly displayRows: readonly RowInfluence[];
  /** Mean loss of the answer's tokens given the prompt, millionths of a nat. */
  readonly lossMicroNats: number;
  /** Method of the vectors that influence was scored with; empty without. */
  readonly method: string;
  /** Root of the span index; empty without a corpus. */
  readonly spanRoot: Uint8Array;
}

export interface WorkRequest {
  readonly baseId: Uint8Array;
  readonly adapterId: Uint8Array;
  readonly corpusId: Uint8Array;
  /** 32 bytes: decides which row is differentiated, and salts the digest. */
  readonly seed: Uint8Array;
}

export interface WorkResult {
  readonly runtimeId: Uint8Array;
  /** SHA-256 over seed, exponent and int8 gradient of the chosen row at the adapter. */
  readonly digest: Uint8Array;
}

export interface ProveSpanRequest {
  readonly corpusId: Uint8Array;
  /** As in `SpanMatch`. */
  readonly position: number;
  /** Tokens. */
  readonly length: number;
}

export interface RuntimeInfo {
  /** SHA-256 over the pinned binaries and the op set's version: equal ids give equal bytes. */
  readonly runtimeId: Uint8Array;
  readonly lane: "A";
  readonly backend: string;
  readonly opSet: string;
  readonly bases: readonly BaseInfo[];
  readonly adapters: readonly AdapterInfo[];
  readonly corpora: readonly CorpusInfo[];
  /** Live tensors and their bytes: constant between requests unless something leaks. */
  readonly tensors: number;
  readonly tensorBytes: number;
}

/** Long calls yield to the event loop between steps or tokens and stop with `Cancelled` once `signal` aborts. */
export interface Runtime {
  info(): RuntimeInfo;
  loadBase(files: BaseFiles): Promise<BaseInfo>;
  /** Adapters, tangents and corpora live in bounded least-recently-used caches; a call that misses is a coded error. */
  loadAdapter(baseId: Uint8Array, files: AdapterFiles): Promise<AdapterInfo>;
  loadTangents(bytes: Uint8Array): Promise<TangentsInfo>;
  /** `background`: texts whose spans earn nothing, since everybody writes them. They stand before all rows. */
  loadCorpus(baseId: Uint8Array, rows: readonly CorpusRow[], background?: readonly string[]): Promise<CorpusInfo>;
  train(job: TrainJob, watch: TrainWatch, signal?: AbortSignal): Promise<TrainResult>;
  generate(request: GenerateRequest, onToken?: (token: GeneratedToken) => void, signal?: AbortSignal): Promise<GenerateResult>;
  attribute(request: AttributeRequest, signal?: AbortSignal): Promise<AttributeResult>;
  /** Validator-bound work: cannot be copied from a peer, since it depends on the seed, which depends on the validator. */
  work(request: WorkRequest, signal?: AbortSignal): Promise<WorkResult>;
  /** Encoded SpanProof (openledger.attribution.v1): that a span stands where the attribution says. */
  proveSpan(request: ProveSpanRequest): Promise<Uint8Array>;
  dispose(): void;
}

/** A checkpoint handler may be slow: the trainer waits for it, which is how back pressure reaches the stream's source. */
export interface TrainWatch {
  readonly onStarted?: (started: TrainStarted) => void;
  readonly onProgress?: (progress: TrainProgress) => void;
  readonly onCheckpoint?: (checkpoint: Checkpoint) => Promise<void> | void;
}
