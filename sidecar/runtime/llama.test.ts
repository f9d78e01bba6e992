import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";
import { Reject, toHex, utf8 } from "../../chain/primitives/index.js";
import { SidecarError } from "../errors.js";
import { encodeSafetensors, parseSafetensors } from "../model/safetensors.js";
import { createRuntime } from "../runtime.js";
import { TINY_LLAMA, tinyLlama, tinyLlamaJob } from "../testkit/tiny-llama.js";
import { tinyBase, tinyJob, tinyRows } from "../testkit/tiny.js";
import type { Checkpoint, GenerateRequest, Runtime, TrainResult } from "../types.js";

const run = promisify(execFile);
const NONE = new Uint8Array(0);

async function refusal(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    if (error instanceof Reject) return `${error.code} ${error.message}`;
    throw error;
  }
  return "";
}

describe("a Llama in the runtime", () => {
  let runtime: Runtime;
  let baseId: Uint8Array;
  let trained: TrainResult;
  const checkpoints: Checkpoint[] = [];

  before(async () => {
    runtime = await createRuntime();
    const info = await runtime.loadBase(tinyLlama());
    expect(info.architecture).to.equal("llama");
    baseId = info.baseId;
    trained = await runtime.train(tinyLlamaJob(baseId), { onCheckpoint: (c) => void checkpoints.push(c) });
    await runtime.loadAdapter(baseId, trained.adapter);
    await runtime.loadTangents(trained.tangents);
  });
  after(() => {
    runtime.dispose();
  });

  const question = (adapterId: Uint8Array): GenerateRequest => ({ baseId, adapterId, prompt: "the harvest", maxTokens: 12, sampling: { kind: "greedy" } });

  it("trains the same adapter, tangents and state in other processes, with SIMD and without, and from a checkpoint", async () => {
    const script = fileURLToPath(new URL("../testkit/train-once.ts", import.meta.url));
    for (const variant of ["simd", "scalar"]) {
      const { stdout } = await run(process.execPath, ["--import", "tsx", script, "llama", variant]);
      expect(stdout.trim(), variant).to.equal([trained.adapterId, trained.tangentRoot, trained.stateHash].map(toHex).join(" "));
    }
    const again = await runtime.train(tinyLlamaJob(baseId, { resumeFrom: checkpoints[0]?.state ?? NONE }), {});
    expect(toHex(again.stateHash)).to.equal(toHex(trained.stateHash));
    expect(again.tangents).to.deep.equal(trained.tangents);
  }).timeout(120_000);

  it("learns: the loss falls", async () => {
    const losses: number[] = [];
    const job = tinyLlamaJob(baseId, { steps: 40, tangents: false });
    await runtime.train(job, { onProgress: (p) => void losses.push(p.lossMicroNats) });
    expect(losses.at(-1) ?? NaN).to.be.lessThan((losses[0] ?? 0) - 250_000);
  });

  it("gives the same bits with threads that help", async () => {
    const helped = await createRuntime({ helpers: 2 });
    await helped.loadBase(tinyLlama());
    const again = await helped.train(tinyLlamaJob(baseId), {});
    helped.dispose();
    expect(toHex(again.stateHash)).to.equal(toHex(trained.stateHash));
    expect(again.tangents).to.deep.equal(trained.tangents);
  }).timeout(120_000);

  it("answers through the adapter, and again the same", async () => {
    const bare = await runtime.generate(question(NONE));
    const first = await runtime.generate(question(trained.adapterId));
    expect(first.answerTokens).not.to.deep.equal(bare.answerTokens);
    expect((await runtime.generate(question(trained.adapterId))).outputHash).to.deep.equal(first.outputHash);
  });

  it("attributes an answer: most to the contributor who speaks of it, spans to the row that has it", async () => {
    const { corpusId } = await runtime.loadCorpus(baseId, tinyRows(48, 4));
    const { promptTokens } = await runtime.generate(question(trained.adapterId));
    const told = await runtime.generate({ ...question(trained.adapterId), prompt: tinyRows(1, 4)[0]?.text ?? "", maxTokens: 1 });
    const request = { baseId, adapterId: trained.adapterId, tangentRoot: trained.tangentRoot, corpusId, promptTokens, minSpanTokens: 3, displayRows: 4 };
    const result = await runtime.attribute({ ...request, answerTokens: told.promptTokens.slice(1) });
    expect(result.influence.map((s) => s.contributor)).to.deep.equal([0, 1, 2, 3].map((i) => `contributor-${i}`));
    const best = result.influence.reduce((a, b) => (b.score > a.score ? b : a));
    expect(best.contributor).to.equal("contributor-0");
    expect(result.spans[0]).to.include({ start: 0, rowId: "row-0", contributor: "contributor-0" });
    expect(await runtime.attribute({ ...request, answerTokens: told.promptTokens.slice(1) })).to.deep.equal(result);
  });

  it("refuses an adapter of another architecture, and a gate where there is none", async () => {
    const { baseId: gpt2 } = await runtime.loadBase(tinyBase());
    expect(await refusal(runtime.loadAdapter(gpt2, trained.adapter))).to.match(/^4 /);
    const job = tinyJob(gpt2, { lora: { rank: 2, alpha: 4, targets: ["gate"] } });
    expect(await refusal(runtime.train(job, {}))).to.match(/^2 .*gate/);
    const other = await runtime.train(tinyJob(gpt2, { lora: { rank: 2, alpha: 4, targets: ["k", "o", "down"] } }), {});
    expect(await refusal(runtime.loadAdapter(baseId, other.adapter))).to.match(/^4 /);
    expect((await runtime.loadAdapter(gpt2, other.adapter)).rank).to.equal(2);
  });
});

describe("a model with other tokens around its documents", () => {
  it("begins with the one, and stops at any of the others", async () => {
    const tokenizer = readFileSync(new URL("../tokenizer/vectors/digits/tokenizer.json", import.meta.url));
    const sizes = { ...TINY_LLAMA, vocabulary: 420 };
    const own = tinyLlama(sizes);
    const fields = JSON.parse(Buffer.from(own.config).toString()) as object;
    const config = utf8(JSON.stringify({ ...fields, bos_token_id: 1, eos_token_id: [1, 0] }));
    // Without a gain in the last norm every logit is zero, and the first token wins.
    const tensors = [...parseSafetensors(own.weights, SidecarError.BadModel)];
    const dull = tensors.map(([name, t]) => [name, name === "model.norm.weight" ? { ...t, data: t.data.map(() => 0) } : t] as const);
    const runtime = await createRuntime();
    const { baseId } = await runtime.loadBase({ config, tokenizer, weights: encodeSafetensors(dull) });
    const ask = { baseId, adapterId: NONE, prompt: "the whale", maxTokens: 4, sampling: { kind: "greedy" } } as const;
    const answer = await runtime.generate(ask);
    expect(answer.promptTokens[0]).to.equal(1);
    expect([answer.finish, answer.answerTokens.length]).to.deep.equal(["stop", 0]);
    runtime.dispose();
  });
});
