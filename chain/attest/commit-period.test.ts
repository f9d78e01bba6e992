import { expect } from "chai";
import { toAddress, toVotingPower } from "../primitives/index.js";
import { advance, createScratchContext } from "../testkit/scratch-context.js";
import { defaultParams } from "./params.js";
import type { AttestValidators } from "./ports.js";
import { ATTEST_STORE, attestState } from "./state.js";
import { openTask, retryTask } from "./tasks.js";

const validators: AttestValidators = {
  members: () => [1, 2, 3, 4].map((n) => ({ validator: toAddress(new Uint8Array(20).fill(n)), power: toVotingPower(1n) })),
  consensusKey: () => undefined,
};

describe("the commit phase of a task", () => {
  /** Its blocks at the first and at the second attempt. */
  function periods(commitPeriod: number | undefined): readonly bigint[] {
    const ctx = createScratchContext();
    const state = attestState.open(ctx.store(ATTEST_STORE));
    state.params.set({ ...defaultParams, commitPeriod: 60 });
    const task = { kind: "replay", subject: 1n, payload: new Uint8Array(0), ...(commitPeriod === undefined ? {} : { commitPeriod }) };
    const id = openTask(ctx, validators, task);
    const first = state.tasks.getOrFail(id);
    const opened = ctx.block.height;
    advance(ctx, 500n);
    retryTask(ctx, validators, first);
    return [first.deadline - opened, state.tasks.getOrFail(id).deadline - 500n];
  }

  it("is as long as the params say, or as its module asks where that is longer, at every attempt", () => {
    expect(periods(undefined)).to.deep.equal([60n, 60n]);
    expect(periods(59)).to.deep.equal([60n, 60n]);
    expect(periods(61)).to.deep.equal([61n, 61n]);
    expect(periods(1_000_000_000)).to.deep.equal([1_000_000_000n, 1_000_000_000n]);
  });
});
