import { Server, ServerCredentials } from "@grpc/grpc-js";
import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import { expect } from "chai";
import { grpcDefinition } from "../../proto/grpc-definition.js";
import { AttributeRequest, GenerateRequest, SidecarService, TrainRequest } from "../../proto/gen/openledger/sidecar/v1.js";
import { SidecarError } from "../../sidecar/errors.js";
import { createSidecarServer } from "../../sidecar/grpc/server.js";
import type { SidecarServerOptions } from "../../sidecar/grpc/server.js";
import type { Runtime } from "../../sidecar/types.js";
import { EdgeFailure } from "../errors.js";
import { createSidecarClient } from "./client.js";
import type { SidecarClientOptions } from "./client.js";
import type { SidecarClient } from "./types.js";

const id = (n: number): Uint8Array => new Uint8Array(32).fill(n);

/** A runtime that computes nothing but keeps the protocol's promises. */
function fakeRuntime(change: Partial<Runtime> = {}): Runtime {
  return {
    info: () => ({
      runtimeId: id(1), lane: "A", backend: "fake", opSet: "v1", bases: [], adapters: [], corpora: [], tensors: 0, tensorBytes: 0,
    }),
    loadBase: () => Promise.reject(SidecarError.BadModel("no weights")),
    loadAdapter: (_, files) => Promise.resolve({ adapterId: files.config, rank: 4, parameters: 10 }),
    loadTangents: () => Promise.reject(SidecarError.BadTangents()),
    loadCorpus: (_, rows) => Promise.resolve({ corpusId: id(3), rows: rows.length, tokens: 12 }),
    async train(job, watch) {
      for (let step = 1; step <= job.steps; step++) {
        watch.onProgress?.({ step, steps: job.steps, lossMicroNats: 1000 - step });
        const state = new Uint8Array(100_000).fill(step);
        await watch.onCheckpoint?.({ step, lossMicroNats: 1000 - step, dataCursor: BigInt(step), stateHash: id(step), state, steps: [] });
      }
      return {
        complete: true, runtimeId: id(1), adapterId: id(2), adapter: { config: id(4), weights: id(5) }, tangents: id(6),
        tangentRoot: id(7), stateHash: id(8), finalLossMicroNats: 5, steps: job.steps, sequences: 1, tokens: 2n,
      };
    },
    generate(request, onToken) {
      onToken?.({ index: 0, token: 5, text: "Four" });
      return Promise.resolve({
        runtimeId: id(1), text: `Four${request.prompt}`, promptTokens: [1], answerTokens: [5], outputHash: id(9), finish: "length",
      });
    },
    attribute: () =>
      Promise.resolve({
        runtimeId: id(1), influence: [{ contributor: "a", score: -5n }, { contributor: "b", score: 7n }], scoreExponent: -20,
        queryGradient: Int8Array.of(-128, 0, 127), queryExponent: -3, spans: [], spanScores: [], displayRows: [], lossMicroNats: 3,
        method: "tangent-v1", spanRoot: new Uint8Array(0),
      }),
    work: ({ seed }) => Promise.resolve({ runtimeId: id(1), digest: seed }),
    proveSpan: ({ corpusId }) => Promise.resolve(corpusId),
    dispose: () => undefined,
    ...change,
  };
}

const open: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of open.splice(0).reverse()) await close();
});

async function connect(
  runtime: Runtime,
  server: Partial<SidecarServerOptions> = {},
  client: Partial<SidecarClientOptions> = {},
): Promise<SidecarClient> {
  const running = createSidecarServer({ runtime, listen: "127.0.0.1:0", ...server });
  const address = await running.start();
  open.push(() => running.stop());
  const connected = createSidecarClient({ address, ...client });
  open.push(() => connected.close());
  return connected;
}

async function failureOf(promise: Promise<unknown>): Promise<EdgeFailure> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof EdgeFailure) return error;
    throw error;
  }
  throw new Error("it succeeded");
}

async function rawServer(implementation: UntypedServiceImplementation): Promise<string> {
  const server = new Server();
  const garbage = Object.fromEntries(
    Object.entries(grpcDefinition(SidecarService)).map(([name, method]) => [
      name,
      { ...method, responseSerialize: (bytes: Uint8Array) => Buffer.from(bytes) },
    ]),
  );
  server.addService(garbage, implementation);
  const port = await new Promise<number>((resolve, reject) =>
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (e, p) => (e === null ? resolve(p) : reject(e))),
  );
  open.push(() => server.forceShutdown());
  return `127.0.0.1:${port}`;
}

const generation = GenerateRequest.create({ baseId: id(1), prompt: " score", maxTokens: 1 });

