/** broadcast_evidence: whoever watched a validator sign twice may say so. */
import { toUpperHex, Reject } from "../../../chain/primitives/index.js";
import { failed } from "../errors.js";
import { hashOfEvidence, parseEvidenceJson } from "../json-evidence.js";
import { defineMethod } from "../method.js";
import type { RpcMethod } from "../method.js";
import type { TxPool } from "../types.js";

export function evidenceMethods(pool: Pick<TxPool, "addEvidence">): readonly (readonly [string, RpcMethod])[] {
  const broadcast = defineMethod({ evidence: "json" }, async ({ evidence: given }) => {
    if (given === undefined) throw failed("no evidence was provided");
    const evidence = parseEvidenceJson(given);
    try {
      await pool.addEvidence(evidence);
    } catch (error) {
      if (error instanceof Reject) throw failed(`failed to add evidence: ${error.message}`);
      throw error;
    }
    return { hash: toUpperHex(hashOfEvidence(evidence)) };
  });
  return [["broadcast_evidence", broadcast]];
}
