import { expect } from "chai";
import { Phase, Task } from "../../proto/gen/openledger/attest/v1.js";
import { EMPTY_BYTES, toAddress, toVotingPower, utf8 } from "../primitives/index.js";
import { advance, createScratchContext } from "../testkit/scratch-context.js";
import type { ScratchContext } from "../testkit/scratch-context.js";
import { attestModule } from "./module.js";
import { invariants } from "./invariants.js";
import { defaultParams } from "./params.js";
import { progressTasks } from "./progress.js";
import { ATTEST_STORE, attestState } from "./state.js";
import { openTask } from "./tasks.js";
import type { TaskKind } from "./types.js";

/** What a block does about open tasks, and how little where nothing happens. */

const MEMBERS = [1, 2, 3, 4].map((n) => ({ validator: toAddress(new Uint8Array(20).fill(n)), power: toVotingPower(10n) }));
const validators = { members: () => MEMBERS, consensusKey: () => undefined };
const state = (ctx: ScratchContext) => attestState.open(ctx.store(ATTEST_STORE));

interface World {
  readonly ctx: ScratchContext;
  readonly failed: bigint[];
  readonly progress: () => void;
}

function world(tasks: number): World {
  const ctx = createScratchContext();
  const failed: bigint[] = [];
  const kind: TaskKind = {
    kind: "test", maxValueBytes: 8, isValid: () => true, onResolved: () => undefined, onFailed: (_, { id }) => void failed.push(id),
  };
  state(ctx).params.set({ ...defaultParams, commitPeriod: 5, maxAttempts: 1 });
  for (let i = 0; i < tasks; i++) openTask(ctx, validators, { kind: "test", subject: 1n, payload: EMPTY_BYTES });
  const progress = (): void => progressTasks(ctx, { kinds: new Map([["test", kind]]), validators });
  return { ctx, failed, progress };
}

const broken = (ctx: ScratchContext): string[] => invariants.filter((i) => i.holds(ctx) !== true).map((i) => i.name.split(" ").slice(0, 4).join(" "));

describe("what a block does about open tasks", () => {
  it("is nothing for those that nobody spoke of and whose time is not over", () => {
    const { ctx, progress } = world(3);
    // Reading this one would be an error: its committee is no committee.
    ctx.store(ATTEST_STORE).set(Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 2), utf8("\xff not a task"));
    advance(ctx, ctx.block.height + 5n);
    progress();
    expect([...state(ctx).open.keys()]).to.deep.equal([1n, 2n, 3n]);
  });

  it("ends no more than 128 whose time is over, the oldest first, and the rest in the blocks after", () => {
    const { ctx, failed, progress } = world(300);
    advance(ctx, ctx.block.height + 5n);
    progress();
    expect(failed, "the last block of the period still counts").to.deep.equal([]);
    const counts = [1, 2, 3, 4].map(() => {
      advance(ctx, ctx.block.height + 1n);
      progress();
      expect(broken(ctx)).to.deep.equal([]);
      return failed.length;
    });
    expect(counts).to.deep.equal([128, 256, 300, 300]);
    expect(failed).to.deep.equal(Array.from({ length: 300 }, (_, i) => BigInt(i + 1)));
  });

  it("ends those whose time is over in the order of their ids, whichever was over first", () => {
    const { ctx, failed, progress } = world(0);
    for (const commitPeriod of [20, 5, 10]) openTask(ctx, validators, { kind: "test", subject: 1n, payload: EMPTY_BYTES, commitPeriod });
    advance(ctx, ctx.block.height + 21n);
    progress();
    expect(failed).to.deep.equal([1n, 2n, 3n]);
  });

  it("is the same after export and import: every task is judged at its deadline", () => {
    const { ctx } = world(3);
    const fresh = createScratchContext();
    attestModule.genesis.init(fresh, attestModule.genesis.export(ctx));
    expect([...state(fresh).deadlines.keys()]).to.deep.equal([...state(ctx).deadlines.keys()]);
    expect(broken(fresh)).to.deep.equal([]);
  });

  const JUDGED = "every open task is";
  const cases: readonly (readonly [string, (ctx: ScratchContext) => void, readonly string[]])[] = [
    ["a task that is never judged", (ctx) => state(ctx).deadlines.delete([state(ctx).tasks.getOrFail(1n).deadline, 1n]), [JUDGED]],
    ["a task that is judged at another height", (ctx) => state(ctx).tasks.set(1n, { ...state(ctx).tasks.getOrFail(1n), deadline: 99n }), [JUDGED]],
    ["a vote that nobody looked at", (ctx) => state(ctx).touched.add(1n), [JUDGED]],
    ["a finished task among the open", (ctx) => state(ctx).tasks.set(1n, { ...state(ctx).tasks.getOrFail(1n), phase: Phase.PHASE_FAILED }), ["a task is listed"]],
    ["a promise of one who was not asked", (ctx) => {
      const validator = toAddress(new Uint8Array(20).fill(9));
      state(ctx).submissions.set([1n, validator], { taskId: 1n, validator, commitment: EMPTY_BYTES, value: EMPTY_BYTES, salt: EMPTY_BYTES });
    }, ["submissions belong to open"]],
    ["power that nobody committed", (ctx) => state(ctx).tasks.set(1n, Task.create({ ...state(ctx).tasks.getOrFail(1n), committedPower: 1n })), ["a task's committed and"]],
  ];
  for (const [what, tamper, names] of cases) {
    it(`leaves books in which an invariant notices ${what}`, () => {
      const { ctx } = world(1);
      expect(broken(ctx)).to.deep.equal([]);
      tamper(ctx);
      expect(broken(ctx)).to.deep.equal(names);
    });
  }
});
