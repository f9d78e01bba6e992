import { expect } from "chai";
import { Phase, Task } from "../../proto/gen/openledger/attest/v1.js";
import type { Params , VoteExtension } from "../../proto/gen/openledger/attest/v1.js";
import { createScratchContext } from "../testkit/scratch-context.js";
import type { ScratchContext } from "../testkit/scratch-context.js";
import { equalBytes, toAddress, utf8 } from "../primitives/index.js";
import { commitmentOf } from "./commitment.js";
import { parseExtension } from "./extension.js";
import { extendOwn } from "./own-extension.js";
import { defaultParams } from "./params.js";
import type { ExtensionSource } from "./ports.js";
import { ATTEST_STORE, attestState } from "./state.js";

const ME = toAddress(new Uint8Array(20).fill(1));
const OTHER = toAddress(new Uint8Array(20).fill(2));
const CHAIN = "chain-1";
const salt = (id: bigint, attempt: number): Uint8Array => new Uint8Array(32).fill(Number(id) + attempt);

interface Given {
  readonly id: bigint;
  readonly phase?: number;
  readonly attempt?: number;
  readonly committee?: readonly Uint8Array[];
  /** What this validator committed to. */
  readonly committed?: string;
  readonly revealed?: boolean;
}

function world(tasks: readonly Given[], params: Partial<Params> = {}): ScratchContext {
  const ctx = createScratchContext(CHAIN);
  const state = attestState.open(ctx.store(ATTEST_STORE));
  state.params.set({ ...defaultParams, ...params });
  for (const { id, phase = Phase.PHASE_COMMIT, attempt = 1, committee = [ME, OTHER], committed, revealed = false } of tasks) {
    const members = committee.map((validator) => ({ validator, power: 1n }));
    state.tasks.set(id, Task.create({ id, kind: "k", phase: phase, attempt, committee: members }));
    state.open.add(id);
    if (committed === undefined) continue;
    const value = utf8(committed);
    const commitment = commitmentOf({ chainId: CHAIN, taskId: id, attempt, validator: ME, value, salt: salt(id, attempt) });
    const shown = revealed ? { value, salt: salt(id, attempt) } : { value: new Uint8Array(0), salt: new Uint8Array(0) };
    state.submissions.set([id, ME], { taskId: id, validator: ME, commitment, ...shown });
  }
  return ctx;
}

const says = (value: string | undefined, validator: ExtensionSource["validator"] = ME): ExtensionSource => ({
  validator,
  value: () => (value === undefined ? undefined : utf8(value)),
  salt,
});

function extension(ctx: ScratchContext, source: ExtensionSource): VoteExtension {
  const params = attestState.open(ctx.store(ATTEST_STORE)).params.getOrFail();
  return parseExtension(extendOwn(ctx, CHAIN, source), params);
}

const ids = (entries: readonly { readonly taskId: bigint }[]): bigint[] => entries.map((e) => e.taskId);

