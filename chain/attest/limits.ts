import type { Context } from "../kernel/index.js";
import { toHeight } from "../primitives/index.js";
import type { ReadStores } from "../store/index.js";
import type { Params } from "../../proto/gen/openledger/attest/v1.js";
import { ATTEST_STORE, attestState } from "./state.js";

/** Replaces the parameters; what applied before this block is kept for the votes that are on their way. */
export function setParams(ctx: Context, params: Params): void {
  const { params: stored, before, changed } = attestState.open(ctx.store(ATTEST_STORE));
  const old = stored.get();
  if (old !== undefined && changed.get() !== ctx.block.height) {
    before.set(old);
    changed.set(toHeight(ctx.block.height));
  }
  stored.set(params);
}

/**
 * The parameters by which precommits of a height were extended and verified: those after the block before it. The block of that height
 * itself may have changed them. Judged by the new ones, votes that every correct validator gave could all be unsound, and since the
 * last commit stays what it is, no proposal would ever be accepted again.
 */
export function paramsOfVotes(stores: ReadStores, height: bigint): Params {
  const { params, before, changed } = attestState.read(stores.store(ATTEST_STORE));
  return changed.get() === height ? before.getOrFail() : params.getOrFail();
}
