import { expect } from "chai";
import { merkleRoot, sha256 } from "../../chain/crypto/index.js";
import { toAddress } from "../../chain/primitives/index.js";
import { parseFinding } from "../../modules/attribution/rules/finding.js";
import { sealWork, workSeed } from "../../modules/attribution/rules/work.js";
import { digestRows, joinRows } from "../../modules/datanet/rules/blob.js";
import { Phase, Task } from "../../proto/gen/openledger/attest/v1.js";
import { AttributionTask, WorkAudit } from "../../proto/gen/openledger/attribution/v1.js";
import { QualityTask, QualityVerdict, QualityVerdict_Verdict } from "../../proto/gen/openledger/datanet/v1.js";
import { Adapter, BaseModel, ReplayTask, TrainingJob } from "../../proto/gen/openledger/modelfactory/v1.js";
import { InferenceOutcome, InferenceTask } from "../../proto/gen/openledger/openlora/v1.js";
import { AttributeResponse, GenerateResult, InfoResponse } from "../../proto/gen/openledger/sidecar/v1.js";
import type { WorkRequest } from "../../proto/gen/openledger/sidecar/v1.js";
import type { Blobs } from "../blobs/types.js";
import { EdgeFailure } from "../errors.js";
import type { SidecarClient } from "../sidecar-client/types.js";
import { silentLogger } from "../telemetry/log.js";
import { Computer } from "./compute.js";
import { createTaskValues } from "./source.js";
import type { StateReader } from "./types.js";
import { createTaskWorker } from "./worker.js";
import type { TaskWorker } from "./worker.js";

const validator = toAddress(new Uint8Array(20).fill(1));
const signal = new AbortController().signal;
const id = (n: number): Uint8Array => new Uint8Array(32).fill(n);

/** Blobs that are here, by CID; anything else cannot be had. */
function blobsOf(content: Readonly<Record<string, Uint8Array>>): Blobs {
  const get = (cid: string): Promise<Uint8Array> => {
    const bytes = content[cid];
    return bytes === undefined ? Promise.reject(new EdgeFailure("not-found", "nobody has it")) : Promise.resolve(bytes);
  };
  return {
    has: (cid: string) => Promise.resolve(cid in content),
    fetch: (cid: string) => get(cid).then(() => ({ blocks: 1, bytes: 1, peers: [] })),
    get,
    put: (bytes: Uint8Array) => Promise.resolve({ cid: `b${bytes.length}`, size: bytes.length }),
    pin: () => Promise.resolve(),
  } as unknown as Blobs;
}

/** Answers by the last part of the path. */
function stateOf(answers: Readonly<Record<string, unknown>>): StateReader {
  return {
    query: (path) => {
      const answer = answers[path.split("/").at(-1) ?? ""];
      return answer === undefined
        ? Promise.reject(new EdgeFailure("not-found", path))
        : Promise.resolve((typeof answer === "function" ? (answer as () => unknown)() : answer) as never);
    },
  };
}

const state = stateOf({
  BaseModel: { baseModel: BaseModel.create({ id: 1n, baseHash: id(1), configCid: "c", tokenizerCid: "t", weightsCid: "w" }) },
  Adapter: {
    adapter: Adapter.create({
      id: 2n, baseModelId: 1n, adapterHash: id(2), configCid: "ac", weightsCid: "aw", tangentsCid: "at", tangentRoot: id(3),
    }),
  },
  Job: {
    job: TrainingJob.create({ id: 1n, baseModelId: 1n, datasets: [{ datanetId: 1n, version: 1n }], hyperparameters: { steps: 8 } as never }),
  },
  VersionContributions: {
    contributions: [{ contribution: { id: 5n, blobCid: "rows", contributor: "open1a" }, rows: [0, 1] }],
    pagination: { nextKey: new Uint8Array(0), total: 0n },
  },
});

const files = { c: id(9), t: id(9), w: id(9), ac: id(9), aw: id(9), at: id(9), rows: joinRows(["first row", "second row"]) };

