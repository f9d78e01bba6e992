import type { ValidatorUpdate } from "../abci/index.js";
import type { TaskKind } from "../attest/types.js";
import type { AnyCodec, Codec } from "../codec/index.js";
import type { Address } from "../primitives/index.js";
import type { BeginContext, Context, ReadContext, TxContext } from "./context.js";

/**
 * What the kernel consumes of a module. A module is plain data: routes, genesis, block hooks, invariants. Modules do not
 * import one another; modules/app.ts hands each the neighbours its ports.ts asks for.
 */

/** A message that passed every check that needs no state. */
export interface ParsedMessage {
  /** Accounts that must sign, in order, without repetition. */
  readonly signers: readonly Address[];
  /** Checks, writes, one event. Returns the encoded response message. @throws Reject. */
  handle(ctx: TxContext): Uint8Array;
}

export interface MessageRoute {
  /** "/package.MsgName". */
  readonly typeUrl: string;
  readonly responseTypeUrl: string;
  /** The message's table: amino JSON is made from it. */
  readonly codec: AnyCodec;
  /** Wire to domain. @throws Reject: sdk/2 on bad bytes, otherwise the check's own code. */
  parse(bytes: Uint8Array): ParsedMessage;
}

/** W: wire message; M: domain message; R: response message. */
export interface MessageSpec<W, M, R> {
  readonly request: Codec<W>;
  readonly response: Codec<R>;
  parse(wire: W): M;
  signers(message: M): readonly Address[];
  handle(ctx: TxContext, message: M): R;
}

export function messageRoute<W, M, R>(spec: MessageSpec<W, M, R>): MessageRoute {
  return {
    typeUrl: `/${spec.request.typeName}`,
    responseTypeUrl: `/${spec.response.typeName}`,
    codec: spec.request,
    parse(bytes) {
      const message = spec.parse(spec.request.decode(bytes));
      return {
        signers: spec.signers(message),
        handle: (ctx) => spec.response.encode(spec.handle(ctx, message)),
      };
    },
  };
}

export interface QueryRoute {
  /** "/package.Query/Method": gRPC, abci_query and REST all reach it by this name. */
  readonly path: string;
  /** Encoded request to encoded response. @throws Reject; sdk/38 (not found) becomes gRPC NotFound, sdk/18 InvalidArgument. */
  handle(ctx: ReadContext, request: Uint8Array): Uint8Array;
}

export function queryRoute<Q, R>(
  path: string,
  codecs: { readonly request: Codec<Q>; readonly response: Codec<R> },
  answer: (ctx: ReadContext, request: Q) => R,
): QueryRoute {
  return {
    path,
    handle: (ctx, bytes) =>
      codecs.response.encode(answer(ctx, codecs.request.decode(bytes, { unknown: "ignore" }))),
  };
}

/** A statement that holds after every block. `holds` returns true, or the facts that contradict it. */
export interface Invariant {
  /** A sentence; printed when it breaks. */
  readonly name: string;
  holds(ctx: ReadContext): true | Readonly<Record<string, string | bigint | number>>;
}

/** Genesis as one message of the module; the document carries its JSON form. export after init is the identity. */
export interface GenesisSpec<G> {
  readonly codec: Codec<G>;
  defaults(): G;
  /** @throws Reject on a document that breaks the module's rules. */
  init(ctx: Context, state: G): readonly ValidatorUpdate[];
  export(ctx: ReadContext): G;
}

/** A GenesisSpec with its message type erased, working on JSON values. */
export interface GenesisRoute {
  defaults(): unknown;
  init(ctx: Context, json: unknown): readonly ValidatorUpdate[];
  export(ctx: ReadContext): unknown;
}

export interface Module {
  /** Store name, module account name and codespace. */
  readonly name: string;
  readonly messages: readonly MessageRoute[];
  readonly queries: readonly QueryRoute[];
  /** What may stand in an Any of this module's messages, beside messages: authorizations, allowances, contents. */
  readonly types?: readonly AnyCodec[];
  readonly genesis: GenesisRoute;
  /** Of what its state means; 1 when absent. An upgrade that changes the meaning counts it up and migrates. */
  readonly version?: bigint;
  /** Before transaction 0 and every beginBlock. A Fault here stops the node before the block did anything. */
  preBlock?(ctx: Context): void;
  /** Bounded work, never throws a Reject. */
  beginBlock?(ctx: BeginContext): void;
  endBlock?(ctx: Context): readonly ValidatorUpdate[];
  readonly invariants: readonly Invariant[];
  /** Kinds of attested tasks that this module opens and resolves. */
  readonly tasks: readonly TaskKind[];
}
