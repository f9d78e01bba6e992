import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect } from "chai";
import { LANE_B_TOLERANCE, checkDifference, isCertain } from "../lane-b/self-test.js";
import { softwareGpu } from "../testkit/swiftshader.js";
import { TINY_TEXT, classifierFiles } from "../testkit/tiny-classifier.js";
import { tinyLlama } from "../testkit/tiny-llama.js";
import type { BaseFiles } from "../types.js";
import { formatReport, passesSelfTest, report } from "./info.js";
import type { SidecarReport } from "./info.js";
import { probe } from "./probe.js";

const run = promisify(execFile);
const MAIN = fileURLToPath(new URL("../main.ts", import.meta.url));

/** Runs `work` under other environment variables, which child processes inherit. */
async function under<T>(env: Readonly<Record<string, string>>, work: () => Promise<T>): Promise<T> {
  const before = { ...process.env };
  Object.assign(process.env, env);
  try {
    return await work();
  } finally {
    for (const name of Object.keys(env)) Reflect.deleteProperty(process.env, name);
    Object.assign(process.env, before);
  }
}

describe("sidecar info", () => {
  it("says in one line of JSON, and in words, what was found and what was not", async () => {
    const { stdout } = await run(process.execPath, ["--import", "tsx", MAIN, "info", "--json"]);
    const found = JSON.parse(stdout) as SidecarReport;
    expect(found.laneA).to.deep.equal({ backend: "tfjs-wasm-simd", selfTest: "ok" });
    expect(found.backends.map((b) => b.kind)).to.deep.equal(["cuda", "webgpu", "wasm"]);
    expect(found.backends[2]?.found).to.equal(true);
    for (const b of found.backends) expect(b.found ? b.device : b.reason, b.kind).to.be.a("string");
    expect(found.base.parameters).to.equal(940_800);
    const text = formatReport(found);
    expect(text).to.include("self-test ok, the bits of every other machine").and.to.include(found.runtimeId);
    expect(formatReport({ ...found, laneA: { backend: "x", selfTest: "failed" } })).to.include("FAILED");
  }).timeout(120_000);

  it("knows the golden bits of lane A", async () => {
    expect(await passesSelfTest()).to.equal(true);
  });

  it("measures what it can on another architecture, and names what it cannot", async () => {
    const write = (base: BaseFiles): string => {
      const folder = mkdtempSync(join(tmpdir(), "openledger-base-"));
      writeFileSync(join(folder, "config.json"), base.config);
      writeFileSync(join(folder, "tokenizer.json"), base.tokenizer);
      writeFileSync(join(folder, "model.safetensors"), base.weights);
      return folder;
    };
    const llama = await report({ base: write(tinyLlama()), bench: true });
    expect(llama.laneA.figures?.stepMs).to.be.above(0);
    expect(llama.backends[2]?.figures?.stepMs).to.be.above(0);
    expect(llama.unmeasured).to.deep.equal([]);
    const classifier = await report({ base: write(await classifierFiles(TINY_TEXT)), bench: true });
    expect(classifier.unmeasured).to.deep.equal(["A", "B"]);
    expect(formatReport(classifier)).to.include("lane B is not measured on a classifier base");
  }).timeout(120_000);

  it("refuses a lane B that is off, or chooses other tokens", () => {
    const fine = { loss: 0, gradient: 1e-6, logits: 1e-6, tokens: 0 };
    expect(() => checkDifference(fine)).to.not.throw();
    expect(() => checkDifference({ ...fine, gradient: 2 * LANE_B_TOLERANCE })).to.throw("self-test failed");
    expect(() => checkDifference({ ...fine, logits: Number.NaN })).to.throw("self-test failed");
    expect(() => checkDifference({ ...fine, tokens: 1 })).to.throw("1 greedy tokens differ");
    expect([isCertain(Float32Array.of(1, 5, 4)), isCertain(Float32Array.of(1, 5, 4.999))]).to.deep.equal([true, false]);
  });
});

describe("a backend that cannot be used", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "openledger-optional-"));
  });
  after(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  async function probeWith(source: string): Promise<string> {
    const at = join(folder, "node_modules", "@tensorflow", "tfjs-node-gpu");
    mkdirSync(at, { recursive: true });
    writeFileSync(join(at, "index.js"), source);
    const seen = await under({ OPENLEDGER_OPTIONAL_MODULES: folder }, () => probe("cuda"));
    expect(seen).to.include({ kind: "cuda", found: false });
    return seen.reason ?? "";
  }

  it("is reported with its reason, whatever it throws and even if it ends the process", async () => {
    expect(await probeWith('throw new Error("tfjs_binding.node can not be found");')).to.equal("tfjs_binding.node can not be found");
    expect(await probeWith('console.log("noise"); throw "a string";')).to.equal("a string");
    expect(await probeWith("process.abort();")).to.match(/^the probing process ended/);
    expect(await probeWith("exports.backend = () => ({ isUsingGpuDevice: false });")).to.match(/tensorflow/);
  }).timeout(120_000);

  it("is reported when it is not installed", async () => {
    const seen = await under({ OPENLEDGER_OPTIONAL_MODULES: "/nowhere" }, () => probe("cuda"));
    expect(seen.reason).to.equal("not installed: @tensorflow/tfjs-node-gpu");
  });
});

describe("lane B on WebGPU", () => {
  it("agrees with lane A on a software GPU: loss, gradient, logits, certain greedy tokens", async function () {
    const gpu = softwareGpu();
    if (typeof gpu === "string") {
      process.stdout.write(`    skipped: ${gpu}\n`);
      this.skip();
      return;
    }
    const seen = await under(gpu.env, () => probe("webgpu"));
    gpu.release();
    expect(seen.reason).to.equal(undefined);
    expect(seen.device).to.match(/SwiftShader/);
    const { loss = 1, gradient = 1, logits = 1, tokens = 1 } = seen.difference ?? {};
    expect(Math.max(loss, gradient, logits)).to.be.lessThan(LANE_B_TOLERANCE);
    expect(tokens).to.equal(0);
  }).timeout(300_000);
});
