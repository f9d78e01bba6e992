import { expect } from "chai";
import fc from "fast-check";
import { Phase, VoteExtension } from "../../proto/gen/openledger/attest/v1.js";
import { EMPTY_BYTES, Reject, concatBytes, parseUtf8, toAddress, toHex, toVotingPower, utf8 } from "../primitives/index.js";
import { sha256 } from "../crypto/index.js";
import { advance, createScratchContext } from "../testkit/scratch-context.js";
import type { ScratchContext } from "../testkit/scratch-context.js";
import { commitmentOf } from "./commitment.js";
import { isWellFormed, parseExtension } from "./extension.js";
import { encodeInjection, parseInjection } from "./injection.js";
import { invariants } from "./invariants.js";
import { defaultParams } from "./params.js";
import { silentSource } from "./ports.js";
import { createAttestation } from "./service.js";
import { ATTEST_STORE, attestState } from "./state.js";
import { applyVotes } from "./submissions.js";
import type { TaskKind } from "./types.js";

/** Whatever validators put into their extensions: no exception, no divergence, and books in order. */

const U64 = (1n << 64n) - 1n;
const addresses = [1, 2, 3, 4, 5].map((n) => toAddress(new Uint8Array(20).fill(n)));
const MEMBERS = addresses.slice(0, 4);

const taskId = fc.oneof(fc.bigInt({ min: 0n, max: 6n }), fc.constantFrom(0n, 1n << 63n, U64));
const attempt = fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constantFrom(2 ** 31, 2 ** 32 - 1));
const small = fc.constantFrom(EMPTY_BYTES, utf8("42"), utf8("63"), utf8("bad"), new Uint8Array(64), new Uint8Array(65), Uint8Array.of(0xff));
const salt = fc.constantFrom(new Uint8Array(32), new Uint8Array(32).fill(7), new Uint8Array(31), EMPTY_BYTES);
const hash = fc.constantFrom(new Uint8Array(32), new Uint8Array(31), EMPTY_BYTES);
const ascending = <T extends { readonly taskId: bigint }>(list: readonly T[]): T[] => {
  const seen = new Map(list.map((e) => [e.taskId, e]));
  return [...seen.values()].sort((a, b) => (a.taskId < b.taskId ? -1 : 1));
};

/** Says one thing of each task it names: right or wrong task, phase, attempt, hash, value and salt. */
const extension = fc
  .record({
    honest: fc.array(fc.record({ taskId, attempt, value: small }), { maxLength: 6 }),
    commitments: fc.array(fc.record({ taskId, attempt, hash }), { maxLength: 4 }),
    reveals: fc.array(fc.record({ taskId, attempt, value: small, salt }), { maxLength: 6 }),
    sorted: fc.boolean(),
  })
  .map(({ honest, commitments, reveals, sorted }) => (from: Uint8Array): Uint8Array => {
    const own = honest.map((h) => ({
      taskId: h.taskId,
      attempt: h.attempt,
      hash: commitmentOf({ chainId: "chain-1", ...h, validator: from, salt: new Uint8Array(32).fill(7) }),
    }));
    const all = [...own, ...commitments];
    return VoteExtension.encode({ commitments: sorted ? ascending(all) : all, reveals: sorted ? ascending(reveals) : reveals });
  });

/** Bytes of an extension with some of them changed, cut or repeated. */
const damaged = fc
  .record({ of: extension, at: fc.nat(), byte: fc.integer({ min: 0, max: 255 }), how: fc.constantFrom("set", "cut", "insert", "twice") })
  .map(({ of, at, byte, how }) => (from: Uint8Array): Uint8Array => {
    const bytes = of(from);
    const i = bytes.length === 0 ? 0 : at % bytes.length;
    if (how === "cut") return bytes.slice(0, i);
    if (how === "twice") return concatBytes(bytes, bytes);
    const [head, tail] = [bytes.slice(0, i), bytes.slice(how === "set" ? i + 1 : i)];
    return concatBytes(head, Uint8Array.of(byte), tail);
  });

const anything = fc.oneof(extension, extension, extension, damaged, fc.uint8Array({ maxLength: 80 }).map((b) => (): Uint8Array => b));
const blocks = fc.array(fc.tuple(...addresses.map(() => anything)), { minLength: 3, maxLength: 12 });

interface World {
  readonly ctx: ScratchContext;
  block(extensions: readonly ((from: Uint8Array) => Uint8Array)[]): void;
}

