import { formatAddress } from "../../../chain/codec/index.js";
import { withAttribute } from "../../../chain/kernel/index.js";
import type { MessageRunner, TxContext } from "../../../chain/kernel/index.js";
import { Reject, equalBytes } from "../../../chain/primitives/index.js";
import { AuthzError } from "../errors.js";
import { revoked } from "../events.js";
import { deleteGrant, findGrant, setGrant } from "../grants.js";
import type { Action, Exec } from "../messages.js";
import { accept } from "../rules/accept.js";
import { listLength } from "../rules/authorization.js";
import type { GrantKey } from "../state.js";

/** Of comparing one address (the SDK's figure). */
const GAS_PER_ENTRY = 10n;
const OUT_OF_GAS = 11;

/** Takes this use off what was granted. */
function useGrant(ctx: TxContext, key: GrantKey, use: Action["use"]): void {
  const grant = findGrant(ctx, key);
  if (grant === undefined) {
    const who = `granter: ${formatAddress(key.granter)}, grantee: ${formatAddress(key.grantee)} & msgType: ${key.message}`;
    throw AuthzError.NoAuthorizationFound(`failed to get grant with given ${who} `);
  }
  if (grant.expiration !== undefined && grant.expiration < ctx.block.time) throw AuthzError.Expired();
  ctx.gas.consume(GAS_PER_ENTRY * BigInt(listLength(grant.authorization)), "authorization");
  const left = accept(grant.authorization, use);
  if (left === grant.authorization) return;
  if (left !== undefined) {
    setGrant(ctx, key, { ...grant, authorization: left });
    return;
  }
  deleteGrant(ctx, key);
  ctx.emit(revoked(key));
}

function runAction(ctx: TxContext, messages: MessageRunner, { message }: Action): ReturnType<MessageRunner["run"]> {
  try {
    return messages.run(ctx, message);
  } catch (error) {
    // Out of gas is the transaction's own, and its text is what wallets parse.
    if (!(error instanceof Reject) || (error.codespace === "sdk" && error.code === OUT_OF_GAS)) throw error;
    const text = `failed to execute message; message ${message.typeUrl}: ${error.message}`;
    throw new Reject(error.codespace, error.code, text, error.facts);
  }
}

/** Runs each message for whom it is: the grantee's own as they are, others' where these let him. All or none. */
export function exec(ctx: TxContext, messages: MessageRunner, { grantee, actions }: Exec): Uint8Array[] {
  return actions.map((action, index) => {
    const { granter, message, use } = action;
    if (!equalBytes(granter, grantee)) useGrant(ctx, { granter, grantee, message: message.typeUrl }, use);
    const { response, events } = runAction(ctx, messages, action);
    for (const e of events) ctx.emit(withAttribute(e, "authz_msg_index", index.toString()));
    return response.value;
  });
}
