import type { CommitInfo, ExtendedCommitInfo } from "../abci/index.js";
import type { AttestHooks } from "../kernel/attest-port.js";
import type { ReadContext } from "../kernel/context.js";
import { Fault, Reject } from "../primitives/index.js";
import type { Height } from "../primitives/index.js";
import { AttestError } from "./errors.js";
import { isWellFormed } from "./extension.js";
import { checkInjection, encodeInjection, parseInjection, previousHeight, pruneCommit } from "./injection.js";
import type { InjectionRules } from "./injection.js";
import { extendOwn } from "./own-extension.js";
import type { AttestValidators, ExtensionSource } from "./ports.js";
import { progressTasks } from "./progress.js";
import { ATTEST_STORE, attestState } from "./state.js";
import { applyVotes } from "./submissions.js";
import { openTask, viewOf } from "./tasks.js";
import type { TaskKind, TaskOpener, TaskReader } from "./types.js";

export interface Attestation {
  readonly opener: TaskOpener & TaskReader;
  /** What the kernel calls around transaction 0 and precommits. */
  readonly hooks: AttestHooks;
}

export interface AttestationOptions {
  readonly validators: AttestValidators;
  /** Read at first use, since modules need the opener before they can name their kinds. */
  readonly kinds: () => readonly TaskKind[];
  /** This validator's own findings. */
  readonly source: ExtensionSource;
}

function indexKinds(kinds: readonly TaskKind[]): ReadonlyMap<string, TaskKind> {
  const byName = new Map(kinds.map((k) => [k.kind, k]));
  if (byName.size !== kinds.length) throw new Fault("two modules claim one kind of task");
  return byName;
}

/** Runs what refuses with a code; undefined if it did. */
function unlessRejected<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof Reject) return undefined;
    throw error;
  }
}

/** The commit as its own proposer will see it in the block: same votes, without extensions. */
function withoutExtensions(info: ExtendedCommitInfo): CommitInfo {
  return { round: info.round, votes: info.votes.map(({ validator, flag }) => ({ validator, flag })) };
}

type Registry = () => ReadonlyMap<string, TaskKind>;

function createHooks({ validators, source }: AttestationOptions, registry: Registry): AttestHooks {
  const rules = (ctx: ReadContext, height: Height): InjectionRules => ({
    stores: ctx,
    chainId: ctx.block.chainId,
    height: previousHeight(height),
    validators,
  });
  return {
    prepare(ctx, { height, localLastCommit, maxBytes }) {
      const pruned = pruneCommit(rules(ctx, height), localLastCommit);
      const last = withoutExtensions(localLastCommit);
      const bytes = encodeInjection(pruned);
      const sound = unlessRejected(() => (checkInjection(rules(ctx, height), pruned, last), true)) === true;
      return sound && bytes.length <= maxBytes ? bytes : undefined;
    },
    process(ctx, { height, tx, proposedLastCommit }) {
      const check = (): boolean => (checkInjection(rules(ctx, height), parseInjection(tx), proposedLastCommit), true);
      return unlessRejected(check) === true;
    },
    finalize(ctx, { tx }) {
      const info = unlessRejected(() => parseInjection(tx));
      if (info !== undefined) applyVotes(ctx, registry(), info.votes);
    },
    finish: (ctx) => progressTasks(ctx, { kinds: registry(), validators }),
    extend: (ctx) => extendOwn(ctx, ctx.block.chainId, source),
    verify(ctx, { extension }) {
      const params = attestState.read(ctx.store(ATTEST_STORE)).params.getOrFail();
      return isWellFormed(extension, params) ? "accept" : "reject";
    },
  };
}

export function createAttestation(options: AttestationOptions): Attestation {
  const { validators, kinds } = options;
  let index: ReadonlyMap<string, TaskKind> | undefined;
  const registry: Registry = () => (index ??= indexKinds(kinds()));
  return {
    opener: {
      open(ctx, task) {
        if (!registry().has(task.kind)) throw AttestError.UnknownKind(task.kind);
        return openTask(ctx, validators, task);
      },
      view(stores, taskId) {
        const task = attestState.read(stores.store(ATTEST_STORE)).tasks.get(taskId);
        return task && viewOf(task);
      },
    },
    hooks: createHooks(options, registry),
  };
}
