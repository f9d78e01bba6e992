import { utf8 } from "../../chain/primitives/index.js";
import { SidecarError } from "../errors.js";
import { parseJson, readInteger, readObject } from "../model/json.js";
import type { Activation } from "./activation.js";
import { featureCount } from "./features.js";
import type { FeatureRule } from "./features.js";

/** `model_type` of config.json. */
export const CLASSIFIER_TYPE = "openledger-classifier";

/** A classifier: how a prompt becomes features, the layers above them, and what its classes are called. */
export interface ClassifierConfig {
  readonly features: FeatureRule;
  /** Widths of the hidden layers, from the features on; none for multinomial logistic regression. */
  readonly hidden: readonly number[];
  readonly activation: Activation;
  /** Text of each class: what the model answers. */
  readonly labels: readonly string[];
  /** Longest prompt with its label, in tokens. */
  readonly context: number;
}

const MAX_HIDDEN = 8;
const MAX_WIDTH = 4096;
const MAX_LABELS = 1024;
const MAX_LABEL_CHARACTERS = 64;
/** What influence vectors may have (modules/attribution/rules/vectors.ts). */
const MAX_PARAMETERS = 1 << 20;

/** Inputs, hidden widths, classes. */
export function layerSizes({ features, hidden, labels }: ClassifierConfig): number[] {
  return [featureCount(features), ...hidden, labels.length];
}

/** Reads config.json. @throws Reject sidecar/3 for anything that is not a classifier within bounds. */
export function parseClassifierConfig(bytes: Uint8Array): ClassifierConfig {
  const reject = SidecarError.BadModel;
  const fields = readObject(parseJson(bytes, reject), reject);
  if (fields["model_type"] !== CLASSIFIER_TYPE) throw reject(`config model_type must be ${CLASSIFIER_TYPE}`);
  const config = {
    features: readFeatures(fields["features"]),
    hidden: readHidden(fields["hidden"]),
    activation: readActivation(fields["activation"]),
    labels: readLabels(fields["labels"]),
    context: readInteger(fields["context"], { name: "context", low: 8, high: 1 << 16 }, reject),
  };
  if (parameterCount(config) > MAX_PARAMETERS) throw reject(`a classifier has at most ${MAX_PARAMETERS} parameters`);
  return config;
}

/** config.json of a classifier. */
export function encodeClassifierConfig(config: ClassifierConfig): Uint8Array {
  return utf8(`${JSON.stringify({ model_type: CLASSIFIER_TYPE, ...config }, undefined, 2)}\n`);
}

function parameterCount(config: ClassifierConfig): number {
  const sizes = layerSizes(config);
  return sizes.slice(1).reduce((sum, outputs, l) => sum + ((sizes[l] ?? 0) + 1) * outputs, 0);
}

function readFeatures(value: unknown): FeatureRule {
  const reject = SidecarError.BadModel;
  const fields = readObject(value, reject);
  const { kind, unit } = fields;
  if (kind === "numeric") {
    const size = readInteger(fields["size"], { name: "features size", low: 1, high: 1 << 14 }, reject);
    return { kind, size, limit: readInteger(fields["limit"], { name: "features limit", low: 1, high: 1_000_000 }, reject) };
  }
  if (kind !== "text") throw reject("features must be text or numeric");
  if (unit !== "word" && unit !== "byte") throw reject("features unit must be word or byte");
  const longest = readInteger(fields["longest"], { name: "features longest", low: 1, high: 8 }, reject);
  return { kind, unit, longest, buckets: readInteger(fields["buckets"], { name: "features buckets", low: 2, high: 1 << 16 }, reject) };
}

function readHidden(value: unknown): number[] {
  const reject = SidecarError.BadModel;
  if (!Array.isArray(value) || value.length > MAX_HIDDEN) throw reject(`hidden must list at most ${MAX_HIDDEN} widths`);
  return value.map((width: unknown) => readInteger(width, { name: "hidden width", low: 1, high: MAX_WIDTH }, reject));
}

function readActivation(value: unknown): Activation {
  if (value !== "relu" && value !== "silu") throw SidecarError.BadModel("activation must be relu or silu");
  return value;
}

function readLabels(value: unknown): string[] {
  const reject = SidecarError.BadModel;
  if (!Array.isArray(value) || value.length < 2 || value.length > MAX_LABELS) throw reject(`labels must list 2 to ${MAX_LABELS} classes`);
  const labels = value.map((label: unknown) => {
    if (typeof label !== "string" || !isLabel(label)) throw reject(`a label is 1 to ${MAX_LABEL_CHARACTERS} characters on one line, without tabs`);
    return label;
  });
  if (new Set(labels).size !== labels.length) throw reject("labels must differ");
  return labels;
}

/** A row ends with its label, after the last tab (rows.ts), and is one line. */
function isLabel(label: string): boolean {
  return label.length > 0 && label.length <= MAX_LABEL_CHARACTERS && label.isWellFormed() && !/[\t\n\r]/.test(label);
}
