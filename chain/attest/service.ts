import type { CommitInfo, ExtendedCommitInfo } from "../abci/index.js";
import type { Context } from "../kernel/context.js";
import { Fault, Reject } from "../primitives/index.js";
import type { Height } from "../primitives/index.js";
import type { ReadStores } from "../store/index.js";
import { AttestError } from "./errors.js";
import { isWellFormed } from "./extension.js";
import { checkInjection, encodeInjection, parseInjection, previousHeight, pruneCommit } from "./injection.js";
import { extendOwn } from "./own-extension.js";
import type { AttestValidators, ExtensionSource } from "./ports.js";
import { progressTasks } from "./progress.js";
import { ATTEST_STORE, attestState } from "./state.js";
import { applyVotes } from "./submissions.js";
import { openTask } from "./tasks.js";
import type { TaskKind, TaskOpener } from "./types.js";

/** Where a block stands: enough to find the sign bytes of the last height's extensions. */
export interface BlockAt {
  readonly chainId: string;
  /** Height of the block under way; its transaction 0 carries the votes of the height before. */
  readonly height: Height;
}

/**
 * The part of ABCI that vote extensions take. The kernel calls it; `stores` is the last committed state, `ctx` the
 * block's own branch.
 */
export interface Attestation {
  readonly opener: TaskOpener;
  /** PrepareProposal: transaction 0. */
  inject(stores: ReadStores, at: BlockAt, local: ExtendedCommitInfo): Uint8Array;
  /** ProcessProposal. @throws Reject attest/3. */
  check(stores: ReadStores, at: BlockAt, tx: { readonly bytes: Uint8Array; readonly last: CommitInfo }): void;
  /** FinalizeBlock, before any other transaction. The block is decided, so an undecodable transaction 0 is a Fault. */
  apply(ctx: Context, tx: Uint8Array): void;
  /** FinalizeBlock, after the modules' end of block: closes phases and remembers the block's hash. */
  finish(ctx: Context): void;
  extend(stores: ReadStores, chainId: string, source: ExtensionSource): Uint8Array;
  verify(stores: ReadStores, extension: Uint8Array): boolean;
}

export interface AttestationOptions {
  readonly validators: AttestValidators;
  /** Read at first use, since modules need the opener before they can name their kinds. */
  readonly kinds: () => readonly TaskKind[];
}

function indexKinds(kinds: readonly TaskKind[]): ReadonlyMap<string, TaskKind> {
  const byName = new Map(kinds.map((k) => [k.kind, k]));
  if (byName.size !== kinds.length) throw new Fault("two modules claim one kind of task");
  return byName;
}

/** Two thirds have checked these bytes, so bytes that do not parse mean that our code is not theirs. */
function decided(tx: Uint8Array): ExtendedCommitInfo {
  try {
    return parseInjection(tx);
  } catch (error) {
    throw error instanceof Reject ? new Fault("a decided block lacks its extended commit", { reason: error.message }) : error;
  }
}

export function createAttestation({ validators, kinds }: AttestationOptions): Attestation {
  let index: ReadonlyMap<string, TaskKind> | undefined;
  const registry = (): ReadonlyMap<string, TaskKind> => (index ??= indexKinds(kinds()));
  const rules = (stores: ReadStores, { chainId, height }: BlockAt) => ({
    stores,
    chainId,
    height: previousHeight(height),
    validators,
  });
  return {
    opener: {
      open(ctx, task) {
        if (!registry().has(task.kind)) throw AttestError.UnknownKind(task.kind);
        return openTask(ctx, validators, task);
      },
    },
    inject: (stores, at, local) => encodeInjection(pruneCommit(rules(stores, at), local)),
    check: (stores, at, { bytes, last }) => checkInjection(rules(stores, at), parseInjection(bytes), last),
    apply: (ctx, tx) => applyVotes(ctx, registry(), decided(tx).votes),
    finish(ctx) {
      progressTasks(ctx, { kinds: registry(), validators });
      attestState.open(ctx.store(ATTEST_STORE)).lastHash.set(ctx.block.hash);
    },
    extend: extendOwn,
    verify: (stores, bytes) => isWellFormed(bytes, attestState.read(stores.store(ATTEST_STORE)).params.getOrFail()),
  };
}
