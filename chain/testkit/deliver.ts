import type { Codec } from "../codec/index.js";
import type { Module } from "../kernel/module.js";
import { asTx } from "./ledger.js";
import type { ScratchContext } from "./scratch-context.js";

/** Runs one message through its route: bytes, parse, handle, bytes. @throws what the route throws. */
export function deliver<M, R>(
  ctx: ScratchContext,
  modules: readonly Module[],
  request: { readonly codec: Codec<M>; readonly message: Partial<M>; readonly response: Codec<R> },
): R {
  const typeUrl = `/${request.codec.typeName}`;
  const route = modules.flatMap((m) => m.messages).find((r) => r.typeUrl === typeUrl)!;
  const parsed = route.parse(request.codec.encode(request.codec.create(request.message)));
  return request.response.decode(parsed.handle(asTx(ctx, parsed.signers)));
}

/** Runs one query through its route. @throws what the route throws. */
export function ask<Q, R>(
  ctx: ScratchContext,
  modules: readonly Module[],
  request: { readonly path: string; readonly codec: Codec<Q>; readonly message?: Partial<Q>; readonly response: Codec<R> },
): R {
  const route = modules.flatMap((m) => m.queries).find((r) => r.path === request.path)!;
  return request.response.decode(route.handle(ctx, request.codec.encode(request.codec.create(request.message))));
}

/** The name of the first invariant that does not hold, with its facts; undefined when all do. */
export function brokenInvariant(ctx: ScratchContext, modules: readonly Module[]): string | undefined {
  for (const module of modules) {
    for (const invariant of module.invariants) if (invariant.holds(ctx) !== true) return invariant.name;
  }
  return undefined;
}
