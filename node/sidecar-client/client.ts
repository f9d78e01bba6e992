import { Client, Metadata, credentials, status } from "@grpc/grpc-js";
import type { ClientReadableStream, ServiceError } from "@grpc/grpc-js";
import type { AnyCodec, Codec, MethodTable } from "../../chain/codec/index.js";
import {
  GenerateEvent,
  SidecarService,
  TrainEvent,
} from "../../proto/gen/openledger/sidecar/v1.js";
import type {
  AttributeResponse,
  GenerateResult,
  InfoResponse,
  LoadAdapterResponse,
  LoadBaseResponse,
  LoadCorpusResponse,
  LoadTangentsResponse,
  ProveSpanResponse,
  TrainResult,
  WorkResponse,
} from "../../proto/gen/openledger/sidecar/v1.js";
import { EdgeFailure } from "../errors.js";
import type { FailureCode } from "../errors.js";
import type { SidecarClient } from "./types.js";

export interface SidecarClientOptions {
  /** host:port of the sidecar, loopback unless an operator says otherwise. */
  readonly address: string;
  readonly token?: string;
  readonly maxMessageBytes?: number;
  /** Deadline of calls that answer at once (info, load). */
  readonly shortTimeoutMs?: number;
  /** Deadline of generate and attribute. */
  readonly workTimeoutMs?: number;
  /** Deadline between two events of a training stream. */
  readonly trainSilenceMs?: number;
}

const DEFAULTS = {
  maxMessageBytes: 64 * 1024 * 1024,
  shortTimeoutMs: 60_000,
  workTimeoutMs: 120_000,
  trainSilenceMs: 300_000,
};

const CODES: Readonly<Partial<Record<number, FailureCode>>> = {
  [status.CANCELLED]: "aborted",
  [status.DEADLINE_EXCEEDED]: "timeout",
  [status.FAILED_PRECONDITION]: "not-found",
  [status.RESOURCE_EXHAUSTED]: "busy",
  [status.UNAVAILABLE]: "unreachable",
};

function toFailure(error: ServiceError, method: string): EdgeFailure {
  const coded = error.metadata.get("openledger-code")[0];
  const facts = { method, status: error.code, ...(coded === undefined ? {} : { code: String(coded) }) };
  // grpc-js reports an undecodable answer as INTERNAL with this detail.
  const malformed = error.code === status.INTERNAL && /parsing|deserializ/i.test(error.details);
  return new EdgeFailure(malformed ? "malformed" : (CODES[error.code] ?? "remote"), error.details, facts, error);
}

type MethodName = (typeof SidecarService.methods)[number]["name"];

function methodOf(name: MethodName): MethodTable {
  const method = SidecarService.methods.find((m) => m.name === name);
  if (method === undefined) throw new EdgeFailure("config", "the sidecar protocol has no such method", { name });
  return method;
}

const write = (codec: AnyCodec) => (message: unknown) => Buffer.from(codec.encode(message as never));
const read =
  <T>(codec: AnyCodec) =>
  (bytes: Buffer): T =>
    codec.decode(bytes, { unknown: "ignore" }) as T;

class Connection {
  private readonly client: Client;
  private readonly options: Required<Omit<SidecarClientOptions, "token">>;
  private readonly metadata = new Metadata();

  constructor(options: SidecarClientOptions) {
    this.options = { ...DEFAULTS, ...options };
    if (options.token !== undefined) this.metadata.set("authorization", `Bearer ${options.token}`);
    this.client = new Client(options.address, credentials.createInsecure(), {
      "grpc.max_receive_message_length": this.options.maxMessageBytes,
      "grpc.max_send_message_length": this.options.maxMessageBytes,
      "grpc.initial_reconnect_backoff_ms": 200,
      "grpc.max_reconnect_backoff_ms": 5_000,
    });
  }

