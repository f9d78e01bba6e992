import { CID } from "multiformats/cid";
import * as raw from "multiformats/codecs/raw";
import { create as createDigest } from "multiformats/hashes/digest";
import { formatAddress } from "../../chain/codec/index.js";
import { sha256 } from "../../chain/crypto/index.js";
import { concatBytes, toUopen, u64be } from "../../chain/primitives/index.js";
import type { Stores } from "../../chain/store/index.js";
import { createSigner } from "../../chain/testkit/signer.js";
import { COMMUNITY_POOL_ACCOUNT } from "../../client/verify/index.js";
import { feeOf } from "../../modules/attribution/rules/fee.js";
import { encodeProofList } from "../../modules/attribution/rules/proof-list.js";
import { promptHash } from "../../modules/attribution/rules/prompt-hash.js";
import { scoreVectors } from "../../modules/attribution/rules/score.js";
import { splitFee } from "../../modules/attribution/rules/split.js";
import { encodeVectors, vectorsRoot } from "../../modules/attribution/rules/vectors.js";
import { splitInput } from "../../modules/attribution/rules/verify.js";
import { attributionState } from "../../modules/attribution/state.js";
import { modelfactoryState } from "../../modules/modelfactory/state.js";
import { openloraState } from "../../modules/openlora/state.js";
import { AttributionOutcome, AttributionRecord, Span, SpanProof } from "../../proto/gen/openledger/attribution/v1.js";
import { Adapter, BaseModel } from "../../proto/gen/openledger/modelfactory/v1.js";
import { Inference, InferenceOutcome, InferenceStatus } from "../../proto/gen/openledger/openlora/v1.js";
import { createSpanIndex } from "../../sidecar/spans/span-index.js";
import { spanScores } from "../../sidecar/spans/credit.js";

/** One answer, paid by the real rules, and everything it follows from. For tests only. */
export interface PaidAnswer {
  readonly record: AttributionRecord;
  readonly inference: Inference;
  readonly outcome: InferenceOutcome;
  readonly adapter: Adapter;
  readonly base: BaseModel;
  readonly blobs: ReadonlyMap<string, Uint8Array>;
}

export const INFERENCE = 7n;
export const VECTORS_CID = "bvectors";
export const GRADIENT_CID = "bgradient";
const ANSWER = [10, 20, 30, 40, 50, 60, 70];

const contributors = ["ada", "ben", "cyd"].map((name) => createSigner(name).text).toSorted();
const account = (name: string): string => createSigner(name).text;

function pricedVectors() {
  const adapterId = sha256(u64be(1n));
  const list = contributors.map((contributor, c) => ({
    contributor,
    exponent: -20 + c,
    values: Int8Array.from({ length: 64 }, (_, i) => ((i * (7 + c) + c) % 255) - 127),
  }));
  return { method: "tangent-v1", adapterId, parameters: 64, contributors: list };
}

function rawCid(bytes: Uint8Array): string {
  return CID.createV1(raw.code, createDigest(0x12, sha256(bytes))).toString();
}

/** Ada's row has the answer's first tokens, ben's its last; each is the only row of a contribution. */
function quotedSpans() {
  const index = createSpanIndex(256);
  const rows = [[1, 10, 20, 30, 2], [3, 50, 60, 70]];
  index.append(rows.map((tokens, i) => ({ rowId: `${i + 1}/0`, contributor: contributors[i] ?? "", tokens: Uint16Array.from(tokens) })));
  const found = index.credit(ANSWER, 2);
  const spans = found.map(({ start, end, position, rowId, contributor, score }) =>
    Span.create({ start, end, contributionId: BigInt(rowId.split("/")[0] ?? ""), row: 0, contributor, score, position: BigInt(position) }),
  );
  const proofs = found.map(({ start, end, position }) => SpanProof.encode(index.prove(position, end - start)));
  const list = encodeProofList(proofs);
  return { spans, spanScores: spanScores(found), spanRoot: index.root(), spanProofsCid: rawCid(list), list };
}

