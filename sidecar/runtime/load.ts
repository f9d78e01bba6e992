import { setImmediate as turn } from "node:timers/promises";
import { sha256 } from "../../chain/crypto/index.js";
import { concatBytes, equalBytes, toHex } from "../../chain/primitives/index.js";
import { decodeVectors, vectorsRoot } from "../attribution/vectors.js";
import { classifierModel } from "../classifier/architecture.js";
import { readClassifier } from "../classifier/classifier.js";
import { CLASSIFIER_TYPE } from "../classifier/config.js";
import { SidecarError } from "../errors.js";
import { hashCorpus } from "../lora/checkpoint.js";
import { adapterIdOf } from "../lora/peft.js";
import { checkParameters, frozenDecoder } from "../model/assemble.js";
import { ownNames } from "../model/names.js";
import { parseConfig } from "../model/config.js";
import { parseJson, readObject } from "../model/json.js";
import { parseSafetensors } from "../model/safetensors.js";
import { checkBackground, checkRows } from "../request.js";
import { createSpanIndex } from "../spans/span-index.js";
import { readEnds } from "../tokenizer/ends.js";
import { parseTokenizer } from "../tokenizer/file.js";
import { Tokenizer } from "../tokenizer/tokenizer.js";
import type { AdapterFiles, AdapterInfo, BaseFiles, BaseInfo, CorpusInfo, CorpusRow, TangentsInfo } from "../types.js";
import { languageModel } from "./language-model.js";
import type { Base, Residents } from "./residents.js";

/** Files and rows of a caller become residents. */

export async function loadBase(residents: Residents, files: BaseFiles): Promise<BaseInfo> {
  residents.checkOpen();
  const baseId = sha256(concatBytes(sha256(files.config), sha256(files.tokenizer), sha256(files.weights)));
  const known = residents.bases.get(toHex(baseId));
  if (known !== undefined) return known.info;
  const vocabulary = parseTokenizer(files.tokenizer, SidecarError.BadModel);
  const tokenizer = new Tokenizer(vocabulary, readEnds(files.config, vocabulary));
  const read = modelTypeOf(files.config) === CLASSIFIER_TYPE ? readLabeller : readDecoder;
  const base = read(residents, files, { baseId, tokenizer });
  residents.bases.set(toHex(baseId), base);
  await turn();
  return base.info;
}

function modelTypeOf(config: Uint8Array): unknown {
  return readObject(parseJson(config, SidecarError.BadModel), SidecarError.BadModel)["model_type"];
}

interface Named {
  readonly baseId: Uint8Array;
  readonly tokenizer: Tokenizer;
}

function readDecoder(residents: Residents, files: BaseFiles, { baseId, tokenizer }: Named): Base {
  const config = parseConfig(files.config);
  if (tokenizer.size !== config.vocabulary) throw SidecarError.BadModel("tokenizer and config differ in vocabulary");
  const tensors = ownNames(config, parseSafetensors(files.weights, SidecarError.BadModel));
  checkParameters(config, tensors);
  const { model, release } = frozenDecoder(config, tensors, residents.backend);
  const parameters = [...tensors.values()].reduce((sum, t) => sum + t.data.length, 0);
  const { vocabulary, context, layers, width } = config;
  const info = { baseId, architecture: config.llama === undefined ? "gpt2" : "llama", parameters, vocabulary, context, layers, width };
  const kept = residents.helpers > 0 ? files : undefined;
  return { info, files: kept, tokenizer, model: languageModel(residents.backend, model, tokenizer), release };
}

/** Its Hessian products are exact and cheap: no helper threads. */
function readLabeller(residents: Residents, files: BaseFiles, { baseId, tokenizer }: Named): Base {
  const classifier = readClassifier(files, tokenizer, residents.backend);
  const { layers, parameters } = classifier.network;
  const sizes = { parameters, vocabulary: tokenizer.size, context: classifier.config.context, layers: layers.length };
  const info = { baseId, architecture: "classifier", ...sizes, width: layers[0]?.inputs ?? 0 };
  return { info, files: undefined, tokenizer, model: classifierModel(classifier), release: () => undefined };
}

export async function loadAdapter(residents: Residents, baseId: Uint8Array, files: AdapterFiles): Promise<AdapterInfo> {
  const { learner, theta, rank } = residents.base(baseId).model.readAdapter(files);
  const adapterId = adapterIdOf(files);
  const info = { adapterId, rank, parameters: learner.size };
  residents.adapters.set(toHex(adapterId), { info, baseId, learner, theta });
  await turn();
  return info;
}

export async function loadTangents(residents: Residents, bytes: Uint8Array): Promise<TangentsInfo> {
  residents.checkOpen();
  const vectors = decodeVectors(bytes);
  const root = vectorsRoot(vectors);
  residents.vectors.set(toHex(root), vectors);
  await turn();
  return {
    tangentRoot: root,
    adapterId: vectors.adapterId,
    contributors: vectors.contributors.map((c) => c.contributor),
    parameters: vectors.parameters,
  };
}

async function tokenize(tokenizer: Tokenizer, texts: readonly string[]): Promise<number[][]> {
  const tokens: number[][] = [];
  for (const [i, text] of texts.entries()) {
    tokens.push(tokenizer.encode(text));
    if (i % 256 === 255) await turn();
  }
  return tokens;
}

export interface CorpusTexts {
  readonly rows: readonly CorpusRow[];
  readonly background: readonly string[];
}

export async function loadCorpus(residents: Residents, baseId: Uint8Array, { rows, background }: CorpusTexts): Promise<CorpusInfo> {
  const { tokenizer } = residents.base(baseId);
  checkRows(rows);
  checkBackground(background);
  const corpusId = hashCorpus(rows, background);
  const known = residents.corpora.get(toHex(corpusId));
  if (known !== undefined && equalBytes(known.baseId, baseId)) return known.info;
  const common = await tokenize(tokenizer, background);
  const tokens = await tokenize(tokenizer, rows.map((r) => r.text));
  const total = tokens.reduce((sum, t) => sum + t.length, 0);
  const info = { corpusId, rows: rows.length, tokens: total };
  const index = createSpanIndex(tokenizer.size, residents.segments);
  index.append(common.map((text) => ({ rowId: "", contributor: "", tokens: text })));
  index.append(rows.map(({ rowId, contributor }, i) => ({ rowId, contributor, tokens: tokens[i] ?? [] })));
  await index.prepare(() => turn());
  residents.corpora.set(toHex(corpusId), { info, baseId, rows, tokens, index });
  return info;
}
