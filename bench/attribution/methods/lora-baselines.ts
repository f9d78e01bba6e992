/** The published baselines (../baselines, checked against dattri) on an adapter: full gradients of rows, nothing projected. */
import { joinSequences, runDecoder } from "../../../sidecar/model/decoder.js";
import { Tape } from "../../../sidecar/ops/tape.js";
import { adapt } from "../../../sidecar/lora/layout.js";
import { predictedTokens } from "../../../sidecar/lora/gradient.js";
import type { Sequence } from "../../../sidecar/lora/gradient.js";
import { perSampleGradients } from "../../../sidecar/lora/per-sample.js";
import { dataInf } from "../baselines/datainf.js";
import type { Layer } from "../baselines/datainf.js";
import { gradDot } from "../baselines/grad-dot.js";
import { repSim } from "../baselines/rep-sim.js";
import { tracInCp } from "../baselines/tracin-cp.js";
import { trak } from "../baselines/trak.js";
import { drawSubsets } from "../subsets.js";
import { finalWeights, queryGradient, trainLora } from "../settings/lora-setting.js";
import type { LoraSetting } from "../settings/lora-setting.js";
import type { LoraMethod } from "./lora-ours.js";

interface RowGradients {
  readonly losses: readonly number[];
  readonly gradients: readonly Float32Array[];
}

/** Gradient of every row's mean loss. */
function rowGradients({ context, data }: LoraSetting, theta: Float32Array): RowGradients {
  const gradients: Float32Array[] = [];
  const losses: number[] = [];
  for (let at = 0; at < data.sequences.length; at += 16) {
    const some = data.sequences.slice(at, at + 16);
    const part = perSampleGradients(context, theta, some, { weight: some.map((s) => 1 / predictedTokens(s)) });
    gradients.push(...part.gradients);
    losses.push(...part.losses);
  }
  return { gradients, losses };
}

function queryGradients(setting: LoraSetting, theta: Float32Array, queries: readonly number[]): Float32Array[] {
  return queries.map((q) => queryGradient(setting, theta, q).gradient);
}

export const gradDotLora: LoraMethod = {
  id: "grad-dot",
  ours: false,
  prepare: async (setting) => {
    const theta = await finalWeights(setting);
    const { gradients } = rowGradients(setting, theta);
    return { scores: (queries) => gradDot(gradients, queryGradients(setting, theta, queries)) };
  },
};

/** Adam's rate is constant, so checkpoints weigh alike. */
export function tracInCpLora(checkpoints: number): LoraMethod {
  return {
    id: "tracin-cp",
    ours: false,
    note: `${checkpoints} checkpoints`,
    prepare: async (setting) => {
      const saved: Float32Array[] = [];
      const every = setting.job.steps / checkpoints;
      const last = await trainLora(setting, {}, ({ adapter, step }) => {
        if (step > 0 && step % every === 0) saved.push(adapter.theta.slice());
      });
      const points = [...saved, last.adapter.theta].map((theta) => ({ theta, rows: rowGradients(setting, theta).gradients }));
      return {
        scores: (queries) => tracInCp(points.map(({ theta, rows }) => ({ rate: 1, rows, queries: queryGradients(setting, theta, queries) }))),
      };
    },
  };
}

/** The closed form, tensor by tensor of the adapter, as its published code takes them. `relative`: to a tensor's mean square. */
export function dataInfLora(relative: number): LoraMethod {
  return {
    id: `datainf (${relative})`,
    ours: false,
    note: relative === 0.1 ? "damping as published" : `damping ${relative} of a tensor's mean square`,
    prepare: async (setting) => {
      const theta = await finalWeights(setting);
      const { gradients } = rowGradients(setting, theta);
      const options = { layers: tensorsOf(setting), damping: { relative } };
      return { scores: (queries) => dataInf(gradients, queryGradients(setting, theta, queries), options) };
    },
  };
}

/** Where each tensor of the adapter lies. */
function tensorsOf({ context: { layout } }: LoraSetting): Layer[] {
  return layout.slots.flatMap(({ input, output, at }) => {
    const middle = at + input * layout.rank;
    return [
      { from: at, to: middle },
      { from: middle, to: middle + output * layout.rank },
    ];
  });
}

/** Models on halves without projection, hence with a ridge. A row's 1 - p: of its tokens' geometric mean. */
export function trakLora(models: number): LoraMethod {
  return {
    id: `trak-${models}`,
    ours: false,
    note: `${models} models on halves, no projection`,
    prepare: async (setting, seed) => {
      const halves = drawSubsets(setting.data.sequences.length, models, { share: 0.5, seed: seed + 77n });
      const members: { theta: Float32Array; rows: RowGradients }[] = [];
      for (const [m, kept] of halves.entries()) {
        const theta = (await trainLora(setting, { weights: [...kept], seed: setting.job.seed + 1000n + BigInt(m) })).adapter.theta;
        members.push({ theta, rows: rowGradients(setting, theta) });
      }
      return {
        scores: (queries) =>
          trak(
            members.map(({ theta, rows }) => ({
              rows: rows.gradients,
              queries: queryGradients(setting, theta, queries),
              doubt: rows.losses.map((loss) => 1 - Math.exp(-loss)),
            })),
            { relative: 0.01 },
          ),
      };
    },
  };
}

/** Mean hidden states at the end of the decoder. */
export const repSimLora: LoraMethod = {
  id: "rep-sim",
  ours: false,
  prepare: async (setting) => {
    const theta = await finalWeights(setting);
    const { backend, base, layout } = setting.context;
    const stateOf = ({ tokens }: Sequence): Float32Array => {
      const { model } = adapt(base, layout, theta, false);
      const { rows, cols, data } = runDecoder(new Tape(backend), model, joinSequences([tokens.slice(0, -1)]));
      const out = new Float32Array(cols);
      for (let k = 0; k < rows * cols; k++) out[k % cols] = (out[k % cols] as number) + (data[k] as number) / rows;
      return out;
    };
    const rows = setting.data.sequences.map(stateOf);
    return { scores: (queries) => repSim(rows, queries.map((q) => stateOf(setting.queries[q] as Sequence))) };
  },
};
