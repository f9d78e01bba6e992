import type { Any } from "../../proto/gen/google/protobuf.js";
import type { Event } from "../abci/index.js";
import { toHash32 } from "../primitives/index.js";
import type { Address } from "../primitives/index.js";
import { createMultiBranch } from "../store/index.js";
import type { Context, TxContext } from "./context.js";
import { SdkError } from "./errors.js";
import type { ParsedMessage } from "./module.js";
import type { Router } from "./router.js";

/**
 * Messages that run without being in a transaction of their own: those of a passed proposal, and those executed for somebody who
 * granted it. gov and authz get it through their ports; it is the kernel's, so that such a message meets the same route as any other.
 */
export interface MessageRunner {
  /** Whether any module handles messages of this type. */
  handles(typeUrl: string): boolean;
  /** @throws Reject sdk/18 inside too many others, sdk/6 on a message that nobody handles, sdk/2 on bad bytes, and whatever the message's own checks throw. */
  parse(message: Any): RunnableMessage;
  /**
   * Runs it on a branch of its own, flushed when it succeeds; nothing is left of one that is rejected. Gas counts against `ctx`.
   * Events are returned, not emitted. A caller that goes on after a rejection must let sdk/11 (out of gas) through. Whether `message.signers` may act is the caller's to check.
   *
   * @throws Reject of the message's handler.
   */
  run(ctx: Context, message: RunnableMessage): { readonly response: Any; readonly events: readonly Event[] };
}

export interface RunnableMessage {
  readonly typeUrl: string;
  readonly responseTypeUrl: string;
  readonly signers: readonly Address[];
  readonly parsed: ParsedMessage;
}

/** A message in a message in a message, of whatever module: deeper than this nobody needs, and each level costs a recursion. */
export const MAX_NESTED_MESSAGES = 6;

const NO_HASH = toHash32(new Uint8Array(32));

/** `router`: late, since the modules that get this runner are part of it. */
export function createMessageRunner(router: () => Router): MessageRunner {
  let depth = 0;
  return {
    handles: (typeUrl) => router().message(typeUrl) !== undefined,
    parse({ typeUrl, value }) {
      const route = router().message(typeUrl);
      if (route === undefined) throw SdkError.UnknownRequest(`no message handler found for ${typeUrl.slice(0, 100)}`);
      if (depth >= MAX_NESTED_MESSAGES) throw SdkError.InvalidRequest(`messages nest deeper than ${MAX_NESTED_MESSAGES}`);
      depth++;
      try {
        const parsed = route.parse(value);
        return { typeUrl, responseTypeUrl: route.responseTypeUrl, signers: parsed.signers, parsed };
      } finally {
        depth--;
      }
    },
    run(ctx, { responseTypeUrl, signers, parsed }) {
      const branch = createMultiBranch(ctx);
      const events: Event[] = [];
      const inner: TxContext = {
        block: ctx.block,
        gas: ctx.gas,
        store: (name) => branch.store(name),
        emit: (event) => void events.push(event),
        txHash: NO_HASH,
        messageIndex: 0,
        signers,
      };
      const value = parsed.handle(inner);
      branch.flush();
      return { response: { typeUrl: responseTypeUrl, value }, events };
    },
  };
}
