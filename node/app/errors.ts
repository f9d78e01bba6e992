/** Errors between threads: they arrive as what they were, with their stack, so that a node stops for the same reason on one thread as on two. */
import { UpgradeHalt } from "../../modules/app.js";
import { Fault } from "../../chain/primitives/index.js";
import type { Facts } from "../../chain/primitives/index.js";
import { EdgeFailure } from "../errors.js";
import type { FailureCode } from "../errors.js";

interface Sent {
  readonly message: string;
  readonly stack: string;
}

export type SentError =
  | (Sent & { readonly kind: "halt"; readonly reason: UpgradeHalt["reason"]; readonly plan: UpgradeHalt["plan"] })
  | (Sent & { readonly kind: "fault"; readonly facts: Facts })
  | (Sent & { readonly kind: "failure"; readonly code: FailureCode; readonly facts: Facts })
  | (Sent & { readonly kind: "other" });

export function sentError(error: unknown): SentError {
  if (!(error instanceof Error)) return { kind: "other", message: String(error), stack: "" };
  const sent = { message: error.message, stack: error.stack ?? "" };
  if (error instanceof UpgradeHalt) return { ...sent, kind: "halt", reason: error.reason, plan: { ...error.plan } };
  if (error instanceof Fault) return { ...sent, kind: "fault", facts: { ...error.facts } };
  if (error instanceof EdgeFailure) return { ...sent, kind: "failure", code: error.code, facts: { ...error.facts } };
  return { ...sent, kind: "other" };
}

export function receivedError(sent: SentError): Error {
  const error = revived(sent);
  if (sent.stack !== "") error.stack = sent.stack;
  return error;
}

function revived(sent: SentError): Error {
  switch (sent.kind) {
    case "halt":
      return new UpgradeHalt(sent.reason, sent.plan, sent.message);
    case "fault":
      return new Fault(sent.message, sent.facts);
    case "failure":
      return new EdgeFailure(sent.code, sent.message, sent.facts);
    case "other":
      return new Error(sent.message);
  }
}
