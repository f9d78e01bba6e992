import { concatBytes, utf8 } from "../../chain/primitives/index.js";
import type { RejectFactory } from "../../chain/primitives/index.js";
import { SidecarError } from "../errors.js";
import type { Sequence } from "../lora/gradient.js";
import type { MatmulBackend } from "../ops/backend.js";
import type { Tokenizer } from "../tokenizer/tokenizer.js";
import type { BaseFiles, CorpusRow } from "../types.js";
import { layerSizes, parseClassifierConfig } from "./config.js";
import type { ClassifierConfig } from "./config.js";
import { featuresOf } from "./features.js";
import { createNetwork } from "./network.js";
import type { Network } from "./network.js";
import { parseWeights } from "./weights.js";

/**
 * A base model that answers with one of its labels. It speaks in tokens as a decoder does: a byte-level tokenizer loses nothing, so
 * that a prompt's features can be had from its tokens, and answers are counted, hashed, attributed and searched alike.
 */
export interface Classifier {
  readonly config: ClassifierConfig;
  readonly network: Network;
  /** Before any training of ours. */
  readonly weights: Float32Array;
  readonly tokenizer: Tokenizer;
  /** Of each label. */
  readonly labelTokens: readonly (readonly number[])[];
  /** Positions of labels, by their tokens with commas between. */
  readonly labelAt: ReadonlyMap<string, number>;
}

/** @throws Reject sidecar/3 for files that do not fit each other or the bounds. */
export function readClassifier(files: BaseFiles, tokenizer: Tokenizer, backend: MatmulBackend): Classifier {
  const config = parseClassifierConfig(files.config);
  const network = createNetwork(backend, layerSizes(config), config.activation);
  const weights = parseWeights(network, files.weights, SidecarError.BadModel);
  const labelTokens = config.labels.map((label) => tokenizer.encode(label));
  if (longestLabel({ labelTokens }) >= config.context) throw SidecarError.BadModel("a label fills the context");
  const labelAt = new Map(labelTokens.map((tokens, i) => [tokens.join(), i]));
  return { config, network, weights, tokenizer, labelTokens, labelAt };
}

/** Tokens. */
export function longestLabel({ labelTokens }: Pick<Classifier, "labelTokens">): number {
  return labelTokens.reduce((most, tokens) => Math.max(most, tokens.length), 0);
}

/** The text of tokens; special ones have none. */
function textBytes({ tokenizer }: Classifier, tokens: readonly number[]): Uint8Array {
  return concatBytes(...tokens.map((id) => tokenizer.tokenBytes(id)));
}

/** A prompt's features. @throws the caller's Reject where the rule of the config cannot read it. */
export function promptFeatures(classifier: Classifier, tokens: readonly number[], reject: RejectFactory): Float32Array {
  return featuresOf(classifier.config.features, textBytes(classifier, tokens), reject);
}

/** The class that an answer names, in just the tokens the model would use; -1 for none. */
export function labelOf({ labelAt }: Classifier, answer: readonly number[]): number {
  return labelAt.get(answer.join()) ?? -1;
}

/**
 * A row of a dataset: the prompt, a tab, the label; the last tab counts. As a sequence whose answer is the label.
 * @throws Reject sidecar/2 naming the row, for a missing or unknown label and for features outside the rule; sidecar/11 past the context.
 */
export function rowSequence(classifier: Classifier, { rowId, text }: CorpusRow): Sequence {
  const { config, tokenizer, labelTokens } = classifier;
  const reject: RejectFactory = (detail) => SidecarError.InvalidRequest(`row ${rowId}: ${detail ?? "unreadable"}`);
  const tab = text.lastIndexOf("\t");
  if (tab < 0) throw reject("a tab and a label are wanted after the prompt");
  const label = config.labels.indexOf(text.slice(tab + 1));
  if (label < 0) throw reject("unknown label");
  const prompt = text.slice(0, tab);
  featuresOf(config.features, utf8(prompt), reject);
  const before = [tokenizer.end, ...tokenizer.encode(prompt)];
  const tokens = [...before, ...(labelTokens[label] ?? [])];
  if (tokens.length > config.context) throw SidecarError.TooLong(`row ${rowId}`);
  return { tokens, from: before.length - 1 };
}
