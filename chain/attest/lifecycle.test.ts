import { expect } from "chai";
import fc from "fast-check";
import { Phase } from "../../proto/gen/openledger/attest/v1.js";
import type { Params } from "../../proto/gen/openledger/attest/v1.js";
import { compareBytes, parseUtf8, toAddress, toHeight, toHex, toVotingPower, utf8 } from "../primitives/index.js";
import { AttestError } from "./errors.js";
import { advance, createScratchContext } from "../testkit/scratch-context.js";
import type { ScratchContext } from "../testkit/scratch-context.js";
import { encodeInjection } from "./injection.js";
import { invariants } from "./invariants.js";
import { extendOwn } from "./own-extension.js";
import { attestModule } from "./module.js";
import { defaultParams } from "./params.js";
import { silentSource } from "./ports.js";
import type { AttestValidators, ExtensionSource } from "./ports.js";
import { createAttestation } from "./service.js";
import type { Attestation } from "./service.js";
import { ATTEST_STORE, attestState } from "./state.js";
import type { Outcome, TaskKind } from "./types.js";

const addresses = [1, 2, 3, 4].map((n) => toAddress(new Uint8Array(20).fill(n)));
const [A, B, C, D] = addresses as [(typeof addresses)[0], (typeof addresses)[0], (typeof addresses)[0], (typeof addresses)[0]];

interface World {
  readonly ctx: ScratchContext;
  readonly attestation: Attestation;
  readonly outcomes: Outcome[];
  readonly failures: bigint[];
  /** One block: every listed validator's extension over the last state, injected and applied. */
  block(values: ReadonlyMap<string, string>): void;
  task(): { phase: number; attempt: number; committedPower: bigint; revealedPower: bigint };
}

function source(validator: Uint8Array, value: string | undefined): ExtensionSource {
  return {
    validator: toAddress(validator),
    value: () => (value === undefined ? undefined : utf8(value)),
    salt: (id, attempt) => new Uint8Array(32).fill(Number(id) * 16 + attempt + (validator[0] ?? 0)),
  };
}

function world(options: { params?: Partial<Params>; powers?: readonly bigint[]; kind?: Partial<TaskKind> } = {}): World {
  const powers = options.powers ?? [10n, 10n, 10n, 10n];
  const ctx = createScratchContext();
  const outcomes: Outcome[] = [];
  const failures: bigint[] = [];
  const kind: TaskKind = {
    kind: "test",
    maxValueBytes: 64,
    isValid: (value) => !parseUtf8(value).startsWith("bad"),
    onResolved: (_, __, outcome) => void outcomes.push(outcome),
    onFailed: (_, task) => void failures.push(task.id),
    ...options.kind,
  };
  const validators: AttestValidators = {
    members: () => addresses.map((validator, i) => ({ validator, power: toVotingPower(powers[i] ?? 0n) })),
    consensusKey: () => undefined,
  };
  const attestation = createAttestation({ validators, kinds: () => [kind], source: silentSource });
  attestState.open(ctx.store(ATTEST_STORE)).params.set({ ...defaultParams, commitPeriod: 5, revealPeriod: 5, ...options.params });
  const block = (values: ReadonlyMap<string, string>): void => {
    const votes = addresses.map((validator, i) => ({
      validator: { address: validator, power: toVotingPower(powers[i] ?? 0n) },
      flag: "commit" as const,
      extension: extendOwn(ctx, ctx.block.chainId, source(validator, values.get(toHex(validator)))),
      extensionSignature: new Uint8Array(64),
    }));
    advance(ctx, ctx.block.height + 1n);
    const info = { height: ctx.block.height, tx: encodeInjection({ round: 0, votes }), decidedLastCommit: { round: 0, votes } };
    attestation.hooks.finalize(ctx, info);
    attestation.hooks.finish(ctx);
    for (const invariant of invariants) expect(invariant.holds(ctx), invariant.name).to.equal(true);
  };
  const task = () => attestState.open(ctx.store(ATTEST_STORE)).tasks.getOrFail(1n);
  attestation.opener.open(ctx, { kind: "test", subject: 7n, payload: new Uint8Array(0) });
  return { ctx, attestation, outcomes, failures, block, task };
}

