import { sha256 } from "../../chain/crypto/index.js";
import { equalBytes, toHex } from "../../chain/primitives/index.js";
import { scoreVectors } from "../../modules/attribution/rules/score.js";
import { parseVectors, vectorsRoot } from "../../modules/attribution/rules/vectors.js";
import type { InfluenceVectors } from "../../modules/attribution/rules/vectors.js";
import type { Difference } from "../../modules/attribution/rules/verify.js";
import type { AttributionRecord } from "../../proto/gen/openledger/attribution/v1.js";
import type { VerifyDoor } from "./door.js";
import { VerifyFailure } from "./errors.js";

/** Scores again from the published int8 vectors: no model, no float, no trust in whoever serves the bytes. */

/** @throws VerifyFailure "untrusted" unless the bytes are the vectors under the record's root, of its adapter and method. */
export function checkVectors(record: AttributionRecord, bytes: Uint8Array): InfluenceVectors {
  const vectors = parseVectors(bytes);
  if (vectors === undefined) throw new VerifyFailure("untrusted", "the blob of influence vectors is not of its form");
  const isRight =
    equalBytes(vectorsRoot(vectors), record.tangentRoot) &&
    equalBytes(vectors.adapterId, record.adapterHash) &&
    vectors.method === record.method;
  if (!isRight) throw new VerifyFailure("untrusted", "the influence vectors are not those of the record");
  return vectors;
}

/** @throws VerifyFailure "untrusted" unless the bytes hash to what the validators agreed on. */
export function checkGradient(record: AttributionRecord, bytes: Uint8Array): Int8Array {
  const { queryGradientHash } = record.outcome;
  if (!equalBytes(sha256(bytes), queryGradientHash)) {
    throw new VerifyFailure("untrusted", `the query gradient does not hash to ${toHex(queryGradientHash)}`);
  }
  return new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length);
}

/** Every score of the record that its vectors and query gradient do not give. */
export function scoreDifferences(record: AttributionRecord, vectors: InfluenceVectors, gradient: Int8Array): Difference[] {
  const { outcome } = record;
  if (gradient.length !== vectors.parameters) {
    return [{ at: "query gradient", recorded: `${gradient.length} parameters`, computed: `${vectors.parameters} parameters` }];
  }
  const query = { exponent: outcome.queryExponent, values: gradient };
  const { scores, exponent } = scoreVectors(query, vectors.contributors);
  const byName = new Map(scores.map((s) => [s.contributor, s.score]));
  const unit = exponent === outcome.scoreExponent ? [] : [{ at: "unit of scores", recorded: `2^${outcome.scoreExponent}`, computed: `2^${exponent}` }];
  return [
    ...unit,
    ...outcome.influence.flatMap(({ contributor, score }) => {
      const computed = byName.get(contributor) ?? 0n;
      return computed === score ? [] : [{ at: `influence of ${contributor}`, recorded: score.toString(), computed: computed.toString() }];
    }),
  ];
}

/** Reads, checks and rescores. @throws VerifyFailure when a blob cannot be had, or is another. */
export async function recomputeScores(door: VerifyDoor, record: AttributionRecord): Promise<Difference[]> {
  const [vectors, gradient] = await Promise.all([door.blob(record.vectorsCid), door.blob(record.outcome.queryGradientCid)]);
  return scoreDifferences(record, checkVectors(record, vectors), checkGradient(record, gradient));
}