export function paidAnswer(): PaidAnswer {
  const vectors = pricedVectors();
  const gradient = Int8Array.from({ length: 64 }, (_, i) => ((i * 31) % 255) - 127);
  const gradientBytes = new Uint8Array(gradient.buffer.slice(0));
  const scored = scoreVectors({ exponent: -9, values: gradient }, vectors.contributors);
  const [user, owner, maker] = [createSigner("user"), account("owner"), account("maker")];
  const [promptTokens, answerTokens] = [[1, 2, 3], ANSWER];
  const { list, ...quoted } = quotedSpans();
  const prices = { rateIn: toUopen(200_000n), rateOut: toUopen(2_000_000n), platformFee: toUopen(1_000n) };
  const fee = feeOf({ promptTokens: 3, answerTokens: ANSWER.length }, prices);
  const outputHash = sha256(concatBytes(...answerTokens.map((t) => u64be(BigInt(t)).slice(4))));
  const root = vectorsRoot(vectors);
  const adapter = Adapter.create({
    id: 1n,
    owner,
    baseModelId: 1n,
    adapterHash: vectors.adapterId,
    tangentRoot: root,
    tangentsCid: VECTORS_CID,
    method: "tangent-v1",
    rateIn: prices.rateIn.toString(),
    rateOut: prices.rateOut.toString(),
  });
  const base = BaseModel.create({ id: 1n, owner: maker, royaltyPpm: 100_000 });
  const inference = Inference.create({
    id: INFERENCE,
    user: formatAddress(user.address),
    adapterId: 1n,
    prompt: "What is owed?",
    maxFee: "1000000",
    fee: fee.toString(),
    status: InferenceStatus.INFERENCE_STATUS_SETTLED,
    outputHash,
  });
  const unpaid = AttributionRecord.create({
    inferenceId: INFERENCE,
    adapterId: 1n,
    baseModelId: 1n,
    tangentRoot: root,
    vectorsCid: VECTORS_CID,
    adapterHash: vectors.adapterId,
    method: "tangent-v1",
    methodVersion: 1,
    promptHash: promptHash(INFERENCE, user.address, inference.prompt),
    outputHash,
    fee: fee.toString(),
    promptTokens: 3,
    answerTokens: ANSWER.length,
    rateIn: prices.rateIn.toString(),
    rateOut: prices.rateOut.toString(),
    platformFee: prices.platformFee.toString(),
    royaltyPpm: base.royaltyPpm,
    adapterOwner: owner,
    baseModelOwner: maker,
    split: { betaPpm: 250_000, gammaPpm: 150_000, deltaPpm: 600_000, spanPoolPpm: 150_000, burnPpm: 0 },
    attesters: [1, 2, 3, 4].map((i) => ({ account: account(`validator ${i}`), power: 10n, agreed: i !== 3 })),
    outcome: AttributionOutcome.create({
      influence: contributors.map((contributor, i) => ({ contributor, score: scored.scores[i]?.score ?? 0n })),
      scoreExponent: scored.exponent,
      queryGradientHash: sha256(gradientBytes),
      queryGradientCid: GRADIENT_CID,
      queryExponent: -9,
      runtimeId: sha256(u64be(9n)),
      ...quoted,
    }),
  });
  const record = { ...unpaid, ...splitFee(splitInput(unpaid, COMMUNITY_POOL_ACCOUNT)) };
  const outcome = InferenceOutcome.create({ text: "The tyger.", promptTokens, answerTokens, outputHash });
  const blobs = new Map([
    [VECTORS_CID, encodeVectors(vectors)],
    [GRADIENT_CID, gradientBytes],
    [quoted.spanProofsCid, list],
  ]);
  return { record, inference, outcome, adapter, base, blobs };
}

/** Puts the answer where the modules would have put it. */
export function writeAnswer(stores: Stores, { record, inference, outcome, adapter, base }: PaidAnswer): void {
  attributionState.open(stores.store("attribution")).records.set(record.inferenceId, record);
  const openlora = openloraState.open(stores.store("openlora"));
  openlora.inferences.set(inference.id, inference);
  openlora.outcomes.set(inference.id, outcome);
  const modelfactory = modelfactoryState.open(stores.store("modelfactory"));
  modelfactory.adapters.set(adapter.id, adapter);
  modelfactory.baseModels.set(base.id, base);
}
