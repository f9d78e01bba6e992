import { formatAddress, parseAddress } from "../codec/index.js";
import type { Codec } from "../codec/index.js";
import { moduleAddress } from "../crypto/index.js";
import { defineErrors } from "../primitives/index.js";
import type { Address } from "../primitives/index.js";
import type { Context } from "./context.js";
import { messageRoute } from "./module.js";
import type { MessageRoute } from "./module.js";

/** Name of the module account whose proposals govern. */
export const GOV = "gov";
/** The only account that may change parameters: that of the module `gov`, which acts when a proposal passes and never signs. */
export const GOV_AUTHORITY: Address = moduleAddress(GOV);

const { InvalidSigner } = defineErrors(GOV, {
  InvalidSigner: { code: 13, text: "expected gov account as only signer for proposal message" },
});

/**
 * The authority of a message that only governance may send. Called by handlers, since the SDK refuses on delivery.
 *
 * @throws Reject gov/13 when it is another account than that of `gov`, however the text is written.
 */
export function checkAuthority(text: string): Address {
  const expected = formatAddress(GOV_AUTHORITY);
  if (text !== expected) throw InvalidSigner(`invalid authority; expected ${expected}, got ${text}`);
  return GOV_AUTHORITY;
}

/** W: MsgUpdateParams of a module; P: its params; R: the empty response. */
export interface UpdateParamsSpec<W extends { readonly authority: string; readonly params: P }, P, R> {
  readonly request: Codec<W>;
  readonly response: Codec<R>;
  /** The module's own bounds. @throws Reject. */
  check(params: P): void;
  set(ctx: Context, params: P): void;
}

/**
 * The route of a module's MsgUpdateParams { authority, params }: the whole of the parameters is replaced, as the SDK does.
 *
 * Handling rejects with gov/13 for another authority than governance, and with what `check` throws.
 */
export function updateParamsRoute<W extends { readonly authority: string; readonly params: P }, P, R>(
  spec: UpdateParamsSpec<W, P, R>,
): MessageRoute {
  return messageRoute<W, W, R>({
    request: spec.request,
    response: spec.response,
    parse: (wire) => wire,
    signers: ({ authority }) => [parseAddress(authority)],
    handle(ctx, { authority, params }) {
      checkAuthority(authority);
      spec.check(params);
      spec.set(ctx, params);
      return spec.response.create({});
    },
  });
}