describe("a validator's own extension", () => {
  it("commits to what it computed and reveals what it committed to, with the attempt", () => {
    const ctx = world([{ id: 1n }, { id: 2n, phase: Phase.PHASE_REVEAL, attempt: 2, committed: "v" }]);
    const { commitments, reveals } = extension(ctx, says("v"));
    const hash = commitmentOf({ chainId: CHAIN, taskId: 1n, attempt: 1, validator: ME, value: utf8("v"), salt: salt(1n, 1) });
    expect(commitments).to.deep.equal([{ taskId: 1n, attempt: 1, hash }]);
    expect(reveals).to.deep.equal([{ taskId: 2n, attempt: 2, value: utf8("v"), salt: salt(2n, 2) }]);
  });

  it("is empty for one who does not validate, has no value, sits on no committee, or has said it all", () => {
    const done: Given[] = [
      { id: 1n, committed: "v" },
      { id: 2n, phase: Phase.PHASE_REVEAL, committed: "v", revealed: true },
      { id: 3n, phase: Phase.PHASE_REVEAL },
      { id: 4n, committee: [OTHER] },
    ];
    expect(extendOwn(world(done), CHAIN, says("v"))).to.have.length(0);
    expect(extendOwn(world([{ id: 1n }]), CHAIN, says(undefined))).to.have.length(0);
    const follower: ExtensionSource = { validator: undefined, value: () => utf8("v"), salt };
    expect(extendOwn(world([{ id: 1n }]), CHAIN, follower)).to.have.length(0);
  });

  it("does not reveal a value that is no longer the one it committed to", () => {
    const ctx = world([{ id: 1n, phase: Phase.PHASE_REVEAL, committed: "v" }]);
    expect(extendOwn(ctx, CHAIN, says("w"))).to.have.length(0);
  });

  it("stays within tasks and bytes: reveals first, the oldest first", () => {
    const many: Given[] = [1n, 2n, 3n, 4n].map((id) => ({ id, phase: id % 2n === 0n ? Phase.PHASE_REVEAL : Phase.PHASE_COMMIT, ...(id % 2n === 0n ? { committed: "v" } : {}) }));
    const three = extension(world(many, { maxTasksPerExtension: 3 }), says("v"));
    expect([ids(three.reveals), ids(three.commitments)]).to.deep.equal([[2n, 4n], [1n]]);
    const long = "x".repeat(600);
    const large: Given[] = [1n, 2n, 3n].map((id) => ({ id, phase: Phase.PHASE_REVEAL, committed: long }));
    const ctx = world(large, { maxExtensionBytes: 1_500, maxValueBytes: 700 });
    expect(ids(extension(ctx, says(long)).reveals)).to.deep.equal([1n, 2n]);
    expect(extendOwn(ctx, CHAIN, says(long)).length).to.be.at.most(1_500);
  });

  it("promises no more than half a reveal period has room to show, whatever is open", () => {
    const long = "x".repeat(600);
    const tight = { maxExtensionBytes: 1_500, maxValueBytes: 700, revealPeriod: 4 };
    // Two such values fit an extension; four extensions make a period, so four values are half of it.
    const fresh: Given[] = [1n, 2n, 3n, 4n, 5n, 6n].map((id) => ({ id }));
    expect(ids(extension(world(fresh, tight), says(long)).commitments)).to.deep.equal([1n, 2n, 3n, 4n]);
    const promised: Given[] = [1n, 2n, 3n].map((id) => ({ id, committed: long }));
    const later: Given[] = [{ id: 4n }, { id: 5n }];
    expect(ids(extension(world([...promised, ...later], tight), says(long)).commitments)).to.deep.equal([4n]);
    const shown: Given[] = promised.map((g) => ({ ...g, phase: Phase.PHASE_REVEAL, revealed: true }));
    expect(ids(extension(world([...shown, ...later], tight), says(long)).commitments)).to.deep.equal([4n, 5n]);
    const few = { maxTasksPerExtension: 2, revealPeriod: 3 };
    const small = extension(world([{ id: 1n, committed: "v" }, { id: 2n, committed: "v" }, { id: 3n }, { id: 4n }], few), says("v"));
    expect(ids(small.commitments)).to.deep.equal([3n]);
  });

  it("is made from the 512 oldest open tasks, so that its cost has a bound", () => {
    const many: Given[] = Array.from({ length: 520 }, (_, i) => ({ id: BigInt(i + 1), committee: i < 510 ? [OTHER] : [ME] }));
    expect(ids(extension(world(many), says("v")).commitments)).to.deep.equal([511n, 512n]);
  });

  it("is bound to the validator: another's source makes other commitments", () => {
    const ctx = world([{ id: 1n }]);
    const [mine, theirs] = [ME, OTHER].map((who) => extension(ctx, says("v", who)).commitments[0]!.hash);
    expect(equalBytes(mine!, theirs!)).to.equal(false);
  });
});
