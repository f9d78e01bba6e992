import { Equivocation, MsgSubmitEvidence } from "../../proto/gen/cosmos/evidence/v1beta1.js";

/** A number from 0 to below - 1, from a seeded source. */
export type Draw = (below: number) => number;

/** Makes a message; `accounts` are bech32 texts. */
export type Factory = (
  draw: Draw,
  accounts: readonly string[],
) => { readonly typeUrl: string; readonly value: Uint8Array };

/** Refused always, well formed or not. */
const submit: Factory = (draw, accounts) => {
  const time = { seconds: BigInt(draw(2)), nanos: 0 };
  const evidence = { height: BigInt(draw(3)), time, power: BigInt(draw(3)), consensusAddress: "openvalcons1" };
  const value = { typeUrl: `/${Equivocation.typeName}`, value: Equivocation.encode(evidence) };
  const submitter = accounts[draw(accounts.length)] ?? "";
  return { typeUrl: `/${MsgSubmitEvidence.typeName}`, value: MsgSubmitEvidence.encode({ submitter, evidence: value }) };
};

export const factories: readonly Factory[] = [submit];
