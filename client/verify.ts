import { moduleAddress, sha256 } from "../chain/crypto/index.js";
import { formatAddress, parseAddress } from "../chain/codec/index.js";
import { concatBytes, equalBytes, toHex, u64be } from "../chain/primitives/index.js";
import { promptHash } from "../modules/attribution/rules/prompt-hash.js";
import { verifyRecord } from "../modules/attribution/rules/verify.js";
import type { Difference } from "../modules/attribution/rules/verify.js";
import type { AttributionRecord } from "../proto/gen/openledger/attribution/v1.js";
import type { Adapter, BaseModel } from "../proto/gen/openledger/modelfactory/v1.js";
import { InferenceStatus } from "../proto/gen/openledger/openlora/v1.js";
import type { Inference, InferenceOutcome } from "../proto/gen/openledger/openlora/v1.js";
import type { OpenLedgerExtension } from "./queries.js";

export type { Difference } from "../modules/attribution/rules/verify.js";

/** The module account that PLATFORM payouts go to. */
export const COMMUNITY_POOL_ACCOUNT = formatAddress(moduleAddress("community_pool"));

/** What recomputing one paid answer found. */
export interface PayoutVerification {
  readonly inferenceId: bigint;
  /** Whether everything recorded follows from what it was computed from. */
  readonly equal: boolean;
  readonly differences: readonly Difference[];
  /** Amounts in uopen: what was escrowed, what the answer cost, what went back to the user. */
  readonly escrow: bigint;
  readonly fee: bigint;
  readonly refund: bigint;
  /** False where governance has changed the split since; the record keeps the one that was in force. */
  readonly splitIsCurrent: boolean;
}

/** Everything a payout follows from, as queried. */
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
    ...compare("tangent root", toHex(record.tangentRoot), toHex(adapter.tangentRoot)),
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

/**
 * Queries what a payout follows from and recomputes it. Rejects where a query does, for instance on an inference that
 * has no record because it is not settled.
 */
export async function verifyPayout(client: OpenLedgerExtension, inferenceId: bigint): Promise<PayoutVerification> {
  const { attribution, modelfactory, openlora } = client.openledger;
  const [{ record }, { inference, outcome }, { params }] = await Promise.all([
    attribution.record({ inferenceId }),
    openlora.inference({ inferenceId }),
    attribution.params(),
  ]);
  const { adapter } = await modelfactory.adapter({ adapterId: inference.adapterId });
  const { baseModel: base } = await modelfactory.baseModel({ baseModelId: adapter.baseModelId });
  const differences = payoutDifferences({ record, inference, outcome, adapter, base });
  const escrow = BigInt(inference.maxFee);
  const fee = BigInt(record.fee);
  return {
    inferenceId,
    equal: differences.length === 0,
    differences,
    escrow,
    fee,
    refund: escrow - fee,
    splitIsCurrent: equalBytes(encodeSplit(record.split), encodeSplit(params.split)),
  };
}

function encodeSplit(split: AttributionRecord["split"]): Uint8Array {
  const { betaPpm, gammaPpm, deltaPpm, spanPoolPpm, burnPpm } = split;
  return concatBytes(...[betaPpm, gammaPpm, deltaPpm, spanPoolPpm, burnPpm].map((part) => u64be(BigInt(part))));
}