function sidecarOf(change: Partial<SidecarClient> = {}): SidecarClient {
  const base = {
    loadBase: () => Promise.resolve({ baseId: id(1) }),
    loadAdapter: () => Promise.resolve({ adapterId: id(2) }),
    loadTangents: () => Promise.resolve({ tangentRoot: id(3) }),
    loadCorpus: () => Promise.resolve({ corpusId: id(4) }),
    generate: () =>
      Promise.resolve(GenerateResult.create({ text: "four score", promptTokens: [0, 1], answerTokens: [2], outputHash: id(6), runtimeId: id(7) })),
    attribute: () =>
      Promise.resolve(
        AttributeResponse.create({
          runtimeId: id(7),
          influence: [{ contributor: "open1a", score: -3n }],
          queryGradient: Uint8Array.of(1, 2),
          spanScores: [{ contributor: "open1a", score: 2n }, { contributor: "open1b", score: 0n }],
          spans: [
            { start: 4, end: 6, text: "bc", rowId: "5/1", contributor: "open1a", rowStart: 0, score: 1n, position: 0n },
            { start: 0, end: 3, text: "abc", rowId: "5/0", contributor: "open1a", rowStart: 0, score: 2n, position: 0n },
          ],
          displayRows: [{ rowId: "5/1", contributor: "open1a", score: 8n }],
        }),
      ),
    work: ({ seed }: WorkRequest) => Promise.resolve({ runtimeId: id(7), digest: sha256(seed) }),
    ...change,
  };
  return base as unknown as SidecarClient;
}

const task = (kind: string, payload: Uint8Array, more: Partial<Task> = {}): Task =>
  Task.create({ id: 1n, kind, payload, phase: Phase.PHASE_COMMIT, attempt: 1, committee: [{ validator, power: 1n }], ...more });

const rows = ["first row", "second row"];
const quality = (change: Partial<QualityTask> = {}): Task => {
  const digests = digestRows(rows);
  const payload = {
    blobCid: "rows", rowCount: 2, bytes: BigInt("first rowsecond row".length), rowsRoot: merkleRoot(digests.map((d) => d.hash)),
    maxRowBytes: 100, maxBlobBytes: 10_000, ...change,
  };
  return task("quality", QualityTask.encode(QualityTask.create(payload)));
};

const inference = task("inference", InferenceTask.encode(InferenceTask.create({ adapterId: 2n, baseModelId: 1n, prompt: "p", maxTokens: 4 })));
const attribution = task(
  "attribution",
  AttributionTask.encode(
    AttributionTask.create({
      adapterId: 2n, baseModelId: 1n, datasets: [{ datanetId: 1n, version: 1n }], contributors: ["open1a", "open1b"],
      minSpanTokens: 2, maxSpans: 1, maxRows: 4, answerTokens: [1, 2, 3, 4, 5, 6],
    }),
  ),
);

const computer = (sidecar = sidecarOf(), content: Readonly<Record<string, Uint8Array>> = files): Computer =>
  new Computer({ state, blobs: blobsOf(content), sidecar, validator });

async function codeOf(promise: Promise<unknown>): Promise<string> {
  try {
    await promise;
    return "ok";
  } catch (error) {
    return error instanceof EdgeFailure ? error.code : String(error);
  }
}

