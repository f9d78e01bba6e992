import {
  Equivocation,
  QueryAllEvidenceRequest,
  QueryAllEvidenceResponse,
  QueryEvidenceRequest,
  QueryEvidenceResponse,
} from "../../proto/gen/cosmos/evidence/v1beta1.js";
import type { Any } from "../../proto/gen/google/protobuf.js";
import { SdkError, queryRoute } from "../../chain/kernel/index.js";
import type { QueryRoute, ReadContext } from "../../chain/kernel/index.js";
import { parseHex, toHash32 } from "../../chain/primitives/index.js";
import { EVIDENCE_STORE, evidenceState } from "./state.js";

const PATH = "/cosmos.evidence.v1beta1.Query";

/** Evidence as clients get it. */
export function evidenceToAny(evidence: Equivocation): Any {
  return { typeUrl: `/${Equivocation.typeName}`, value: Equivocation.encode(evidence) };
}

function find(ctx: ReadContext, text: string): Equivocation {
  if (text === "") throw SdkError.InvalidRequest("invalid request; hash is empty");
  if (!/^([0-9a-fA-F]{2}){1,64}$/.test(text)) throw SdkError.InvalidRequest("invalid evidence hash");
  const hash = parseHex(text);
  const { convictions } = evidenceState.read(ctx.store(EVIDENCE_STORE));
  const evidence = hash.length === 32 ? convictions.get(toHash32(hash)) : undefined;
  if (evidence === undefined) throw SdkError.NotFound(`evidence ${text} not found`);
  return evidence;
}

export const evidenceQueries: readonly QueryRoute[] = [
  queryRoute(`${PATH}/Evidence`, { request: QueryEvidenceRequest, response: QueryEvidenceResponse }, (ctx, { hash }) => ({
    evidence: evidenceToAny(find(ctx, hash)),
  })),
  queryRoute(
    `${PATH}/AllEvidence`,
    { request: QueryAllEvidenceRequest, response: QueryAllEvidenceResponse },
    (ctx, request) => {
      const { entries, pagination } = evidenceState.read(ctx.store(EVIDENCE_STORE)).convictions.page(request.pagination);
      return { evidence: entries.map(([, evidence]) => evidenceToAny(evidence)), pagination };
    },
  ),
];
