/**
 * Writes the three files of a classifier that has learnt nothing yet, for a base model of its own (sidecar/classifier/README.md).
 *
 *   npx tsx scripts/make-classifier.ts OUT --labels sport,law,trade --features text --buckets 4096 --hidden 32
 *   npx tsx scripts/make-classifier.ts OUT --labels low,high --features numeric --size 8 --limit 100
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { SHIPPED_BASE } from "../sidecar/base/read.js";
import { readClassifier } from "../sidecar/classifier/classifier.js";
import { CLASSIFIER_TYPE, encodeClassifierConfig, layerSizes, parseClassifierConfig } from "../sidecar/classifier/config.js";
import type { ClassifierConfig } from "../sidecar/classifier/config.js";
import { createNetwork, initialWeights } from "../sidecar/classifier/network.js";
import { encodeWeights } from "../sidecar/classifier/weights.js";
import { SidecarError } from "../sidecar/errors.js";
import { tfjsBackend } from "../sidecar/ops/tfjs-backend.js";
import { parseTokenizer } from "../sidecar/tokenizer/file.js";
import { Tokenizer } from "../sidecar/tokenizer/tokenizer.js";
import { utf8 } from "../chain/primitives/index.js";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    labels: { type: "string" },
    features: { type: "string", default: "text" },
    unit: { type: "string", default: "word" },
    longest: { type: "string", default: "2" },
    buckets: { type: "string", default: "4096" },
    size: { type: "string" },
    limit: { type: "string", default: "1000" },
    hidden: { type: "string", default: "" },
    activation: { type: "string", default: "silu" },
    context: { type: "string", default: "1024" },
    seed: { type: "string", default: "1" },
    tokenizer: { type: "string", default: join(SHIPPED_BASE, "tokenizer.json") },
  },
});

/** Checked as a stranger's file would be. */
function configOf(): ClassifierConfig {
  const { kind, unit, longest, buckets, size, limit } = { ...values, kind: values.features };
  const numeric = { kind, size: Number(size), limit: Number(limit) };
  const text = { kind, unit, longest: Number(longest), buckets: Number(buckets) };
  const fields = {
    model_type: CLASSIFIER_TYPE,
    features: kind === "numeric" ? numeric : text,
    hidden: values.hidden === "" ? [] : values.hidden.split(",").map(Number),
    activation: values.activation,
    labels: values.labels?.split(",") ?? [],
    context: Number(values.context),
  };
  return parseClassifierConfig(utf8(JSON.stringify(fields)));
}

const [out] = positionals;
if (out === undefined) throw new Error("where to? npx tsx scripts/make-classifier.ts OUT --labels a,b");
const config = configOf();
const backend = await tfjsBackend();
const network = createNetwork(backend, layerSizes(config), config.activation);
const tokenizer = readFileSync(values.tokenizer);
const files = { config: encodeClassifierConfig(config), tokenizer, weights: encodeWeights(network, initialWeights(network, BigInt(values.seed))) };
readClassifier(files, new Tokenizer(parseTokenizer(tokenizer, SidecarError.BadModel)), backend);
mkdirSync(out, { recursive: true });
writeFileSync(join(out, "config.json"), files.config);
writeFileSync(join(out, "tokenizer.json"), files.tokenizer);
writeFileSync(join(out, "model.safetensors"), files.weights);
console.log(`${out}: ${network.parameters} parameters, ${config.labels.length} labels`);
