import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect } from "chai";
import fc from "fast-check";
import { toHex } from "../../chain/primitives/index.js";
import { AttributeRequest, GenerateRequest, ProveSpanRequest, TrainRequest, WorkRequest } from "../../proto/gen/openledger/sidecar/v1.js";
import type { TrainCheckpoint } from "../../proto/gen/openledger/sidecar/v1.js";
import { createSidecarServer } from "../../sidecar/grpc/server.js";
import type { SidecarServer } from "../../sidecar/grpc/server.js";
import { createRuntime } from "../../sidecar/runtime.js";
import { tinyBase, tinyJob, tinyRows } from "../../sidecar/testkit/tiny.js";
import type { TrainJob } from "../../sidecar/types.js";
import { EdgeFailure } from "../errors.js";
import { createSidecarClient } from "./client.js";
import type { SidecarClient } from "./types.js";

const NONE = new Uint8Array(0);

/** The tiny job as it goes over the wire. */
function jobOf(baseId: Uint8Array, change: Partial<TrainJob>): TrainRequest {
  const { lora, adam, rows, steps, tangents, batchSize, sequenceLength, seed, checkpointEvery } = tinyJob(baseId, change);
  const { rank, alpha, targets } = lora;
  const { rateNano, beta1Ppm, beta2Ppm, epsilonPico } = adam;
  const rates = { rateNano: BigInt(rateNano), beta1Ppm, beta2Ppm, epsilonPico: BigInt(epsilonPico) };
  const form = { rank, alpha, targets: [...targets], steps, tangents, batchSize, sequenceLength, seed, checkpointEvery };
  return TrainRequest.create({ baseId, rows: [...rows], ...rates, ...form });
}

describe("a sidecar that is sent hostile messages", () => {
  let server: SidecarServer;
  let client: SidecarClient;
  let baseId: Uint8Array;
  let corpusId: Uint8Array;
  before(async () => {
    const runtime = await createRuntime();
    ({ baseId } = await runtime.loadBase(tinyBase()));
    ({ corpusId } = await runtime.loadCorpus(baseId, tinyRows(16, 2)));
    server = createSidecarServer({ runtime, listen: "127.0.0.1:0" });
    client = createSidecarClient({ address: await server.start() });
  });
  after(async () => {
    client.close();
    await server.stop();
  });

  /** In the range of the wire, outside that of nearly every field. */
  const u32 = fc.constantFrom(0, 100_001, 2 ** 31, 2 ** 32 - 1);
  const u64 = fc.constantFrom(0n, 1n << 53n, (1n << 64n) - 1n);
  const bytes = fc.uint8Array({ maxLength: 40 });
  const text = fc.string({ unit: "binary", maxLength: 20 });

  async function refusalOf(work: Promise<unknown>): Promise<string> {
    const [seen] = await Promise.allSettled([work]);
    if (seen.status === "fulfilled") return "none";
    const reason: unknown = seen.reason;
    if (!(reason instanceof EdgeFailure)) throw reason;
    return String(reason.facts["code"] ?? `${reason.code}: ${reason.message}`);
  }

  it("answers each with a code of its own and serves the next", async () => {
    const good = GenerateRequest.create({ baseId, prompt: "the harvest", maxTokens: 6 });
    const expected = toHex((await client.generate(good)).outputHash);
    const hostileJob = fc.record(
      { baseId: bytes, rank: u32, alpha: u32, targets: fc.array(text), rateNano: u64, batchSize: u32, steps: u32, sequenceLength: u32,
        checkpointEvery: u32, resumeFrom: bytes, parentState: bytes, parentContributors: fc.array(text), epsilonPico: u64 },
      { requiredKeys: [] },
    );
    const job = jobOf(baseId, { steps: 1, tangents: false });
    const about = { baseId, corpusId, adapterId: NONE, tangentRoot: NONE, promptTokens: [1], answerTokens: [2], minSpanTokens: 3 };
    await fc.assert(
      fc.asyncProperty(hostileJob, fc.tuple(u32, u64), bytes, text, async (change, [n, position], some, words) => {
        const codes = await Promise.all([
          refusalOf(client.train({ ...job, ...change }, {})),
          refusalOf(client.generate({ ...good, maxTokens: n, prompt: words, temperatureMilli: n, topK: n, seed: position })),
          refusalOf(client.generate({ ...good, adapterId: some })),
          refusalOf(client.attribute(AttributeRequest.create({ ...about, promptTokens: [n], answerTokens: [n], displayRows: n }))),
          refusalOf(client.work(WorkRequest.create({ baseId, adapterId: some, corpusId, seed: some }))),
          refusalOf(client.proveSpan(ProveSpanRequest.create({ corpusId, position, length: n }))),
          refusalOf(client.loadAdapter({ baseId, config: some, weights: some })),
          refusalOf(client.loadTangents(some)),
          refusalOf(client.loadBase({ config: some, tokenizer: some, weights: some })),
          refusalOf(client.loadCorpus({ baseId, rows: [{ rowId: words, contributor: words, text: words }] })),
        ]);
        for (const code of codes) expect(code).to.match(/^(none|sidecar\/([2-9]|1[0-3]))$/);
      }),
      { numRuns: 60 },
    );
    expect(toHex((await client.generate(good)).outputHash)).to.equal(expected);
  }).timeout(600_000);
});

