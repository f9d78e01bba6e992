import { Equivocation, MsgSubmitEvidence } from "../../proto/gen/cosmos/evidence/v1beta1.js";
import type { Factory } from "../../chain/testkit/draw.js";

/** Refused always, well formed or not. */
const submit: Factory = (draw, accounts) => {
  const time = { seconds: BigInt(draw(2)), nanos: 0 };
  const evidence = { height: BigInt(draw(3)), time, power: BigInt(draw(3)), consensusAddress: "openvalcons1" };
  const value = { typeUrl: `/${Equivocation.typeName}`, value: Equivocation.encode(evidence) };
  const submitter = accounts[draw(accounts.length)] ?? "";
  return { typeUrl: `/${MsgSubmitEvidence.typeName}`, value: MsgSubmitEvidence.encode({ submitter, evidence: value }) };
};

export const factories: readonly Factory[] = [submit];