describe("the sidecar client", () => {
  it("brings answers, signed scores and int8 gradients across unchanged", async () => {
    const client = await connect(fakeRuntime());
    expect((await client.generate(generation)).text).to.equal("Four score");
    const attributed = await client.attribute(AttributeRequest.create());
    expect(attributed.influence.map((s) => s.score)).to.deep.equal([-5n, 7n]);
    expect([...new Int8Array(attributed.queryGradient)]).to.deep.equal([-128, 0, 127]);
    expect(attributed.scoreExponent).to.equal(-20);
  });

  it("streams progress and checkpoints in order, and waits for a slow handler", async () => {
    const client = await connect(fakeRuntime());
    const seen: number[] = [];
    const result = await client.train(
      TrainRequest.create({ steps: 20, targets: ["q"] }),
      {
        async onCheckpoint(c) {
          await new Promise((resolve) => setImmediate(resolve));
          seen.push(c.step);
        },
      },
    );
    expect(result.steps).to.equal(20);
    expect(seen).to.deep.equal(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  it("carries the runtime's code", async () => {
    const client = await connect(fakeRuntime());
    const failure = await failureOf(client.loadBase({ config: id(1), tokenizer: id(2), weights: id(3) }));
    expect(failure.facts["code"]).to.equal("sidecar/3");
    expect(failure.message).to.contain("no weights");
  });

  it("says not-found for what was evicted", async () => {
    const client = await connect(fakeRuntime({ generate: () => Promise.reject(SidecarError.AdapterNotLoaded()) }));
    expect((await failureOf(client.generate(generation))).code).to.equal("not-found");
  });

  it("refuses an unknown projection before any work", async () => {
    const client = await connect(fakeRuntime());
    const failure = await failureOf(client.train(TrainRequest.create({ steps: 1, targets: ["head"] }), {}));
    expect(failure.facts["code"]).to.equal("sidecar/2");
  });

  it("is refused without the token", async () => {
    const client = await connect(fakeRuntime(), { token: "secret" }, { token: "guess" });
    expect((await failureOf(client.info())).message).to.contain("token");
    const allowed = await connect(fakeRuntime(), { token: "secret" }, { token: "secret" });
    expect((await allowed.info()).backend).to.equal("fake");
  });

  it("gives up on a sidecar that never answers", async () => {
    const client = await connect(fakeRuntime({ attribute: () => new Promise(() => undefined) }), {}, { workTimeoutMs: 150 });
    expect((await failureOf(client.attribute(AttributeRequest.create()))).code).to.equal("timeout");
  });

  it("gives up on a training stream that falls silent", async () => {
    const runtime = fakeRuntime({ train: () => new Promise(() => undefined) });
    const client = await connect(runtime, {}, { trainSilenceMs: 150 });
    expect((await failureOf(client.train(TrainRequest.create({ steps: 1 }), {}))).code).to.equal("timeout");
  });

  it("stops the sidecar's work when the caller aborts", async () => {
    let stopped: (() => void) | undefined;
    const seen = new Promise<void>((resolve) => (stopped = resolve));
    const runtime = fakeRuntime({
      train: (_, __, signal) =>
        new Promise((_resolve, reject) => {
          signal?.addEventListener("abort", () => {
            stopped?.();
            reject(SidecarError.Cancelled());
          });
        }),
    });
    const client = await connect(runtime);
    const abort = new AbortController();
    const failure = failureOf(client.train(TrainRequest.create({ steps: 1 }), {}, abort.signal));
    setTimeout(() => abort.abort(), 50);
    expect((await failure).code).to.equal("aborted");
    await seen;
  });

  it("treats garbage as a failure, not as an answer", async () => {
    const address = await rawServer({
      Attribute: (_: unknown, done: (e: null, bytes: Uint8Array) => void) => done(null, Uint8Array.of(0xff, 0xff, 0xff)),
    });
    const client = createSidecarClient({ address });
    open.push(() => client.close());
    expect((await failureOf(client.attribute(AttributeRequest.create()))).code).to.equal("malformed");
  });

  it("says unreachable when nobody listens", async () => {
    const client = createSidecarClient({ address: "127.0.0.1:9", shortTimeoutMs: 5_000 });
    open.push(() => client.close());
    expect((await failureOf(client.info())).code).to.equal("unreachable");
  });

  it("tells callers to come back when too many wait", async () => {
    const runtime = fakeRuntime({ attribute: () => new Promise(() => undefined) });
    const client = await connect(runtime, { maxWaiting: 2 }, { workTimeoutMs: 1_000 });
    const all = await Promise.all([1, 2, 3, 4].map(() => failureOf(client.attribute(AttributeRequest.create()))));
    expect(all.filter((f) => f.code === "busy")).to.have.length(2);
  });
});
