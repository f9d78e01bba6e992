import { parseAddress } from "../../chain/codec/index.js";
import { SdkError } from "../../chain/kernel/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { Equivocation } from "../../proto/gen/cosmos/evidence/v1beta1.js";
import type { MsgSubmitEvidence } from "../../proto/gen/cosmos/evidence/v1beta1.js";
import { checkEquivocation } from "./equivocation.js";
import { EvidenceError } from "./errors.js";

/** Evidence that somebody sends, beside what the engine finds. */
export interface SubmitEvidence {
  readonly submitter: Address;
  readonly evidence: Equivocation;
}

/** @throws Reject sdk/7 on the submitter, evidence/3 on evidence that is missing or impossible, sdk/2 on another type. */
export function parseSubmitEvidence(wire: MsgSubmitEvidence): SubmitEvidence {
  const submitter = parseAddress(wire.submitter);
  if (wire.evidence === undefined) throw EvidenceError.InvalidEvidence("missing evidence");
  const { typeUrl, value } = wire.evidence;
  if (typeUrl !== `/${Equivocation.typeName}`) throw SdkError.TxDecode(`unable to resolve type URL ${typeUrl.slice(0, 100)}`);
  const evidence = Equivocation.decode(value);
  checkEquivocation(evidence);
  return { submitter, evidence };
}
