import { moduleAddress, sha256 } from "../../chain/crypto/index.js";
import { formatAddress, parseAddress } from "../../chain/codec/index.js";
import { concatBytes, toHex, u64be } from "../../chain/primitives/index.js";
import { promptHash } from "../../modules/attribution/rules/prompt-hash.js";
import { verifyRecord } from "../../modules/attribution/rules/verify.js";
import type { Difference } from "../../modules/attribution/rules/verify.js";
import type { AttributionRecord } from "../../proto/gen/openledger/attribution/v1.js";
import type { Adapter, BaseModel } from "../../proto/gen/openledger/modelfactory/v1.js";
import { InferenceStatus } from "../../proto/gen/openledger/openlora/v1.js";
import type { Inference, InferenceOutcome } from "../../proto/gen/openledger/openlora/v1.js";

export type { Difference } from "../../modules/attribution/rules/verify.js";

/** The module account that PLATFORM payouts go to. */
export const COMMUNITY_POOL_ACCOUNT = formatAddress(moduleAddress("community_pool"));

/** The method of adapters whose tangents did not predict retraining well enough. */
const FALLBACK_METHOD = "ef-v1";

/** Everything on chain that a payout follows from. */
export interface PayoutEvidence {
  readonly record: AttributionRecord;
  readonly inference: Inference;
  readonly outcome: InferenceOutcome | undefined;
  readonly adapter: Adapter;
  readonly base: BaseModel;
}

function compare(at: string, recorded: string, computed: string): Difference[] {
  return recorded === computed ? [] : [{ at, recorded, computed }];
}

/** SHA-256 over the answer's token ids, u32 big-endian each. */
function hashTokens(tokens: readonly number[]): Uint8Array {
  return sha256(concatBytes(...tokens.map((token) => u64be(BigInt(token)).slice(4))));
}

/** The root of the vectors that answers of an adapter are priced by. */
function vectorsRootOf(adapter: Adapter): Uint8Array {
  return adapter.method === FALLBACK_METHOD ? adapter.fallbackRoot : adapter.tangentRoot;
}

/** That the record speaks of this request, this answer and this adapter. */
function sourceDifferences({ record, inference, outcome, adapter, base }: PayoutEvidence): Difference[] {
  const prompt = promptHash(inference.id, parseAddress(inference.user), inference.prompt);
  const output = outcome === undefined ? "no answer" : toHex(hashTokens(outcome.answerTokens));
  return [
    ...compare("inference", record.inferenceId.toString(), inference.id.toString()),
    ...compare("adapter", record.adapterId.toString(), inference.adapterId.toString()),
    ...compare("prompt hash", toHex(record.promptHash), toHex(prompt)),
    ...compare("output hash", toHex(record.outputHash), output),
    ...compare("prompt tokens", record.promptTokens.toString(), String(outcome?.promptTokens.length ?? 0)),
    ...compare("answer tokens", record.answerTokens.toString(), String(outcome?.answerTokens.length ?? 0)),
    ...compare("input rate", record.rateIn, adapter.rateIn),
    ...compare("output rate", record.rateOut, adapter.rateOut),
    ...compare("adapter owner", record.adapterOwner, adapter.owner),
    ...compare("base model owner", record.baseModelOwner, base.owner),
    ...compare("royalty", record.royaltyPpm.toString(), base.royaltyPpm.toString()),
    ...compare("method", record.method, adapter.method),
    ...compare("vectors root", toHex(record.tangentRoot), toHex(vectorsRootOf(adapter))),
    ...compare("adapter hash", toHex(record.adapterHash), toHex(adapter.adapterHash)),
  ];
}

/** That the money adds up: parts to the fee, the fee to what was charged, and no fee above its escrow. */
function moneyDifferences({ record, inference }: PayoutEvidence): Difference[] {
  const paid = record.payouts.reduce((sum, payout) => sum + BigInt(payout.amount), 0n);
  const status = inference.status === InferenceStatus.INFERENCE_STATUS_SETTLED ? "settled" : `status ${inference.status}`;
  const excess = BigInt(inference.fee) > BigInt(inference.maxFee) ? "above the escrow" : "within the escrow";
  return [
    ...compare("sum of payouts", paid.toString(), record.fee),
    ...compare("fee charged", inference.fee, record.fee),
    ...compare("status", status, "settled"),
    ...compare("escrow", excess, "within the escrow"),
  ];
}

/** Recomputes shares, fee and payouts of one answer with the validators' own rules. Pure: no query, no trust. */
export function payoutDifferences(evidence: PayoutEvidence): Difference[] {
  return [
    ...sourceDifferences(evidence),
    ...moneyDifferences(evidence),
    ...verifyRecord(evidence.record, COMMUNITY_POOL_ACCOUNT),
  ];
}