function world(): World {
  const ctx = createScratchContext("chain-1");
  const kind: TaskKind = {
    kind: "test",
    maxValueBytes: 64,
    isValid: (value) => value.length > 0 && value[0] !== 0xff && !parseUtf8(value).startsWith("bad"),
    comparable: (value) => value.slice(0, 1),
    onResolved: () => undefined,
    onFailed: () => undefined,
  };
  const power = toVotingPower(10n);
  const validators = { members: () => MEMBERS.map((validator) => ({ validator, power })), consensusKey: () => undefined };
  const attestation = createAttestation({ validators, kinds: () => [kind], source: silentSource });
  attestState.open(ctx.store(ATTEST_STORE)).params.set({ ...defaultParams, commitPeriod: 2, revealPeriod: 2, gracePeriod: 1 });
  const open = (): bigint => attestation.opener.open(ctx, { kind: "test", subject: 7n, payload: EMPTY_BYTES });
  for (let i = 0; i < 4; i++) open();
  return {
    ctx,
    block(extensions) {
      const votes = addresses.map((address, i) => ({
        validator: { address, power },
        flag: "commit" as const,
        extension: extensions[i]!(address),
        extensionSignature: new Uint8Array(64),
      }));
      advance(ctx, ctx.block.height + 1n);
      const info = { height: ctx.block.height, tx: encodeInjection({ round: 0, votes }), decidedLastCommit: { round: 0, votes } };
      attestation.hooks.finalize(ctx, info);
      attestation.hooks.finish(ctx);
    },
  };
}

const stateOf = (ctx: ScratchContext): string =>
  toHex(sha256(concatBytes(...[...ctx.store(ATTEST_STORE).iterate()].flatMap(([k, v]) => [k, v]))));

describe("extensions of any bytes", () => {
  it("are read or refused with a code, never more, and what is read is within bounds", () => {
    fc.assert(
      fc.property(anything, (of) => {
        const bytes = of(addresses[0]!);
        if (!isWellFormed(bytes, defaultParams)) return;
        const { commitments, reveals } = parseExtension(bytes, defaultParams);
        expect(commitments.length + reveals.length).to.be.at.most(defaultParams.maxTasksPerExtension);
        expect(VoteExtension.encode({ commitments, reveals })).to.deep.equal(bytes);
      }),
      { numRuns: 500 },
    );
  });

  it("leave two nodes with one state, invariants that hold, and tasks that all end", () => {
    const seen = new Map<number, number>();
    fc.assert(
      fc.property(blocks, (all) => {
        const [a, b] = [world(), world()];
        for (const extensions of all) {
          for (const w of [a, b]) w.block(extensions);
          for (const { name, holds } of invariants) expect(holds(a.ctx), name).to.equal(true);
        }
        expect(stateOf(a.ctx)).to.equal(stateOf(b.ctx));
        const nothing = addresses.map(() => (): Uint8Array => EMPTY_BYTES);
        for (let i = 0; i < 16; i++) a.block(nothing);
        const state = attestState.open(a.ctx.store(ATTEST_STORE));
        expect([...state.open.keys()]).to.deep.equal([]);
        expect([...state.submissions.keys()]).to.deep.equal([]);
        for (const { phase } of state.tasks.values()) seen.set(phase, (seen.get(phase) ?? 0) + 1);
      }),
      { numRuns: 20 },
    );
    expect([...seen.keys()].every((p) => p === Phase.PHASE_FAILED || p === Phase.PHASE_RESOLVED)).to.equal(true);
  });

  it("count for nothing from one who is on no committee", () => {
    const w = world();
    const value = utf8("42");
    const says = (from: Uint8Array): Uint8Array => {
      const own = { chainId: "chain-1", taskId: 1n, attempt: 1, validator: from, value, salt: new Uint8Array(32) };
      return VoteExtension.encode({ commitments: [{ taskId: 1n, attempt: 1, hash: commitmentOf(own) }], reveals: [] });
    };
    w.block([...MEMBERS.map(() => (): Uint8Array => EMPTY_BYTES), says]);
    expect([...attestState.open(w.ctx.store(ATTEST_STORE)).submissions.keys()]).to.deep.equal([]);
  });
});

