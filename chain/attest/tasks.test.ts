import { expect } from "chai";
import { Phase } from "../../proto/gen/openledger/attest/v1.js";
import { toAddress, toHex, toVotingPower } from "../primitives/index.js";
import { createScratchContext } from "../testkit/scratch-context.js";
import type { ScratchContext } from "../testkit/scratch-context.js";
import { defaultParams } from "./params.js";
import { ATTEST_STORE, attestState } from "./state.js";
import { openTask, retryTask } from "./tasks.js";

const MEMBERS = Array.from({ length: 60 }, (_, i) => ({ validator: toAddress(new Uint8Array(20).fill(i + 1)), power: toVotingPower(10n) }));
const validators = { members: () => MEMBERS, consensusKey: () => undefined };
const state = (ctx: ScratchContext) => attestState.open(ctx.store(ATTEST_STORE));
const open = (ctx: ScratchContext): bigint => openTask(ctx, validators, { kind: "test", subject: 1n, payload: new Uint8Array(0) });
const committee = (ctx: ScratchContext, id: bigint): string =>
  state(ctx).tasks.getOrFail(id).committee.map((m) => `${toHex(m.validator)}:${m.power}`).join();

function world(hash: number): ScratchContext {
  const ctx = createScratchContext();
  ctx.block = { ...ctx.block, hash: new Uint8Array(32).fill(hash) };
  state(ctx).params.set({ ...defaultParams, maxCommittee: 8 });
  return ctx;
}

describe("the committee of a task", () => {
  it("follows from the hash of the block that opens it, which who asks for it does not know", () => {
    const [a, b, c] = [world(1), world(1), world(2)];
    const ids = [a, b, c].map(open);
    expect(committee(a, ids[0]!)).to.equal(committee(b, ids[1]!));
    expect(committee(a, ids[0]!)).not.to.equal(committee(c, ids[2]!));
  });

  it("is another for another task of the same block, and for another attempt", () => {
    const ctx = world(1);
    const [first, second] = [open(ctx), open(ctx)];
    expect(committee(ctx, first)).not.to.equal(committee(ctx, second));
    const before = committee(ctx, first);
    retryTask(ctx, validators, state(ctx).tasks.getOrFail(first));
    expect(committee(ctx, first)).not.to.equal(before);
    expect(state(ctx).tasks.getOrFail(first)).to.deep.include({ attempt: 2, phase: Phase.PHASE_COMMIT });
  });

  it("has as many seats as params say, which are its power", () => {
    const ctx = world(3);
    const { committee: drawn } = state(ctx).tasks.getOrFail(open(ctx));
    expect(drawn.reduce((sum, m) => sum + m.power, 0n)).to.equal(8n);
  });
});
