import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";
import { Reject, toHex } from "../chain/primitives/index.js";
import { verifySpanProof } from "../modules/attribution/rules/span-proof.js";
import { createRuntime } from "./runtime.js";
import { tinyBase, tinyJob, tinyRows } from "./testkit/tiny.js";
import type { Checkpoint, GenerateRequest, Runtime, TrainStarted, WorkResult } from "./types.js";

const run = promisify(execFile);
const id = new Uint8Array(0);

async function refusal(work: Promise<unknown>): Promise<number> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Reject) return error.code;
    throw error;
  }
  return 0;
}

describe("runtime", () => {
  let runtime: Runtime;
  let baseId: Uint8Array;

  before(async () => {
    runtime = await createRuntime();
    baseId = (await runtime.loadBase(tinyBase())).baseId;
  });
  after(() => {
    runtime.dispose();
  });

  const question = (adapterId: Uint8Array): GenerateRequest => ({
    baseId,
    adapterId,
    prompt: "the harvest",
    maxTokens: 12,
    sampling: { kind: "greedy" },
  });

  it("trains the same adapter, tangents and state in another process", async () => {
    const mine = await runtime.train(tinyJob(baseId), {});
    const script = fileURLToPath(new URL("./testkit/train-once.ts", import.meta.url));
    const { stdout } = await run(process.execPath, ["--import", "tsx", script]);
    expect(stdout.trim()).to.equal([mine.adapterId, mine.tangentRoot, mine.stateHash].map(toHex).join(" "));
    expect(mine.complete).to.equal(true);
  }).timeout(120_000);

  it("replays a segment from a checkpoint to the same state hash", async () => {
    const seen: Checkpoint[] = [];
    const whole = await runtime.train(tinyJob(baseId), { onCheckpoint: (c) => void seen.push(c) });
    expect(seen.map((c) => c.step)).to.deep.equal([4, 8]);
    const from = seen[0]?.state ?? new Uint8Array(0);
    const again = await runtime.train(tinyJob(baseId, { resumeFrom: from }), {});
    expect(toHex(again.stateHash)).to.equal(toHex(whole.stateHash));
    expect(toHex(again.tangentRoot)).to.equal(toHex(whole.tangentRoot));
    expect(await refusal(runtime.train(tinyJob(baseId, { resumeFrom: from, seed: 6n }), {}))).to.equal(6);
  });

  it("records every step, says where it starts, and repeats the result from the last state", async () => {
    const seen: Checkpoint[] = [];
    const started: TrainStarted[] = [];
    const watch = { onCheckpoint: (c: Checkpoint) => void seen.push(c), onStarted: (s: TrainStarted) => void started.push(s) };
    const whole = await runtime.train(tinyJob(baseId), watch);
    const records = seen.flatMap((c) => c.steps);
    expect(records.map((r) => r.step)).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(records.map((r) => r.dataCursor)).to.deep.equal([16n, 32n, 48n, 64n, 80n, 96n, 112n, 128n]);
    expect(new Set(records.map((r) => toHex(r.stateRoot))).size).to.equal(8);
    expect(seen.map((c) => toHex(c.stateHash))).to.deep.equal([records[3], records[7]].map((r) => toHex(r?.stateRoot ?? id)));
    const again = await runtime.train(tinyJob(baseId, { resumeFrom: seen[1]?.state ?? id }), watch);
    expect(again).to.deep.equal(whole);
    expect(started.map((s) => s.step)).to.deep.equal([0, 8]);
    expect(toHex(started[1]?.stateRoot ?? id)).to.equal(toHex(whole.stateHash));
    const part = await runtime.train(tinyJob(baseId, { resumeFrom: seen[0]?.state ?? id, stopAfter: 6 }), watch);
    expect([part.complete, toHex(part.stateHash)]).to.deep.equal([false, toHex(records[5]?.stateRoot ?? id)]);
    const backwards = tinyJob(baseId, { resumeFrom: seen[1]?.state ?? id, stopAfter: 4 });
    expect(await refusal(runtime.train(backwards, {}))).to.equal(2);
  });

  it("does work that depends on the seed and on nothing else", async () => {
    const trained = await runtime.train(tinyJob(baseId), {});
    await runtime.loadAdapter(baseId, trained.adapter);
    const { corpusId } = await runtime.loadCorpus(baseId, tinyRows(48, 4));
    const ask = (n: number): Promise<WorkResult> =>
      runtime.work({ baseId, adapterId: trained.adapterId, corpusId, seed: new Uint8Array(32).fill(n) });
    const [first, second, again] = [await ask(1), await ask(2), await ask(1)];
    expect(toHex(first.digest)).to.equal(toHex(again.digest));
    expect(toHex(first.digest)).not.to.equal(toHex(second.digest));
    expect(await refusal(runtime.work({ baseId, adapterId: trained.adapterId, corpusId, seed: new Uint8Array(31) }))).to.equal(2);
  });

  it("pays no span that stands in the background", async () => {
    const trained = await runtime.train(tinyJob(baseId), {});
    await runtime.loadAdapter(baseId, trained.adapter);
    const rows = tinyRows(48, 4);
    const text = rows[0]?.text ?? "";
    const { promptTokens } = await runtime.generate({ ...question(new Uint8Array(0)), prompt: text, maxTokens: 1 });
    const spansWith = async (background: readonly string[]): Promise<number> => {
      const { corpusId } = await runtime.loadCorpus(baseId, rows, background);
      const request = { baseId, adapterId: trained.adapterId, tangentRoot: new Uint8Array(0), corpusId, promptTokens: [0] };
      const found = await runtime.attribute({ ...request, answerTokens: promptTokens.slice(1), minSpanTokens: 4, displayRows: 0 });
      return found.spans.length;
    };
    expect(await spansWith([])).to.equal(1);
    expect(await spansWith([`they say ${text} always`, text])).to.equal(0);
  });

  it("leaves with a whole run the fallback of its tangents and how well these predict, and goes on from it", async () => {
    const first = await runtime.train(tinyJob(baseId, { metasmoothSubsets: 1, maxTangents: 3 }), {});
    expect(first.fallback?.method).to.equal("ef-v1");
    expect(first.metasmoothness).to.include({ subsets: 1, probes: 32 });
    let parentState = new Uint8Array(0);
    await runtime.train(tinyJob(baseId, { maxTangents: 3 }), { onCheckpoint: ({ state }) => void (parentState = Uint8Array.from(state)) });
    const info = await runtime.loadTangents(first.tangents);
    const next = { seed: 6n, maxTangents: 3, parentState, parentContributors: info.contributors };
    const second = await runtime.train(tinyJob(baseId, next), {});
    expect((await runtime.loadTangents(second.tangents)).contributors).to.deep.equal(info.contributors);
    expect(second.adapterId).not.to.deep.equal(first.adapterId);
    expect((await runtime.train(tinyJob(baseId, { stopAfter: 4 }), {})).fallback).to.equal(undefined);
  });

  it("learns: the loss falls", async () => {
    const losses: number[] = [];
    const job = tinyJob(baseId, { steps: 30, tangents: false, adam: { ...tinyJob(baseId).adam, rateNano: 30_000_000 } });
    await runtime.train(job, { onProgress: (p) => losses.push(p.lossMicroNats) });
    expect(losses.at(-1)).to.be.lessThan((losses[0] ?? 0) * 0.95);
  });

  it("answers the same whatever ran in between, and leaks no tensor", async () => {
    const trained = await runtime.train(tinyJob(baseId), {});
    await runtime.loadAdapter(baseId, trained.adapter);
    const before = runtime.info().tensors;
    const first = await runtime.generate(question(trained.adapterId));
    const seeded = { kind: "seeded", seed: 3n, temperatureMilli: 900, topK: 20 } as const;
    const [a, b] = await Promise.all([
      runtime.generate({ ...question(trained.adapterId), sampling: seeded }),
      runtime.generate(question(trained.adapterId)),
    ]);
    const c = await runtime.generate({ ...question(trained.adapterId), sampling: seeded });
    expect(toHex(b.outputHash)).to.equal(toHex(first.outputHash));
    expect(toHex(c.outputHash)).to.equal(toHex(a.outputHash));
    expect(runtime.info().tensors).to.equal(before);
  });

  it("attributes an answer: integer influence per contributor, spans of the first registrant, rows for display", async () => {
    const trained = await runtime.train(tinyJob(baseId), {});
    await runtime.loadAdapter(baseId, trained.adapter);
    const { tangentRoot } = await runtime.loadTangents(trained.tangents);
    expect(toHex(tangentRoot)).to.equal(toHex(trained.tangentRoot));
    const { corpusId } = await runtime.loadCorpus(baseId, tinyRows(48, 4));
    const { promptTokens } = await runtime.generate(question(trained.adapterId));
    const answer = await runtime.generate({ ...question(trained.adapterId), prompt: tinyRows(1, 4)[0]?.text ?? "", maxTokens: 1 });
    const request = { baseId, adapterId: trained.adapterId, tangentRoot, corpusId, promptTokens, minSpanTokens: 3, displayRows: 4 };
    const result = await runtime.attribute({ ...request, answerTokens: answer.promptTokens.slice(1) });
    expect(result.influence.map((s) => s.contributor)).to.deep.equal([0, 1, 2, 3].map((i) => `contributor-${i}`));
    expect(result.influence.some((s) => s.score !== 0n)).to.equal(true);
    expect(result.spans[0]).to.include({ start: 0, rowId: "row-0", contributor: "contributor-0" });
    expect(result.displayRows.length).to.equal(4);
    const again = await runtime.attribute({ ...request, answerTokens: answer.promptTokens.slice(1) });
    expect(again).to.deep.equal(result);
    for (const { start, end, position, contributor, rowId } of result.spans) {
      const bytes = await runtime.proveSpan({ corpusId, position, length: end - start });
      const tokens = answer.promptTokens.slice(1).slice(start, end);
      const claim = { root: result.spanRoot, tokens, position: BigInt(position), contributor, rowId };
      expect(verifySpanProof(bytes, claim)).to.equal(undefined);
    }
    expect(await refusal(runtime.proveSpan({ corpusId, position: 1 << 30, length: 4 }))).to.equal(2);
  });

  it("stops when cancelled and goes on serving", async () => {
    const controller = new AbortController();
    const watch = { onProgress: () => controller.abort() };
    expect(await refusal(runtime.train(tinyJob(baseId), watch, controller.signal))).to.equal(13);
    expect((await runtime.generate(question(new Uint8Array(0)))).answerTokens.length).to.be.greaterThan(0);
  });

  it("refuses with a code what it cannot do", async () => {
    const missing = new Uint8Array(32);
    expect(await refusal(runtime.train(tinyJob(missing), {}))).to.equal(7);
    expect(await refusal(runtime.generate(question(missing)))).to.equal(8);
    expect(await refusal(runtime.generate({ ...question(new Uint8Array(0)), maxTokens: 0 }))).to.equal(2);
    expect(await refusal(runtime.generate({ ...question(new Uint8Array(0)), prompt: "sea ".repeat(60) }))).to.equal(11);
    expect(await refusal(runtime.train(tinyJob(baseId, { rows: [] }), {}))).to.equal(2);
    expect(await refusal(runtime.loadTangents(Uint8Array.of(1, 2, 3)))).to.equal(5);
    const empty = { config: new Uint8Array(0), weights: new Uint8Array(0) };
    expect(await refusal(runtime.loadAdapter(baseId, empty))).to.equal(4);
    expect(await refusal(runtime.loadBase({ ...tinyBase(), weights: new Uint8Array(9) }))).to.equal(3);
  });
});