const MAIN = fileURLToPath(new URL("../../sidecar/main.ts", import.meta.url));

interface OwnProcess {
  readonly child: ChildProcess;
  readonly client: SidecarClient;
}

describe("a sidecar that dies in the middle of a training", () => {
  const running: OwnProcess[] = [];
  afterEach(async () => {
    for (const { child, client } of running.splice(0)) {
      client.close();
      if (child.exitCode === null && child.signalCode === null) {
        child.kill("SIGKILL");
        await once(child, "exit");
      }
    }
  });

  /** A sidecar in a process of its own, on a free port. */
  async function start(): Promise<OwnProcess> {
    const args = ["--import", "tsx", MAIN, "--listen", "127.0.0.1:0", "--watch-stdin"];
    const child = spawn(process.execPath, args, { stdio: ["pipe", "pipe", "inherit"] });
    const [line] = (await once(createInterface({ input: child.stdout }), "line")) as [string];
    const { listening } = JSON.parse(line) as { readonly listening: string };
    const started = { child, client: createSidecarClient({ address: listening, shortTimeoutMs: 300_000 }) };
    running.push(started);
    return started;
  }

  it("fails the call at once, and another process goes on from the last checkpoint to the same states", async () => {
    const first = await start();
    const { baseId } = await first.client.loadBase(tinyBase());
    const job = jobOf(baseId, { steps: 6, checkpointEvery: 2 });
    const expected = toHex((await first.client.train(job, {})).stateHash);

    const kept: TrainCheckpoint[] = [];
    const onCheckpoint = async (c: TrainCheckpoint): Promise<void> => {
      kept.push(c);
      if (kept.length < 2) return;
      first.child.kill("SIGKILL");
      await once(first.child, "exit");
    };
    const [died] = await Promise.allSettled([first.client.train({ ...job, steps: 6 }, { onCheckpoint })]);
    expect(died.status).to.equal("rejected");
    const { reason } = died as PromiseRejectedResult;
    expect(reason).to.be.instanceOf(EdgeFailure).with.property("code", "unreachable");
    const [again] = await Promise.allSettled([first.client.info()]);
    expect(again.status).to.equal("rejected");

    const second = await start();
    const [forgotten] = await Promise.allSettled([second.client.train(job, {})]);
    expect(forgotten).to.have.nested.property("reason.code", "not-found");
    await second.client.loadBase(tinyBase());
    const last = kept.at(-1);
    expect(last?.step).to.equal(4);
    const finished = await second.client.train({ ...job, resumeFrom: last?.state ?? NONE }, {});
    expect([finished.complete, finished.steps, toHex(finished.stateHash)]).to.deep.equal([true, 6, expected]);
  }).timeout(600_000);
});