  unary<R>(name: MethodName, request: unknown, options: { readonly long?: boolean; readonly signal?: AbortSignal | undefined }): Promise<R> {
    const method = methodOf(name);
    const timeout = options.long === true ? this.options.workTimeoutMs : this.options.shortTimeoutMs;
    const path = `/${SidecarService.typeName}/${name}`;
    return new Promise((resolve, reject) => {
      const call = this.client.makeUnaryRequest(
        path,
        write(method.request),
        read<R>(method.response),
        request,
        this.metadata,
        { deadline: Date.now() + timeout },
        (error, response) => {
          options.signal?.removeEventListener("abort", cancel);
          if (error !== null) reject(toFailure(error, name));
          else if (response === undefined) reject(new EdgeFailure("malformed", "empty answer", { method: name }));
          else resolve(response);
        },
      );
      const cancel = (): void => call.cancel();
      if (options.signal?.aborted === true) cancel();
      options.signal?.addEventListener("abort", cancel, { once: true });
    });
  }

  /** Events in order; silence for longer than `silenceMs` ends the call. */
  async *stream<R>(name: MethodName, request: unknown, options: { readonly silenceMs: number; readonly signal?: AbortSignal | undefined }): AsyncGenerator<R> {
    const method = methodOf(name);
    const call: ClientReadableStream<R> = this.client.makeServerStreamRequest(
      `/${SidecarService.typeName}/${name}`,
      write(method.request),
      read<R>(method.response),
      request,
      this.metadata,
    );
    let silent = false as boolean;
    const watch = setTimeout(() => {
      silent = true;
      call.cancel();
    }, options.silenceMs);
    const cancel = (): void => call.cancel();
    if (options.signal?.aborted === true) cancel();
    options.signal?.addEventListener("abort", cancel, { once: true });
    try {
      for await (const event of call as AsyncIterable<R>) {
        watch.refresh();
        yield event;
        watch.refresh();
      }
    } catch (error) {
      if (silent) throw new EdgeFailure("timeout", "the sidecar fell silent", { method: name, silenceMs: options.silenceMs });
      throw toFailure(error as ServiceError, name);
    } finally {
      clearTimeout(watch);
      options.signal?.removeEventListener("abort", cancel);
      call.cancel();
    }
  }

  get silence(): { readonly train: number; readonly work: number } {
    return { train: this.options.trainSilenceMs, work: this.options.workTimeoutMs };
  }

  close(): void {
    this.client.close();
  }
}

function missing<T>(codec: Codec<T>): EdgeFailure {
  return new EdgeFailure("malformed", "the stream ended without a result", { event: codec.typeName });
}

export function createSidecarClient(options: SidecarClientOptions): SidecarClient {
  const connection = new Connection(options);
  const unary = connection.unary.bind(connection);
  return {
    info: (signal) => unary<InfoResponse>("Info", {}, { signal }),
    loadBase: async (files, signal) => (await unary<LoadBaseResponse>("LoadBase", files, { signal })).base,
    loadAdapter: async (adapter, signal) => (await unary<LoadAdapterResponse>("LoadAdapter", adapter, { signal })).adapter,
    loadTangents: async (tangents, signal) =>
      (await unary<LoadTangentsResponse>("LoadTangents", { tangents }, { signal })).tangents,
    loadCorpus: async (corpus, signal) =>
      (await unary<LoadCorpusResponse>("LoadCorpus", { background: [], ...corpus }, { signal })).corpus,
    attribute: (request, signal) => unary<AttributeResponse>("Attribute", request, { long: true, signal }),
    work: (request, signal) => unary<WorkResponse>("Work", request, { long: true, signal }),
    proveSpan: async (request, signal) => (await unary<ProveSpanResponse>("ProveSpan", request, { signal })).proof,
    async generate(request, signal) {
      let result: GenerateResult | undefined;
      const silenceMs = connection.silence.work;
      for await (const event of connection.stream<GenerateEvent>("Generate", request, { silenceMs, signal })) {
        result = event.result ?? result;
      }
      if (result === undefined) throw missing(GenerateEvent);
      return result;
    },
    async train(job, handlers, signal) {
      let result: TrainResult | undefined;
      const silenceMs = connection.silence.train;
      for await (const event of connection.stream<TrainEvent>("Train", job, { silenceMs, signal })) {
        if (event.started !== undefined) handlers.onStarted?.(event.started);
        if (event.progress !== undefined) handlers.onProgress?.(event.progress);
        if (event.checkpoint !== undefined) await handlers.onCheckpoint?.(event.checkpoint);
        result = event.result ?? result;
      }
      if (result === undefined) throw missing(TrainEvent);
      return result;
    },
    close: () => connection.close(),
  };
}