const say = (entries: readonly (readonly [Uint8Array, string])[]): ReadonlyMap<string, string> =>
  new Map(entries.map(([a, v]) => [toHex(a), v]));
const all = (value: string): ReadonlyMap<string, string> => say(addresses.map((a) => [a, value]));

describe("an attested task", () => {
  it("commits in one block, reveals in the next, and resolves to what all computed", () => {
    const w = world();
    w.block(all("42"));
    expect(w.task().phase).to.equal(Phase.PHASE_REVEAL);
    w.block(all("42"));
    expect(w.task().phase).to.equal(Phase.PHASE_RESOLVED);
    expect(parseUtf8(w.outcomes[0]!.value)).to.equal("42");
    expect(w.outcomes[0]!.attesters.every((a) => a.agreed)).to.equal(true);
    expect(w.outcomes[0]!.agreeingPower).to.equal(40n);
  });

  it("resolves to the honest value beside one liar, and says who lied", () => {
    const w = world();
    const values = say([[A, "42"], [B, "42"], [C, "42"], [D, "63"]]);
    w.block(values);
    w.block(values);
    expect(parseUtf8(w.outcomes[0]!.value)).to.equal("42");
    expect(w.outcomes[0]!.attesters.map((a) => a.agreed)).to.deep.equal([true, true, true, false]);
    expect(w.outcomes[0]!.median).to.equal(false);
  });

  it("waits a grace period for a silent member, then goes on without it", () => {
    const w = world({ params: { gracePeriod: 2 } });
    const three = say([[A, "42"], [B, "42"], [C, "42"]]);
    w.block(three);
    expect(w.task().phase).to.equal(Phase.PHASE_COMMIT);
    for (let i = 0; i < 3; i++) w.block(three);
    expect(w.task().phase).to.equal(Phase.PHASE_REVEAL);
    w.block(three);
    expect(w.task().phase).to.equal(Phase.PHASE_RESOLVED);
    expect(w.outcomes[0]!.attesters.map((a) => a.revealed)).to.deep.equal([true, true, true, false]);
  });

  it("does not let anyone change the value after committing", () => {
    const w = world();
    w.block(all("42"));
    const changed = say([[A, "42"], [B, "42"], [C, "42"], [D, "43"]]);
    for (let i = 0; i < 10 && w.outcomes.length === 0; i++) w.block(changed);
    expect(w.outcomes[0]!.attesters.map((a) => a.revealed)).to.deep.equal([true, true, true, false]);
  });

  it("does not count a value that the kind finds invalid", () => {
    const w = world();
    const values = say([[A, "42"], [B, "42"], [C, "42"], [D, "bad"]]);
    for (let i = 0; i < 10 && w.outcomes.length === 0; i++) w.block(values);
    expect(w.outcomes[0]!.revealedPower).to.equal(30n);
  });

  it("tries again before another committee, then fails, when too few take part", () => {
    const w = world({ params: { commitPeriod: 2, maxAttempts: 2 } });
    const two = say([[A, "42"], [B, "42"]]);
    for (let i = 0; i < 3; i++) w.block(two);
    expect(w.task()).to.include({ phase: Phase.PHASE_COMMIT, attempt: 2, committedPower: 0n });
    for (let i = 0; i < 4; i++) w.block(two);
    expect(w.task().phase).to.equal(Phase.PHASE_FAILED);
    expect(w.failures).to.deep.equal([1n]);
  });

  it("fails at once where its kind wants no second attempt", () => {
    const w = world({ params: { commitPeriod: 2, maxAttempts: 2 }, kind: { maxAttempts: 1 } });
    for (let i = 0; i < 3; i++) w.block(say([[A, "42"]]));
    expect(w.task()).to.include({ phase: Phase.PHASE_FAILED, attempt: 1 });
  });

  it("can still succeed at the second attempt", () => {
    const w = world({ params: { commitPeriod: 2, maxAttempts: 2 } });
    for (let i = 0; i < 3; i++) w.block(say([[A, "42"]]));
    w.block(all("42"));
    w.block(all("42"));
    expect(w.task()).to.include({ phase: Phase.PHASE_RESOLVED, attempt: 2 });
  });

  it("fails without a majority value where the kind has no median", () => {
    const w = world({ params: { maxAttempts: 1 } });
    const values = say([[A, "1"], [B, "1"], [C, "2"], [D, "2"]]);
    w.block(values);
    w.block(values);
    expect(w.failures).to.deep.equal([1n]);
  });

  it("takes the kind's median where no value has two thirds", () => {
    const median: TaskKind["median"] = (values) => {
      const sorted = [...values].sort((a, b) => compareBytes(a.value, b.value));
      const middle = sorted[1]!.value;
      return { value: middle, isClose: (v) => Math.abs(Number(parseUtf8(v)) - Number(parseUtf8(middle))) <= 1 };
    };
    const w = world({ kind: { median } });
    const values = say([[A, "4"], [B, "5"], [C, "6"], [D, "9"]]);
    w.block(values);
    w.block(values);
    expect(w.outcomes[0]).to.include({ median: true });
    expect(parseUtf8(w.outcomes[0]!.value)).to.equal("5");
    expect(w.outcomes[0]!.attesters.map((a) => a.agreed)).to.deep.equal([true, true, true, false]);
  });

  it("compares only the comparable part, and hands the module what each revealed", () => {
    const w = world({ kind: { comparable: (value) => utf8(parseUtf8(value).split("/")[0] ?? "") } });
    const values = say([[A, "42/a"], [B, "42/b"], [C, "42/c"], [D, "63/d"]]);
    w.block(values);
    w.block(values);
    const { value, attesters, median } = w.outcomes[0]!;
    expect([parseUtf8(value), median]).to.deep.equal(["42", false]);
    expect(attesters.map((a) => a.value && parseUtf8(a.value))).to.deep.equal(["42/a", "42/b", "42/c", "63/d"]);
    expect(attesters.map((a) => a.agreed)).to.deep.equal([true, true, true, false]);
  });

  it("tells who committed and did not reveal from who never committed", () => {
    const w = world({ params: { gracePeriod: 1 }, powers: [10n, 10n, 10n, 4n] });
    const honest = say([[A, "42"], [B, "42"], [C, "42"]]);
    w.block(say([[A, "42"], [B, "42"], [C, "42"], [D, "42"]]));
    for (let i = 0; i < 5 && w.outcomes.length === 0; i++) w.block(honest);
    expect(w.outcomes[0]!.attesters.map((a) => [a.committed, a.revealed])).to.deep.equal([[true, true], [true, true], [true, true], [true, false]]);
    const other = world({ params: { gracePeriod: 1 }, powers: [10n, 10n, 10n, 4n] });
    for (let i = 0; i < 9 && other.outcomes.length === 0; i++) other.block(honest);
    expect(other.outcomes[0]!.attesters.map((a) => a.committed)).to.deep.equal([true, true, true, false]);
    expect(other.outcomes[0]!.attesters[3]!.value).to.equal(undefined);
  });

  it("tells the module of a failed task who took part in it and who did not", () => {
    const seen: string[] = [];
    const onFailed: TaskKind["onFailed"] = (_, __, attesters) =>
      void seen.push(...attesters.map((a) => `${a.committed ? "c" : ""}${a.revealed ? "r" : ""}${a.agreed ? "a" : ""}${a.value === undefined ? "" : "v"}`));
    const w = world({ params: { commitPeriod: 1, revealPeriod: 2, gracePeriod: 0, maxAttempts: 1 }, kind: { onFailed } });
    w.block(say([[A, "1"], [B, "2"], [C, "3"]]));
    for (let i = 0; i < 4; i++) w.block(say([[A, "1"], [B, "2"]]));
    expect(w.task().phase).to.equal(Phase.PHASE_FAILED);
    expect(seen).to.deep.equal(["crv", "crv", "c", ""]);
  });

  it("tells it so as well when the module itself refused the outcome, of which then nobody agreed", () => {
    const seen: boolean[] = [];
    const onFailed: TaskKind["onFailed"] = (_, __, attesters) => void seen.push(...attesters.map((a) => a.revealed && !a.agreed));
    const w = world({ kind: { onFailed, onResolved: () => { throw AttestError.UnknownTask("no"); } } });
    w.block(all("42"));
    w.block(all("42"));
    expect(seen).to.deep.equal([true, true, true, true]);
  });

  it("keeps the excluded off the committee at every attempt, and shows the module its task again", () => {
    const w = world({ params: { commitPeriod: 2, maxAttempts: 2 } });
    const id = w.attestation.opener.open(w.ctx, { kind: "test", subject: 9n, payload: utf8("p"), excluded: [D] });
    const members = (): number => attestState.open(w.ctx.store(ATTEST_STORE)).tasks.getOrFail(id).committee.length;
    expect(members()).to.equal(3);
    for (let i = 0; i < 3; i++) w.block(say([]));
    expect(w.attestation.opener.view(w.ctx, id)).to.deep.include({ subject: 9n, payload: utf8("p"), attempt: 2 });
    expect(members()).to.equal(3);
    expect(w.attestation.opener.view(w.ctx, 99n)).to.equal(undefined);
  });

  it("fails, and leaves nothing of the module's work behind, when the module rejects the outcome", () => {
    const w = world({
      kind: {
        onResolved(ctx) {
          ctx.store("other").set(utf8("k"), utf8("v"));
          throw AttestError.UnknownTask();
        },
      },
    });
    w.block(all("42"));
    w.block(all("42"));
    expect(w.task().phase).to.equal(Phase.PHASE_FAILED);
    expect(w.ctx.store("other").has(utf8("k"))).to.equal(false);
    expect(w.failures).to.deep.equal([1n]);
  });

  it("refuses to open a task that no module resolves", () => {
    const w = world();
    expect(() => w.attestation.opener.open(w.ctx, { kind: "nobody", subject: 1n, payload: new Uint8Array(0) }))
      .to.throw()
      .with.property("code", 5);
  });

  it("ends the same way in whatever blocks the votes arrive, while honest power is above two thirds", () => {
    fc.assert(
      fc.property(fc.array(fc.subarray([0, 1, 2], { minLength: 0 }), { minLength: 1, maxLength: 6 }), (arrivals) => {
        const w = world({ params: { commitPeriod: 50, revealPeriod: 50, gracePeriod: 4 } });
        const schedule = [...arrivals, [0, 1, 2], [0, 1, 2], [0, 1, 2], [0, 1, 2], [0, 1, 2], [0, 1, 2], [0, 1, 2], [0, 1, 2]];
        for (const present of [...schedule, ...schedule]) {
          if (w.outcomes.length > 0) break;
          w.block(say([...present.map((i) => [addresses[i]!, "42"] as const), [D, "99"]]));
        }
        expect(parseUtf8(w.outcomes[0]!.value)).to.equal("42");
        expect(w.outcomes).to.have.length(1);
      }),
      { numRuns: 50 },
    );
  });

  it("survives export and import in the middle of its phases", () => {
    const w = world();
    w.block(say([[A, "42"], [B, "42"]]));
    const exported = attestModule.genesis.export(w.ctx);
    const other = createScratchContext();
    attestModule.genesis.init(other, exported);
    expect(attestModule.genesis.export(other)).to.deep.equal(exported);
    for (const invariant of invariants) expect(invariant.holds(other), invariant.name).to.equal(true);
  });

  it("breaks an invariant, by name, when its books are wrong", () => {
    const w = world();
    w.block(say([[A, "42"]]));
    const state = attestState.open(w.ctx.store(ATTEST_STORE));
    state.tasks.set(1n, { ...w.task(), committee: [], committedPower: 99n } as never);
    const broken = invariants.filter((i) => i.holds(w.ctx) !== true).map((i) => i.name);
    expect(broken).to.have.length.greaterThan(0);
  });

  it("removes what was submitted once the task has ended", () => {
    const w = world();
    w.block(all("42"));
    w.block(all("42"));
    const state = attestState.open(w.ctx.store(ATTEST_STORE));
    expect([...state.submissions.keys()]).to.deep.equal([]);
    expect([...state.open.keys()]).to.deep.equal([]);
    expect(toHeight(w.ctx.block.height)).to.equal(3n);
  });
});
