import { setImmediate as turn } from "node:timers/promises";
import { sha256 } from "../../chain/crypto/index.js";
import { concatBytes, equalBytes, toHex, utf8 } from "../../chain/primitives/index.js";
import type { InfluenceVectors } from "../attribution/vectors.js";
import { LeastRecentlyUsed } from "../cache.js";
import { SidecarError } from "../errors.js";
import type { MatmulBackend } from "../ops/backend.js";
import type { Segment } from "../spans/segment.js";
import type { SpanIndex } from "../spans/span-index.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import { UNICODE_VERSION } from "../tokenizer/unicode-classes.js";
import type { AdapterInfo, BaseFiles, BaseInfo, CorpusInfo, CorpusRow } from "../types.js";
import type { Adaptation, Architecture } from "./architecture.js";

/**
 * Changes whenever an operation of ours may give other bits for the same input: arithmetic, methods, what a job's name or its data
 * are made of. The Unicode table decides where texts are cut.
 */
export const OP_SET = `openledger-ops/4 unicode/${UNICODE_VERSION}`;

/** How much stays resident. What falls out is loaded again by the caller. */
export interface RuntimeOptions {
  readonly bases?: number;
  readonly adapters?: number;
  readonly tangents?: number;
  readonly corpora?: number;
  /** Threads that help with a job's tangents: 0, the default, for none. The bits are the same. */
  readonly helpers?: number;
}

export interface Base {
  readonly info: BaseInfo;
  /** Kept for helper threads, where there are any and the model has use for them. */
  readonly files: BaseFiles | undefined;
  readonly tokenizer: Tokenizer;
  readonly model: Architecture;
  readonly release: () => void;
}

export interface Adapter {
  readonly info: AdapterInfo;
  readonly baseId: Uint8Array;
  readonly learner: Adaptation;
  readonly theta: Float32Array;
}

export interface Corpus {
  readonly info: CorpusInfo;
  readonly baseId: Uint8Array;
  readonly rows: readonly CorpusRow[];
  /** Of the rows, without the background. */
  readonly tokens: readonly (readonly number[])[];
  /** The background, then the rows. */
  readonly index: SpanIndex;
}

/** Sorted segments kept for the span indexes of all corpora, so that a dataset version shares those of the one before. */
const SEGMENTS = 64;

/** What the runtime holds in memory: found by id, dropped when unused for longest, gone once closed. */
export class Residents {
  readonly backend: MatmulBackend;
  readonly runtimeId: Uint8Array;
  readonly bases: LeastRecentlyUsed<Base>;
  readonly adapters: LeastRecentlyUsed<Adapter>;
  readonly vectors: LeastRecentlyUsed<InfluenceVectors>;
  readonly corpora: LeastRecentlyUsed<Corpus>;
  readonly segments = new LeastRecentlyUsed<Segment>(SEGMENTS);
  /** Threads a job may start. */
  readonly helpers: number;
  private closed = false;

  constructor(backend: MatmulBackend, options: RuntimeOptions) {
    this.backend = backend;
    this.helpers = options.helpers ?? 0;
    this.runtimeId = sha256(concatBytes(sha256(backend.binary), utf8(OP_SET)));
    this.bases = new LeastRecentlyUsed(options.bases ?? 2, (base) => base.release());
    this.adapters = new LeastRecentlyUsed(options.adapters ?? 256);
    this.vectors = new LeastRecentlyUsed(options.tangents ?? 64);
    this.corpora = new LeastRecentlyUsed(options.corpora ?? 4);
  }

  /** @throws Reject sidecar/7 */
  base(id: Uint8Array): Base {
    this.checkOpen();
    const base = this.bases.get(toHex(id));
    if (base === undefined) throw SidecarError.BaseNotLoaded();
    return base;
  }

  /** @throws Reject sidecar/8; sidecar/4 when it belongs to another base. */
  adapter(id: Uint8Array, baseId: Uint8Array): Adapter {
    const adapter = this.adapters.get(toHex(id));
    if (adapter === undefined) throw SidecarError.AdapterNotLoaded();
    if (!equalBytes(adapter.baseId, baseId)) throw SidecarError.BadAdapter("it belongs to another base");
    return adapter;
  }

  /** @throws Reject sidecar/10 */
  corpus(id: Uint8Array, baseId?: Uint8Array): Corpus {
    this.checkOpen();
    const corpus = this.corpora.get(toHex(id));
    const fits = corpus !== undefined && (baseId === undefined || equalBytes(corpus.baseId, baseId));
    if (!fits) throw SidecarError.CorpusNotLoaded();
    return corpus;
  }

  /** Lets health checks and cancellations in. @throws Reject sidecar/13 or sidecar/14. */
  async pause(signal: AbortSignal | undefined): Promise<void> {
    await turn();
    if (signal?.aborted === true) throw SidecarError.Cancelled();
    this.checkOpen();
  }

  /** @throws Reject sidecar/14 */
  checkOpen(): void {
    if (this.closed) throw SidecarError.Disposed();
  }

  close(): void {
    this.closed = true;
    for (const cache of [this.bases, this.adapters, this.vectors, this.corpora, this.segments]) cache.clear();
  }
}