describe("what a validator computes", () => {
  const verdict = async (t: Task): Promise<number> => QualityVerdict.decode(await computer().value(t, signal)).verdict;

  it("finds that a blob keeps its promise", async () => {
    expect(await verdict(quality())).to.equal(QualityVerdict_Verdict.VERDICT_MATCHES);
  });

  it("finds that a blob breaks its promise", async () => {
    expect(await verdict(quality({ rowCount: 3 }))).to.equal(QualityVerdict_Verdict.VERDICT_MISMATCH);
    expect(await verdict(quality({ rowsRoot: id(1) }))).to.equal(QualityVerdict_Verdict.VERDICT_MISMATCH);
  });

  it("says nothing of a blob that cannot be had", async () => {
    expect(await codeOf(computer().value(quality({ blobCid: "gone" }), signal))).to.equal("not-found");
  });

  it("answers a question through base model and adapter", async () => {
    const outcome = InferenceOutcome.decode(await computer().value(inference, signal));
    expect(outcome).to.deep.include({ text: "four score", answerTokens: [2], outputHash: id(6) });
  });

  it("attributes: one score per contributor of the chain, positive spans only, the longest of them first", async () => {
    const { outcome } = parseFinding(await computer().value(attribution, signal), AttributionTask.decode(attribution.payload))!;
    expect(outcome.influence).to.deep.equal([{ contributor: "open1a", score: -3n }, { contributor: "open1b", score: 0n }]);
    expect(outcome.spanScores.map((s) => s.contributor)).to.deep.equal(["open1a"]);
    expect(outcome.spans.map((s) => [s.text, s.contributionId, s.row])).to.deep.equal([["abc", 5n, 0]]);
    expect(outcome.queryGradientHash).to.deep.equal(sha256(Uint8Array.of(1, 2)));
  });

  it("binds its work to itself and the attempt, and finds in an audit what another one sealed", async () => {
    const payload = AttributionTask.decode(attribution.payload);
    const beacon = id(8);
    const bound = { ...attribution, id: 9n, attempt: 2, payload: AttributionTask.encode({ ...payload, beacon }) };
    const { work } = parseFinding(await computer().value(bound, signal), payload)!;
    const seed = workSeed({ taskId: 9n, attempt: 2, beacon, validator });
    expect(work).to.deep.equal(sealWork(sha256(seed)));
    const audit = WorkAudit.create({ adapterId: 2n, baseModelId: 1n, datasets: payload.datasets, seed, digest: work });
    const found = await computer().value(task("work-audit", WorkAudit.encode(audit)), signal);
    expect(sealWork(found.slice(0, 32))).to.deep.equal(work);
    expect(found.slice(32), "the program that found it").to.deep.equal(id(7));
  });

  it("puts the query gradient and the proofs of listed spans where the outcome says", async () => {
    const answer = await sidecarOf().attribute({} as never);
    const proving = sidecarOf({
      attribute: () => Promise.resolve({ ...answer, spanRoot: id(5) }),
      proveSpan: ({ length }) => Promise.resolve(new Uint8Array(length)),
    });
    const { outcome } = parseFinding(await computer(proving).value(attribution, signal), AttributionTask.decode(attribution.payload))!;
    // Two bytes of gradient; one listed span of three tokens after its length.
    expect([outcome.queryGradientCid, outcome.spanProofsCid]).to.deep.equal(["b2", "b7"]);
  });

  it("prices by the fallback's vectors where the adapter says so", async () => {
    const loaded: Uint8Array[] = [];
    const { adapter } = await state.query<unknown, { adapter: Adapter }>("/Adapter", {} as never, {});
    const fallback = { ...adapter, method: "ef-v1", fallbackCid: "ef", fallbackRoot: id(30) };
    const reader: StateReader = {
      query: (path, codecs, request) => (path.endsWith("/Adapter") ? Promise.resolve({ adapter: fallback } as never) : state.query(path, codecs, request)),
    };
    const sidecar = sidecarOf({
      loadTangents: (bytes) => Promise.resolve({ tangentRoot: (loaded.push(bytes), id(30)), adapterId: id(2), contributors: [], parameters: 1n }),
    });
    await new Computer({ state: reader, blobs: blobsOf({ ...files, ef: id(31) }), sidecar, validator }).value(attribution, signal);
    expect(loaded).to.deep.equal([id(31)]);
  });

  it("gives the texts of background datasets to the sidecar", async () => {
    const given: unknown[] = [];
    const sidecar = sidecarOf({ loadCorpus: (corpus) => Promise.resolve({ corpusId: (given.push(corpus.background), id(4)), rows: 2, tokens: 4n }) });
    const payload = AttributionTask.decode(attribution.payload);
    const background = [{ datanetId: 9n, version: 1n }];
    await computer(sidecar).value({ ...attribution, payload: AttributionTask.encode({ ...payload, background }) }, signal);
    expect(given).to.deep.equal([["first row", "second row"]]);
  });

  it("does not attest with a model that is not the one on chain", async () => {
    const wrong = sidecarOf({ loadAdapter: () => Promise.resolve({ adapterId: id(99), rank: 1, parameters: 1n }) });
    expect(await codeOf(computer(wrong).value(inference, signal))).to.equal("malformed");
  });

  it("loads again what the sidecar has forgotten, once", async () => {
    let calls = 0;
    const forgetful = sidecarOf({
      generate: () => {
        calls++;
        if (calls === 1) return Promise.reject(new EdgeFailure("not-found", "evicted"));
        return Promise.resolve(GenerateResult.create({ text: "again", outputHash: id(1), runtimeId: id(1) }));
      },
    });
    expect(InferenceOutcome.decode(await computer(forgetful).value(inference, signal)).text).to.equal("again");
    const never = sidecarOf({ generate: () => Promise.reject(new EdgeFailure("not-found", "evicted")) });
    expect(await codeOf(computer(never).value(inference, signal))).to.equal("not-found");
  });

  it("refuses a kind of task it does not know", async () => {
    expect(await codeOf(computer().value(task("dream", new Uint8Array(0)), signal))).to.equal("config");
  });
});

describe("the salts of commitments", () => {
  const source = (secret: number) => createTaskValues({ validator, chainId: "c", secret: id(secret) });

  it("are the same after a restart, and differ by task, attempt and node", () => {
    expect(source(1).salt(4n, 1)).to.deep.equal(source(1).salt(4n, 1));
    const salts = [source(1).salt(4n, 1), source(1).salt(4n, 2), source(1).salt(5n, 1), source(2).salt(4n, 1)];
    expect(new Set(salts.map(String)).size).to.equal(4);
    expect(salts[0]).to.have.length(32);
  });
});

