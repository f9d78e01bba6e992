import type { MsgExec, MsgGrant, MsgRevoke } from "../../proto/gen/cosmos/authz/v1beta1.js";
import { parseAddress } from "../../chain/codec/index.js";
import { Reject, equalBytes } from "../../chain/primitives/index.js";
import { SdkError } from "../../chain/kernel/index.js";
import type { MessageRunner, RunnableMessage } from "../../chain/kernel/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { AuthzError } from "./errors.js";
import { messageOf } from "./rules/authorization.js";
import type { Use } from "./rules/accept.js";
import { grantFromWire } from "./state.js";
import type { GrantKey, StoredGrant } from "./state.js";
import { useOfMessage } from "./use-of-message.js";

export interface SaveGrant {
  readonly key: GrantKey;
  readonly grant: StoredGrant;
}

/** One message to be executed, with whose it is. */
export interface Action {
  readonly granter: Address;
  readonly use: Use | undefined;
  readonly message: RunnableMessage;
}

export interface Exec {
  readonly grantee: Address;
  readonly actions: readonly Action[];
}

/** As many as a transaction may have. */
const MAX_MESSAGES = 256;

function parsePair(wire: { readonly granter: string; readonly grantee: string }): Pick<GrantKey, "granter" | "grantee"> {
  const pair = { granter: parseAddress(wire.granter), grantee: parseAddress(wire.grantee) };
  if (equalBytes(pair.granter, pair.grantee)) throw AuthzError.GranteeIsGranter();
  return pair;
}

/** @throws Reject authz/7, sdk/7, and what the authorization's own parser throws. */
export function parseGrant(wire: MsgGrant): SaveGrant {
  const pair = parsePair(wire);
  const grant = grantFromWire(wire.grant);
  return { key: { ...pair, message: messageOf(grant.authorization) }, grant };
}

/** @throws Reject authz/7, sdk/7, sdk/18 without a type URL. */
export function parseRevoke(wire: MsgRevoke): GrantKey {
  const pair = parsePair(wire);
  if (wire.msgTypeUrl === "") throw SdkError.InvalidRequest("missing msg method name");
  return { ...pair, message: wire.msgTypeUrl };
}

function parseAction(any: MsgExec["msgs"][number], index: number, runner: MessageRunner): Action {
  try {
    const message = runner.parse(any);
    const [granter, ...others] = message.signers;
    if (granter === undefined || others.length > 0) throw AuthzError.NumberOfSigners();
    return { granter, use: useOfMessage(any), message };
  } catch (error) {
    if (!(error instanceof Reject)) throw error;
    throw new Reject(error.codespace, error.code, `msg ${index}: ${error.message}`, error.facts);
  }
}

/** @throws Reject sdk/7; sdk/18 without messages or with too many; authz/9; and what each message's own checks throw. */
export function parseExec(wire: MsgExec, runner: MessageRunner): Exec {
  const grantee = parseAddress(wire.grantee);
  if (wire.msgs.length === 0) throw SdkError.InvalidRequest("messages cannot be empty");
  if (wire.msgs.length > MAX_MESSAGES) throw SdkError.InvalidRequest(`more than ${MAX_MESSAGES} messages`);
  return { grantee, actions: wire.msgs.map((any, i) => parseAction(any, i, runner)) };
}
