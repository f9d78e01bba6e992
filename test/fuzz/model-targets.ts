/** Files of models and of training, which peers publish as blobs, and what a sidecar answers. */
import { layoutOf } from "../../sidecar/lora/layout.js";
import { encodeAdapter, parseAdapter } from "../../sidecar/lora/peft.js";
import { parsePeftConfig } from "../../sidecar/lora/peft-config.js";
import { parseConfig } from "../../sidecar/model/config.js";
import { encodeSafetensors, parseSafetensors } from "../../sidecar/model/safetensors.js";
import { decodeVectors, encodeVectors } from "../../sidecar/attribution/vectors.js";
import { SidecarError } from "../../sidecar/errors.js";
import { TINY, tinyBase } from "../../sidecar/testkit/tiny.js";
import { parseTokenizer } from "../../sidecar/tokenizer/file.js";
import { decodeSteps, encodeSteps } from "../../modules/modelfactory/rules/step-record.js";
import type { FuzzTarget } from "./target.js";

const base = tinyBase();
const layout = layoutOf(TINY, { rank: 2, alpha: 4, targets: ["q", "v"] });
const adapter = encodeAdapter(TINY, layout, new Float32Array(layout.size).fill(0.5));
const vectors = { method: "tangent-v1", adapterId: new Uint8Array(32), parameters: 4, contributors: [{ contributor: "a", exponent: 0, values: new Int8Array([1, 2, 3, 4]) }] };
const steps = [1, 2].map((step) => ({ step, lossMicroNats: 5n, dataCursor: 3n, stateRoot: new Uint8Array(32) }));

const blob = (name: string, form: FuzzTarget["form"], seed: Uint8Array, run: FuzzTarget["run"]): FuzzTarget => ({
  ...{ name, form, run, from: "peer", seeds: [seed] },
});

export const MODEL_TARGETS: readonly FuzzTarget[] = [
  blob("model config", "text", base.config, (b) => void parseConfig(b)),
  blob("tokenizer", "text", base.tokenizer, (b) => void parseTokenizer(b, SidecarError.BadModel)),
  blob("safetensors", "bytes", encodeSafetensors([["a", { shape: [2, 2], data: new Float32Array(4) }]]), (b) => void parseSafetensors(b, SidecarError.BadModel)),
  blob("adapter config", "text", adapter.config, (b) => void parsePeftConfig(TINY, b)),
  blob("adapter weights", "bytes", adapter.weights, (weights) => void parseAdapter(TINY, { config: adapter.config, weights })),
  blob("influence vectors", "bytes", encodeVectors(vectors), (b) => encodeVectors(decodeVectors(b))),
  blob("step records", "bytes", encodeSteps(steps), (b) => {
    const read = decodeSteps(b);
    return read === undefined ? undefined : encodeSteps(read);
  }),
];