describe("what was computed", () => {
  it("serves every attempt, unless it is bound to one", () => {
    const values = createTaskValues({ validator, chainId: "c", secret: id(1) });
    values.put(1n, id(1));
    values.put(2n, id(2), 1);
    expect([values.has(1n, 1), values.has(1n, 2), values.has(2n, 1), values.has(2n, 2)]).to.deep.equal([true, true, true, false]);
    expect(values.value(2n, 2)).to.equal(undefined);
  });
});

describe("the task worker", () => {
  interface Running {
    readonly worker: TaskWorker;
    readonly values: ReturnType<typeof createTaskValues>;
    readonly commit: () => void;
  }
  const running: Running[] = [];
  afterEach(async () => {
    for (const { worker } of running.splice(0)) await worker.stop();
  });

  function start(tasks: () => readonly Task[], sidecar = sidecarOf()): Running {
    const values = createTaskValues({ validator, chainId: "c", secret: id(1) });
    let handler: () => void = () => undefined;
    const worker = createTaskWorker({
      state: { query: (path, codecs, request) => path.endsWith("OpenTasks") ? Promise.resolve({ tasks: tasks(), pagination: undefined } as never) : state.query(path, codecs, request) },
      blobs: blobsOf(files),
      sidecar,
      values,
      onCommit: (h) => {
        handler = h;
        return () => (handler = () => undefined);
      },
      log: silentLogger(),
    });
    worker.start();
    const made = { worker, values, commit: () => handler() };
    running.push(made);
    return made;
  }

  async function until(what: () => boolean): Promise<void> {
    for (let i = 0; i < 500 && !what(); i++) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(what()).to.equal(true);
  }

  it("computes every open task of this validator, and forgets those that have ended", async () => {
    let open: readonly Task[] = [{ ...quality(), id: 1n }, { ...inference, id: 2n }, { ...attribution, id: 3n }];
    const { values, commit } = start(() => open);
    await until(() => values.size === 3);
    open = open.slice(2);
    commit();
    await until(() => values.size === 1);
    expect(values.has(3n, 1)).to.equal(true);
  });

  it("leaves the tasks of other committees alone", async () => {
    const other = { ...inference, committee: [{ validator: new Uint8Array(20).fill(2), power: 1n }] };
    const { values, worker } = start(() => [other, { ...inference, id: 7n }]);
    await until(() => values.has(7n, 1));
    expect(values.size).to.equal(1);
    expect(worker.stats().failed).to.equal(0);
  });

  it("survives a sidecar that fails, tells why, and tries again later", async () => {
    let healthy = false;
    const flaky = sidecarOf({
      generate: () =>
        healthy
          ? Promise.resolve(GenerateResult.create({ text: "x", outputHash: id(1), runtimeId: id(1) }))
          : Promise.reject(new EdgeFailure("unreachable", "sidecar is down")),
    });
    const { values, worker, commit } = start(() => [inference], flaky);
    await until(() => worker.stats().failed > 0);
    expect(worker.stats().lastError).to.contain("sidecar is down");
    healthy = true;
    const beat = setInterval(commit, 20);
    await until(() => values.size === 1).finally(() => clearInterval(beat));
  });

  it("replays one stretch at a time, so that an answer is attested meanwhile", async () => {
    let replaying = 0;
    const stuck = sidecarOf({
      info: () => Promise.resolve(InfoResponse.create({ runtimeId: id(7) })),
      train: (_job, _handlers, given) =>
        new Promise((_resolve, reject) => {
          replaying++;
          given?.addEventListener("abort", () => reject(new EdgeFailure("aborted", "stopped")));
        }),
    });
    const replay = task("replay", ReplayTask.encode(ReplayTask.create({ jobId: 1n, to: 4, runtimeId: id(7) })));
    const { values, commit } = start(() => [{ ...replay, id: 1n }, { ...replay, id: 2n }, { ...inference, id: 3n }], stuck);
    const beat = setInterval(commit, 5);
    await until(() => values.has(3n, 1) && replaying === 1).finally(() => clearInterval(beat));
    expect(replaying).to.equal(1);
  });

  it("stops while a sidecar never answers", async () => {
    const never = sidecarOf({
      generate: (_, given) => new Promise((_resolve, reject) => given?.addEventListener("abort", () => reject(new EdgeFailure("aborted", "stopped")))),
    });
    const { worker } = start(() => [inference], never);
    await until(() => worker.stats().working === 1);
    await worker.stop();
    expect(worker.stats().working).to.equal(0);
  });
});
