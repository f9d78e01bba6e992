import { Server, ServerCredentials } from "@grpc/grpc-js";
import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import { SidecarService } from "../../proto/gen/openledger/sidecar/v1.js";
import type {
  AttributeRequest,
  AttributeResponse,
  GenerateEvent,
  GenerateRequest,
  HealthRequest,
  HealthResponse,
  InfoRequest,
  InfoResponse,
  LoadAdapterRequest,
  LoadAdapterResponse,
  LoadBaseRequest,
  LoadBaseResponse,
  LoadCorpusRequest,
  LoadCorpusResponse,
  LoadTangentsRequest,
  LoadTangentsResponse,
  ProveSpanRequest,
  ProveSpanResponse,
  TrainEvent,
  TrainRequest,
  WorkRequest,
  WorkResponse,
} from "../../proto/gen/openledger/sidecar/v1.js";
import { grpcDefinition } from "../../proto/grpc-definition.js";
import type { Runtime } from "../types.js";
import { createGate, streaming, unary } from "./calls.js";
import type { Emit, Gate } from "./calls.js";
import {
  attributeResultToWire,
  baseToWire,
  checkpointToWire,
  generateResultToWire,
  infoToWire,
  parseAttributeRequest,
  parseGenerateRequest,
  parseProveSpanRequest,
  parseTrainJob,
  trainResultToWire,
} from "./convert.js";

export interface SidecarServerOptions {
  readonly runtime: Runtime;
  /** "127.0.0.1:0" lets the system choose a port. */
  readonly listen: string;
  /** When set, calls must carry it as a bearer token. */
  readonly token?: string;
  readonly maxMessageBytes?: number;
  /** Calls that may compute or wait; training takes a lane of its own, so that answers do not wait for it. */
  readonly maxWaiting?: number;
}

export interface SidecarServer {
  /** Resolves to the address it listens on. */
  start(): Promise<string>;
  stop(): Promise<void>;
}

const DEFAULT_MESSAGE_BYTES = 64 * 1024 * 1024;
const DEFAULT_WAITING = 64;
/** A validator's replay does not wait for the end of a training that its own trainer runs. */
const TRAINING = { waiting: 4, parallel: 2 };

async function runTraining(runtime: Runtime, request: TrainRequest, emit: Emit<TrainEvent>, signal: AbortSignal): Promise<void> {
  const none = { progress: undefined, checkpoint: undefined, result: undefined, started: undefined };
  const result = await runtime.train(
    parseTrainJob(request),
    {
      onStarted: (started) => void emit({ ...none, started }),
      onProgress: ({ step, steps, lossMicroNats }) =>
        void emit({ ...none, progress: { step, steps, lossMicroNats: BigInt(lossMicroNats) } }),
      onCheckpoint: (checkpoint) => emit({ ...none, checkpoint: checkpointToWire(checkpoint) }),
    },
    signal,
  );
  await emit({ ...none, result: trainResultToWire(result) });
}

async function runGeneration(
  runtime: Runtime,
  request: GenerateRequest,
  emit: Emit<GenerateEvent>,
  signal: AbortSignal,
): Promise<void> {
  const onToken = (token: { index: number; token: number; text: string }): void =>
    void emit({ token, result: undefined });
  const result = await runtime.generate(parseGenerateRequest(request), onToken, signal);
  await emit({ token: undefined, result: generateResultToWire(result) });
}

function implementation(options: SidecarServerOptions, answers: Gate, training: Gate): UntypedServiceImplementation {
  const { runtime } = options;
  const guard = { token: options.token };
  const started = Date.now();
  return {
    Info: unary<InfoRequest, InfoResponse>(guard, () => Promise.resolve(infoToWire(runtime.info()))),
    Health: unary<HealthRequest, HealthResponse>(guard, () =>
      Promise.resolve({ busy: answers.busy + training.busy, uptimeMs: BigInt(Date.now() - started) }),
    ),
    LoadBase: unary<LoadBaseRequest, LoadBaseResponse>(guard, (request) =>
      answers.run(async () => ({ base: baseToWire(await runtime.loadBase(request)) })),
    ),
    LoadAdapter: unary<LoadAdapterRequest, LoadAdapterResponse>(guard, ({ baseId, config, weights }) =>
      answers.run(async () => {
        const adapter = await runtime.loadAdapter(baseId, { config, weights });
        return { adapter: { ...adapter, parameters: BigInt(adapter.parameters) } };
      }),
    ),
    LoadTangents: unary<LoadTangentsRequest, LoadTangentsResponse>(guard, ({ tangents }) =>
      answers.run(async () => {
        const info = await runtime.loadTangents(tangents);
        return { tangents: { ...info, parameters: BigInt(info.parameters) } };
      }),
    ),
    LoadCorpus: unary<LoadCorpusRequest, LoadCorpusResponse>(guard, ({ baseId, rows, background }) =>
      answers.run(async () => {
        const corpus = await runtime.loadCorpus(baseId, rows, background);
        return { corpus: { ...corpus, tokens: BigInt(corpus.tokens) } };
      }),
    ),
    Train: streaming<TrainRequest, TrainEvent>(guard, (request, emit, signal) =>
      training.run(() => runTraining(runtime, request, emit, signal)),
    ),
    Generate: streaming<GenerateRequest, GenerateEvent>(guard, (request, emit, signal) =>
      answers.run(() => runGeneration(runtime, request, emit, signal)),
    ),
    Attribute: unary<AttributeRequest, AttributeResponse>(guard, (request, signal) =>
      answers.run(async () => attributeResultToWire(await runtime.attribute(parseAttributeRequest(request), signal))),
    ),
    Work: unary<WorkRequest, WorkResponse>(guard, (request, signal) => answers.run(() => runtime.work(request, signal))),
    ProveSpan: unary<ProveSpanRequest, ProveSpanResponse>(guard, (request) =>
      answers.run(async () => ({ proof: await runtime.proveSpan(parseProveSpanRequest(request)) })),
    ),
  };
}

export function createSidecarServer(options: SidecarServerOptions): SidecarServer {
  const bytes = options.maxMessageBytes ?? DEFAULT_MESSAGE_BYTES;
  const server = new Server({ "grpc.max_receive_message_length": bytes, "grpc.max_send_message_length": bytes });
  const answers = createGate(options.maxWaiting ?? DEFAULT_WAITING);
  const training = createGate(TRAINING.waiting, TRAINING.parallel);
  server.addService(grpcDefinition(SidecarService), implementation(options, answers, training));
  return {
    async start() {
      const port = await new Promise<number>((resolve, reject) => {
        server.bindAsync(options.listen, ServerCredentials.createInsecure(), (error, bound) => {
          if (error === null) resolve(bound);
          else reject(error);
        });
      });
      return `${options.listen.slice(0, options.listen.lastIndexOf(":"))}:${port}`;
    },
    stop() {
      server.forceShutdown();
      options.runtime.dispose();
      return Promise.resolve();
    },
  };
}
