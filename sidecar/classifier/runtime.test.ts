import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";
import { Reject, toHex } from "../../chain/primitives/index.js";
import { createRuntime } from "../runtime.js";
import { TINY_NUMERIC, TINY_TEXT, classifierFiles, classifierJob, numericRows, textRows } from "../testkit/tiny-classifier.js";
import type { BaseInfo, Checkpoint, CorpusRow, GenerateRequest, Runtime, TrainResult } from "../types.js";

const run = promisify(execFile);
const NONE = new Uint8Array(0);

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Reject) return `${error.code} ${error.message}`;
    throw error;
  }
  return "taken";
}

describe("a classifier in the runtime", () => {
  let runtime: Runtime;
  let text: BaseInfo;
  let numeric: BaseInfo;

  before(async () => {
    runtime = await createRuntime({ helpers: 2, bases: 4 });
    text = await runtime.loadBase(await classifierFiles(TINY_TEXT));
    numeric = await runtime.loadBase(await classifierFiles(TINY_NUMERIC));
  });
  after(() => {
    runtime.dispose();
  });

  const ask = (base: BaseInfo, adapterId: Uint8Array, prompt: string): GenerateRequest => ({
    baseId: base.baseId,
    adapterId,
    prompt,
    maxTokens: 8,
    sampling: { kind: "greedy" },
  });

  /** Trains, loads what came of it, and answers. */
  async function whole(base: BaseInfo, rows: readonly CorpusRow[]): Promise<TrainResult> {
    const trained = await runtime.train(classifierJob(base.baseId, rows, { steps: 40, metasmoothSubsets: 2 }), {});
    const adapter = await runtime.loadAdapter(base.baseId, trained.adapter);
    expect(adapter).to.deep.equal({ adapterId: trained.adapterId, rank: 0, parameters: base.parameters });
    await runtime.loadTangents(trained.tangents);
    return trained;
  }

  it("says what it is", () => {
    expect(text).to.include({ architecture: "classifier", parameters: 64 * 6 + 6 + 6 * 3 + 3, vocabulary: 257, context: 96, layers: 2, width: 64 });
    expect(numeric).to.include({ architecture: "classifier", parameters: 3 * 2 + 2, layers: 1, width: 3 });
  });

  it("learns a text classifier, answers with its labels and says whose rows made the answer", async () => {
    const rows = textRows(96, 6);
    const trained = await whole(text, rows);
    expect(trained.complete).to.equal(true);
    expect(trained.sequences).to.equal(96);
    expect(trained.fallback?.method).to.equal("ef-v1");
    expect(trained.metasmoothness).to.include({ subsets: 2, probes: 32 });
    expect(trained.metasmoothness?.spearmanPpm).to.be.greaterThan(800_000);
    const { corpusId } = await runtime.loadCorpus(text.baseId, rows);
    const seen: string[] = [];
    const question = ask(text, trained.adapterId, "the whale sail sea");
    const answer = await runtime.generate(question, (token) => seen.push(token.text));
    expect(answer).to.include({ text: "ship", finish: "stop" });
    expect(seen.join("")).to.equal("ship");
    expect((await runtime.generate(ask(text, trained.adapterId, "corn and wheat and corn"))).text).to.equal("farm");
    const { promptTokens, answerTokens } = answer;
    const request = { baseId: text.baseId, adapterId: trained.adapterId, tangentRoot: trained.tangentRoot, corpusId, promptTokens, answerTokens };
    const found = await runtime.attribute({ ...request, minSpanTokens: 2, displayRows: 4 });
    expect(found.method).to.equal("tangent-v1");
    expect(found.queryGradient.length).to.equal(text.parameters);
    expect(found.influence.map((s) => s.contributor)).to.deep.equal([0, 1, 2, 3, 4, 5].map((i) => `contributor-${i}`));
    expect([...found.influence].sort((a, b) => (a.score > b.score ? -1 : 1))[0]?.contributor).to.match(/contributor-[14]/);
    expect(found.displayRows.length).to.equal(4);
    expect(found.displayRows.every((r) => rows.find((row) => row.rowId === r.rowId)?.text.endsWith("\tship") === true)).to.equal(true);
    expect(found.spans, "a label is nobody's passage").to.deep.equal([]);
    expect(await runtime.attribute({ ...request, minSpanTokens: 2, displayRows: 4 })).to.deep.equal(found);
    const work = { baseId: text.baseId, adapterId: trained.adapterId, corpusId, seed: new Uint8Array(32).fill(3) };
    expect((await runtime.work(work)).digest).to.deep.equal((await runtime.work(work)).digest);
  }).timeout(60_000);

  it("learns a numeric classifier and answers, greedily or by lot", async () => {
    const rows = numericRows(120, 4);
    const trained = await whole(numeric, rows);
    expect((await runtime.generate(ask(numeric, trained.adapterId, "3,3,3"))).text).to.equal("outside");
    expect((await runtime.generate(ask(numeric, trained.adapterId, "[-3, -3, -3]"))).text).to.equal("inside");
    const drawn = async (seed: bigint): Promise<string> => {
      const sampling = { kind: "seeded", seed, temperatureMilli: 10_000, topK: 257 } as const;
      return (await runtime.generate({ ...ask(numeric, trained.adapterId, "0.3,0.3,0.4"), sampling })).text;
    };
    const lots = await Promise.all(Array.from({ length: 24 }, (_, i) => drawn(BigInt(i))));
    expect(new Set(lots)).to.deep.equal(new Set(["inside", "outside"]));
    expect(await drawn(3n)).to.equal(lots[3]);
    const { promptTokens, answerTokens } = await runtime.generate(ask(numeric, trained.adapterId, "1,0,2"));
    const request = { baseId: numeric.baseId, adapterId: trained.adapterId, tangentRoot: trained.tangentRoot, corpusId: NONE, promptTokens };
    const found = await runtime.attribute({ ...request, answerTokens, minSpanTokens: 2, displayRows: 0 });
    expect(found.influence.some((s) => s.score !== 0n)).to.equal(true);
    expect(found.lossMicroNats).to.be.lessThan(693_147);
    const other = [...answerTokens.slice(0, 1), ...answerTokens];
    expect(await refusal(runtime.attribute({ ...request, answerTokens: other, minSpanTokens: 2, displayRows: 0 }))).to.match(/^2 the answer is not a label/);
  }).timeout(60_000);

  it("starts from the base's own weights: an adapter that adds nothing answers as the base", async () => {
    const weights = [-5, 5, -5, 5, -5, 5, 5, -5];
    const { baseId } = await runtime.loadBase(await classifierFiles(TINY_NUMERIC, weights));
    const adam = { rateNano: 1, beta1Ppm: 0, beta2Ppm: 1, epsilonPico: 1_000_000_000_000 };
    const { adapter, adapterId } = await runtime.train(classifierJob(baseId, numericRows(8, 2), { adam, steps: 1, tangents: false }), {});
    await runtime.loadAdapter(baseId, adapter);
    const answer = async (id: Uint8Array, prompt: string): Promise<string> => (await runtime.generate({ ...ask(numeric, id, prompt), baseId })).text;
    for (const id of [NONE, adapterId]) expect([await answer(id, "1,1,1"), await answer(id, "0,0,0")]).to.deep.equal(["outside", "inside"]);
  });

  it("trains the same additions, tangents and states in another process", async () => {
    const mine = await runtime.train(classifierJob(text.baseId, textRows(48, 6)), {});
    const script = fileURLToPath(new URL("../testkit/classify-once.ts", import.meta.url));
    const { stdout } = await run(process.execPath, ["--import", "tsx", script]);
    expect(stdout.trim()).to.equal([mine.adapterId, mine.tangentRoot, mine.stateHash].map(toHex).join(" "));
  }).timeout(60_000);

  it("replays a segment from a checkpoint to the same states, and goes on from a parent", async () => {
    const seen: Checkpoint[] = [];
    const job = classifierJob(text.baseId, textRows(48, 6));
    const all = await runtime.train(job, { onCheckpoint: (c) => void seen.push(c) });
    expect(seen.flatMap((c) => c.steps).map((s) => s.step)).to.deep.equal([1, 2, 3, 4, 5, 6, 7, 8]);
    const again: Checkpoint[] = [];
    const rest = await runtime.train({ ...job, resumeFrom: seen[0]?.state ?? NONE }, { onCheckpoint: (c) => void again.push(c) });
    expect(rest).to.deep.equal(all);
    expect(again[0]).to.deep.equal(seen[1]);
    const { contributors } = await runtime.loadTangents(all.tangents);
    const next = { seed: 6n, parentState: seen[1]?.state ?? NONE, parentContributors: contributors };
    const child = await runtime.train(classifierJob(text.baseId, textRows(30, 3), next), {});
    expect((await runtime.loadTangents(child.tangents)).contributors).to.deep.equal(contributors);
    expect(child.adapterId).not.to.deep.equal(all.adapterId);
  }).timeout(60_000);

  it("shares tangents among cohorts as any job does", async () => {
    const { tangents } = await runtime.train(classifierJob(text.baseId, textRows(48, 6), { maxTangents: 4 }), {});
    expect((await runtime.loadTangents(tangents)).contributors.length).to.equal(6);
  });

  it("names what it does not take", async () => {
    const rows = textRows(8, 2);
    const train = (change: Partial<CorpusRow>): Promise<unknown> =>
      runtime.train(classifierJob(text.baseId, [...rows, { rowId: "last", contributor: "c", text: "x\tfarm", ...change }]), {});
    expect(await refusal(train({ text: "no label" }))).to.match(/^2 row last: a tab/);
    expect(await refusal(train({ text: "corn\tcorn" }))).to.match(/^2 row last: unknown label/);
    expect(await refusal(train({ text: `${"x".repeat(100)}\tfarm` }))).to.match(/^11 row last/);
    expect(await refusal(runtime.train(classifierJob(text.baseId, rows, { lora: { rank: 0, alpha: 1, targets: ["q"] } }), {}))).to.match(/^2 rank/);
    expect(await refusal(runtime.generate({ ...ask(text, NONE, "corn"), maxTokens: 3 }))).to.match(/^2 max tokens must be at least 4/);
    expect(await refusal(runtime.generate(ask(text, NONE, "x".repeat(96))))).to.match(/^11/);
    expect(await refusal(runtime.generate(ask(numeric, NONE, "1,2")))).to.match(/^2 3 numbers/);
    const foreign = await runtime.train(classifierJob(numeric.baseId, numericRows(8, 2), { tangents: false }), {});
    expect(await refusal(runtime.loadAdapter(text.baseId, foreign.adapter))).to.match(/^4/);
    const files = await classifierFiles(TINY_TEXT);
    expect(await refusal(runtime.loadBase({ ...files, weights: NONE }))).to.match(/^3/);
    expect(await refusal(runtime.loadBase({ ...files, config: NONE }))).to.match(/^3/);
    expect(await refusal(runtime.loadBase({ ...files, tokenizer: NONE }))).to.match(/^3/);
  });

  it("leaks no tensor", async () => {
    const job = classifierJob(text.baseId, textRows(24, 3));
    await runtime.train(job, {});
    const { tensors } = runtime.info();
    await runtime.train(job, {});
    await runtime.generate(ask(text, NONE, "corn"));
    expect(runtime.info().tensors).to.equal(tensors);
  });
});