describe("a validator that changes its mind", () => {
  const SALT = new Uint8Array(32).fill(7);
  const nothing = (): Uint8Array => EMPTY_BYTES;
  type Own = { readonly value: string; readonly salt?: Uint8Array; readonly attempt?: number; readonly chainId?: string; readonly validator?: Uint8Array };

  const commit = (own: Own) => (from: Uint8Array): Uint8Array => {
    const { value, salt = SALT, attempt = 1, chainId = "chain-1", validator = from } = own;
    const hash = commitmentOf({ chainId, taskId: 1n, attempt, validator, value: utf8(value), salt });
    return VoteExtension.encode({ commitments: [{ taskId: 1n, attempt: 1, hash }], reveals: [] });
  };
  const show = (value: string, salt = SALT, attempt = 1) => (): Uint8Array =>
    VoteExtension.encode({ commitments: [], reveals: [{ taskId: 1n, attempt, value: utf8(value), salt }] });

  const taskOf = (w: World) => attestState.open(w.ctx.store(ATTEST_STORE)).tasks.getOrFail(1n);
  const shown = (w: World): number => [...attestState.open(w.ctx.store(ATTEST_STORE)).submissions.values()].filter((s) => s.salt.length > 0).length;

  /** Three promise 42; the fourth does what the test says. Then all but the fourth wait, so that nothing ends. */
  function revealing(fourth: Own): World {
    const w = world();
    w.block([...MEMBERS.slice(0, 3).map(() => commit({ value: "42" })), commit(fourth), nothing]);
    expect(taskOf(w).phase).to.equal(Phase.PHASE_REVEAL);
    return w;
  }

  const cases: readonly (readonly [string, Own, () => Uint8Array, number])[] = [
    ["shows what it promised", { value: "63" }, show("63"), 1],
    ["shows another value", { value: "63" }, show("42"), 0],
    ["shows it with another salt", { value: "42" }, show("42", new Uint8Array(32)), 0],
    ["promised for another attempt", { value: "42", attempt: 2 }, show("42"), 0],
    ["shows it for another attempt", { value: "42" }, show("42", SALT, 2), 0],
    ["promised on another chain", { value: "42", chainId: "chain-2" }, show("42"), 0],
    ["repeats another's promise", { value: "42", validator: MEMBERS[0]! }, show("42"), 0],
    ["shows what its kind finds invalid", { value: "bad" }, show("bad"), 0],
    ["shows more than its kind takes", { value: "4".repeat(65) }, show("4".repeat(65)), 0],
  ];
  for (const [what, promised, showing, counted] of cases) {
    it(`counts ${counted === 1 ? "" : "for nothing "}when it ${what}`, () => {
      const w = revealing(promised);
      w.block([nothing, nothing, nothing, showing, nothing]);
      expect([shown(w), taskOf(w).revealedPower]).to.deep.equal([counted, BigInt(counted) * 10n]);
    });
  }

  it("stands by its first promise, and shows it once", () => {
    const w = world();
    w.block([commit({ value: "42" }), nothing, nothing, nothing, nothing]);
    w.block([commit({ value: "63" }), ...MEMBERS.slice(1).map(() => commit({ value: "42" })), nothing]);
    expect(taskOf(w)).to.deep.include({ phase: Phase.PHASE_REVEAL, committedPower: 40n });
    w.block([show("63"), nothing, nothing, nothing, nothing]);
    expect(shown(w)).to.equal(0);
    w.block([show("42"), nothing, nothing, nothing, nothing]);
    expect(taskOf(w).revealedPower).to.equal(10n);
    const again = revealing({ value: "42" });
    for (let i = 0; i < 2; i++) again.block([show("42"), nothing, nothing, nothing, nothing]);
    expect(taskOf(again).revealedPower).to.equal(10n);
  });

  it("is in time at the last block of a period, where the others are not yet enough", () => {
    const w = world();
    w.block([nothing, nothing, nothing, nothing, nothing]);
    w.block([commit({ value: "42" }), commit({ value: "42" }), nothing, nothing, nothing]);
    expect(w.ctx.block.height).to.equal(taskOf(w).deadline);
    w.block([nothing, nothing, commit({ value: "42" }), nothing, nothing]);
    expect(taskOf(w)).to.deep.include({ attempt: 1, phase: Phase.PHASE_REVEAL, committedPower: 30n });
  });

  it("says nothing by a vote for another block, or for none", () => {
    const w = world();
    for (const flag of ["nil", "absent"] as const) {
      const extension = commit({ value: "42" })(MEMBERS[0]!);
      const votes = [{ validator: { address: MEMBERS[0]!, power: toVotingPower(10n) }, flag, extension, extensionSignature: new Uint8Array(64) }];
      applyVotes(w.ctx, new Map(), votes);
    }
    expect(taskOf(w).committedPower).to.equal(0n);
  });

  it("cannot promise for an attempt that is over or to come", () => {
    const w = world();
    const early = (from: Uint8Array): Uint8Array => {
      const hash = commitmentOf({ chainId: "chain-1", taskId: 1n, attempt: 2, validator: from, value: utf8("42"), salt: SALT });
      return VoteExtension.encode({ commitments: [{ taskId: 1n, attempt: 2, hash }], reveals: [] });
    };
    w.block([early, nothing, nothing, nothing, nothing]);
    expect(taskOf(w).committedPower).to.equal(0n);
  });
});

describe("an injection of any bytes", () => {
  it("is the one encoding of an extended commit, or refused with a code", () => {
    const votes = addresses.map((address) => ({
      validator: { address, power: toVotingPower(10n) }, flag: "commit" as const, extension: utf8("x"), extensionSignature: new Uint8Array(64),
    }));
    const bytes = encodeInjection({ round: 1, votes });
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 0, max: 255 }), fc.boolean(), (at, byte, cut) => {
        const changed = cut ? bytes.slice(0, at) : concatBytes(bytes.slice(0, at), Uint8Array.of(byte), bytes.slice(at + 1));
        try {
          expect(encodeInjection(parseInjection(changed))).to.deep.equal(changed);
        } catch (error) {
          if (!(error instanceof Reject)) throw error;
        }
      }),
      { numRuns: 500 },
    );
  });
});
