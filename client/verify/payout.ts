import { headerHash } from "../../chain/block/index.js";
import { toHex } from "../../chain/primitives/index.js";
import { recordKey } from "../../modules/attribution/rules/keys.js";
import type { Difference } from "../../modules/attribution/rules/verify.js";
import { adapterKey, baseModelKey } from "../../modules/modelfactory/rules/keys.js";
import { inferenceKey, outcomeKey } from "../../modules/openlora/rules/keys.js";
import { AttributionRecord } from "../../proto/gen/openledger/attribution/v1.js";
import { Adapter, BaseModel } from "../../proto/gen/openledger/modelfactory/v1.js";
import { Inference, InferenceOutcome } from "../../proto/gen/openledger/openlora/v1.js";
import { payoutDifferences } from "./differences.js";
import type { PayoutEvidence } from "./differences.js";
import type { VerifyDoor } from "./door.js";
import { VerifyFailure } from "./errors.js";
import { Fields } from "./json.js";
import { createLightClient } from "./light.js";
import type { LightClient, LightOptions } from "./light.js";
import { recomputeScores } from "./scores.js";
import { spanFindings } from "./spans.js";
import type { SpanFindings } from "./spans.js";
import { provenState } from "./state.js";
import type { ProvenState } from "./state.js";

/** One thing that was looked at, and what was found. */
export interface VerifiedStep {
  readonly name: "headers" | "state" | "scores" | "spans" | "money";
  readonly detail: string;
}

/** What recomputing one paid answer found. */
export interface PayoutVerification {
  readonly inferenceId: bigint;
  /** Whether everything recorded follows from what it was computed from. */
  readonly equal: boolean;
  readonly differences: readonly Difference[];
  readonly steps: readonly VerifiedStep[];
  readonly record: AttributionRecord;
  /** The verified header whose app hash the state was proven under. */
  readonly header: { readonly height: bigint; readonly hash: string };
  /** uopen: what was escrowed, what the answer cost, what went back to the user. */
  readonly escrow: bigint;
  readonly fee: bigint;
  readonly refund: bigint;
}

export interface Verifier {
  /**
   * Fetches the record of one paid answer with proofs, and everything it follows from by hash, and computes scores, shares
   * and uopen again.
   * @throws VerifyFailure when it comes to no result: something cannot be had, or does not lead to what is trusted.
   */
  verifyPayout(inferenceId: bigint): Promise<PayoutVerification>;
}

function needed<T>(value: T | undefined, what: string): T {
  if (value === undefined) throw new VerifyFailure("not-found", `the chain proves that there is no ${what}`);
  return value;
}

/** The last state whose app hash is in a header that is already signed by its successor. */
async function latestState(door: VerifyDoor, light: LightClient): Promise<{ readonly state: ProvenState; readonly header: PayoutVerification["header"] }> {
  const status = new Fields(await door.rpc("status", {}), "status").object("sync_info");
  const height = status.int("latest_block_height") - 1n;
  if (height < 2n) throw new VerifyFailure("not-found", "the chain has no state that is signed yet");
  const header = await light.header(height);
  return { state: provenState(door, height - 1n, header.appHash), header: { height, hash: toHex(headerHash(header)) } };
}

async function readEvidence(state: ProvenState, inferenceId: bigint): Promise<PayoutEvidence> {
  const [record, inference, outcome] = await Promise.all([
    state.get({ store: "attribution", key: recordKey(inferenceId) }, AttributionRecord),
    state.get({ store: "openlora", key: inferenceKey(inferenceId) }, Inference),
    state.get({ store: "openlora", key: outcomeKey(inferenceId) }, InferenceOutcome),
  ]);
  const known = needed(inference, `inference ${inferenceId}`);
  const settled = needed(record, `attribution of inference ${inferenceId}`);
  const adapter = await state.get({ store: "modelfactory", key: adapterKey(known.adapterId) }, Adapter);
  const owned = needed(adapter, `adapter ${known.adapterId}`);
  const base = await state.get({ store: "modelfactory", key: baseModelKey(owned.baseModelId) }, BaseModel);
  return { record: settled, inference: known, outcome, adapter: owned, base: needed(base, `base model ${owned.baseModelId}`) };
}

/** Scores follow from vectors only where the validators found the same; a median follows from what each of them said. */
function medianDifference({ attestation }: AttributionRecord): Difference[] {
  const { median } = attestation;
  return median ? [{ at: "scores", recorded: "weighted median of the validators", computed: "no exact agreement to recompute" }] : [];
}

function spansDetail({ proven, coveredPpm }: SpanFindings): string {
  if (proven === 0) return "no spans are listed";
  return `${proven} spans stand in their rows; they are ${Math.floor(coveredPpm / 10_000)} % of all span scores`;
}

/** One verifier keeps the headers it has verified. Works unchanged in Node and in a browser; holds no key, runs no model. */
export function createVerifier(options: LightOptions): Verifier {
  const { door } = options;
  const light = createLightClient(options);
  return {
    async verifyPayout(inferenceId) {
      const { state, header } = await latestState(door, light);
      const evidence = await readEvidence(state, inferenceId);
      const { record, inference } = evidence;
      const scores = record.attestation.median ? medianDifference(record) : await recomputeScores(door, record);
      const spans = await spanFindings(door, record.outcome, evidence.outcome?.answerTokens ?? []);
      const money = payoutDifferences(evidence);
      const differences = [...scores, ...spans.differences, ...money];
      const [escrow, fee] = [BigInt(inference.maxFee), BigInt(record.fee)];
      const { influence } = record.outcome;
      return {
        inferenceId,
        equal: differences.length === 0,
        differences,
        steps: [
          { name: "headers", detail: `header ${header.height} leads to the trusted header ${options.trust.height}` },
          { name: "state", detail: `record, request, answer, adapter and base model proven at height ${state.height}` },
          { name: "scores", detail: `${influence.length} scores of ${record.method} from int8 vectors and query gradient` },
          { name: "spans", detail: spansDetail(spans) },
          { name: "money", detail: `${record.payouts.length} payouts, ${fee} uopen` },
        ],
        record,
        header,
        escrow,
        fee,
        refund: escrow - fee,
      };
    },
  };
}
