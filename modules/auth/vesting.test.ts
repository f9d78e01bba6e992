import { expect } from "chai";
import fc from "fast-check";
import { DelayedVestingAccount, PeriodicVestingAccount, PermanentLockedAccount } from "../../proto/gen/cosmos/vesting/v1beta1.js";
import { MAX_UINT64, subUopen, toAddress, toTimeNs, toUopen } from "../../chain/primitives/index.js";
import type { Reject } from "../../chain/primitives/index.js";
import { formatAddress } from "../../chain/codec/index.js";
import { secp256k1Address } from "../../chain/crypto/index.js";
import { createScratchStore } from "../../chain/store/index.js";
import { accountFromAny, accountToAny } from "./account.js";
import type { Account } from "./account.js";
import { NOTHING_DELEGATED, lockedAt, periodicSchedule, trackDelegation, trackUndelegation, vestingAt } from "./rules/vesting.js";
import type { ContinuousSchedule, Delegated, Schedule } from "./rules/vesting.js";
import { authState } from "./state.js";

const amount = fc.bigInt({ min: 0n, max: 10n ** 15n }).map(toUopen);
const seconds = fc.bigInt({ min: 0n, max: 2n ** 32n });

const continuous = fc
  .tuple(amount, seconds, fc.bigInt({ min: 1n, max: 2n ** 32n }))
  .map(([original, start, length]): ContinuousSchedule => ({ kind: "continuous", original, start, end: start + length }));
const periods = fc.array(
  fc.record({ length: fc.bigInt({ min: 1n, max: 2n ** 20n }), amount: fc.bigInt({ min: 1n, max: 10n ** 12n }).map(toUopen) }),
  { minLength: 1, maxLength: 8 },
);
const anySchedule: fc.Arbitrary<Schedule> = fc.oneof(
  continuous,
  fc.tuple(amount, seconds).map(([original, end]): Schedule => ({ kind: "delayed", original, end })),
  fc.tuple(seconds, periods).map(([start, list]): Schedule => periodicSchedule(start, list)),
  amount.map((original): Schedule => ({ kind: "permanent", original })),
);
const locked = (s: Schedule, time: bigint): bigint => lockedAt(s, NOTHING_DELEGATED, toTimeNs(time, 0));

describe("a release schedule", () => {
  it("locks everything until it starts and nothing once it has ended, if it ends", () => {
    fc.assert(
      fc.property(anySchedule, fc.bigInt({ min: 0n, max: 500n }), (s, more) => {
        if (s.kind === "permanent") {
          expect(locked(s, more)).to.equal(s.original);
          return;
        }
        expect(locked(s, s.end + more)).to.equal(0n);
        if (s.kind === "delayed") expect(locked(s, s.end - 1n - more)).to.equal(s.original);
        else expect(locked(s, s.start - more)).to.equal(s.original);
      }),
    );
  });

  it("never locks more as time goes on", () => {
    fc.assert(
      fc.property(anySchedule, fc.bigInt({ min: 0n, max: 2n ** 33n }), fc.bigInt({ min: 0n, max: 2n ** 20n }), (s, t, more) => {
        expect(locked(s, t + more) <= locked(s, t)).to.equal(true);
        expect(locked(s, t) <= s.original).to.equal(true);
      }),
    );
  });

  it("that is linear never locks less than a linear release", () => {
    fc.assert(
      fc.property(continuous, fc.bigInt({ min: 0n, max: 2n ** 33n }), (s, t) => {
        const released = s.original - locked(s, t);
        if (t > s.start && t < s.end) expect(released * (s.end - s.start) <= s.original * (t - s.start)).to.equal(true);
      }),
    );
  });

  it("by periods releases each amount when its period is over, and not a second sooner", () => {
    const s = periodicSchedule(100n, [
      { length: 10n, amount: toUopen(5n) },
      { length: 20n, amount: toUopen(7n) },
    ]);
    expect([s.original, s.end]).to.deep.equal([12n, 130n]);
    expect([100n, 109n, 110n, 129n, 130n].map((t) => locked(s, t))).to.deep.equal([12n, 12n, 7n, 7n, 0n]);
  });

  it("whose end comes before its start releases all after the start", () => {
    const s: Schedule = { kind: "continuous", original: toUopen(9n), start: 100n, end: 50n };
    expect([99n, 100n, 101n].map((t) => locked(s, t))).to.deep.equal([9n, 9n, 0n]);
  });
});

describe("staked coins of a schedule", () => {
  const delegated = (free: bigint, vesting: bigint): Delegated => ({ free: toUopen(free), vesting: toUopen(vesting) });

  it("are vesting ones first, and come back free ones first", () => {
    const half = trackDelegation(NOTHING_DELEGATED, toUopen(10n), toUopen(4n));
    expect(half).to.deep.equal(delegated(0n, 4n));
    const all = trackDelegation(half, toUopen(10n), toUopen(9n));
    expect(all).to.deep.equal(delegated(3n, 10n));
    expect(trackDelegation(all, toUopen(5n), toUopen(1n)), "more is staked than vests").to.deep.equal(delegated(4n, 10n));
    expect(trackUndelegation(all, toUopen(2n))).to.deep.equal(delegated(1n, 10n));
    expect(trackUndelegation(all, toUopen(5n))).to.deep.equal(delegated(0n, 8n));
    expect(trackUndelegation(all, toUopen(99n)), "a rounding more than was staked").to.deep.equal(NOTHING_DELEGATED);
  });

  it("are all tracked, and unlock no more than they are", () => {
    const step = fc.tuple(fc.boolean(), fc.bigInt({ min: 1n, max: 10n ** 6n }), fc.bigInt({ min: 0n, max: 100n }));
    fc.assert(
      fc.property(continuous, fc.array(step, { maxLength: 20 }), (s, steps) => {
        let balance = s.original;
        let tracked = NOTHING_DELEGATED;
        let staked = 0n;
        let now = s.start;
        for (const [isStaking, wanted, later] of steps) {
          now += later;
          const time = toTimeNs(now, 0);
          const limit: bigint = isStaking ? balance : staked;
          const moved = toUopen(wanted < limit ? wanted : limit);
          tracked = isStaking ? trackDelegation(tracked, vestingAt(s, time), moved) : trackUndelegation(tracked, moved);
          balance = toUopen(isStaking ? balance - moved : balance + moved);
          staked = isStaking ? staked + moved : staked - moved;
          expect(tracked.free + tracked.vesting, "everything staked is tracked").to.equal(staked);
          expect(lockedAt(s, tracked, time) <= balance, "what is locked is there").to.equal(true);
          expect(subUopen(s.original, toUopen(tracked.vesting)) >= 0n).to.equal(true);
        }
      }),
    );
  });
});

const base = {
  address: secp256k1Address(new Uint8Array(33).fill(2)),
  publicKey: undefined,
  number: 4n,
  sequence: 9n,
};

describe("an account", () => {
  it("of every kind reads back from the Any that it is kept as", () => {
    const kinds: Account[] = [
      { ...base, kind: "base" },
      { ...base, kind: "module", name: "m", permissions: ["burner"] },
    ];
    for (const account of kinds) expect(accountFromAny(accountToAny(account))).to.deep.equal(account);
    fc.assert(
      fc.property(anySchedule, fc.nat(1_000), (schedule, free) => {
        const delegated = { free: toUopen(BigInt(free)), vesting: schedule.original };
        const account: Account = { ...base, kind: "vesting", schedule, delegated };
        expect(accountFromAny(accountToAny(account))).to.deep.equal(account);
      }),
    );
  });

  it("read after it was written is what its bytes decode to, on a node that did not write it too", () => {
    const address = fc.uint8Array({ minLength: 20, maxLength: 20 }).map(toAddress);
    const key = fc.record({ typeUrl: fc.string({ unit: "grapheme" }), value: fc.uint8Array({ maxLength: 40 }) });
    const number = fc.bigInt({ min: 0n, max: MAX_UINT64 });
    const publicKey = fc.option(key, { nil: undefined });
    fc.assert(
      fc.property(fc.record({ address, publicKey, number, sequence: number }), (given) => {
        const store = createScratchStore();
        const { accounts } = authState.open(store);
        const extra = { ...given, kind: "base", note: "not part of an account" } as const;
        accounts.set(given.address, extra);
        const read = accounts.get(given.address);
        const copy = createScratchStore();
        for (const [k, v] of store.iterate()) copy.set(k, v.slice());
        expect(read).to.deep.equal(authState.open(copy).accounts.get(given.address));
      }),
    );
  });

  it("that contradicts itself is refused", () => {
    const coins = [{ denom: "uopen", amount: "5" }];
    const baseAccount = { address: formatAddress(base.address), pubKey: undefined, accountNumber: 1n, sequence: 0n };
    const vesting = { baseAccount, originalVesting: coins, delegatedFree: [], delegatedVesting: [], endTime: 10n };
    const codeOf = (typeName: string, value: Uint8Array): number => {
      try {
        accountFromAny({ typeUrl: `/${typeName}`, value });
      } catch (error) {
        return (error as Reject).code;
      }
      return 0;
    };
    const delayed = (change: Partial<typeof vesting>): number =>
      codeOf(DelayedVestingAccount.typeName, DelayedVestingAccount.encode({ baseVestingAccount: { ...vesting, ...change } }));
    expect(delayed({})).to.equal(0);
    expect(delayed({ endTime: -1n })).to.equal(18);
    expect(delayed({ delegatedVesting: [{ denom: "uopen", amount: "6" }] as never })).to.equal(18);
    const permanent = PermanentLockedAccount.encode({ baseVestingAccount: vesting });
    expect(codeOf(PermanentLockedAccount.typeName, permanent)).to.equal(18);
    const periodic = (length: bigint, startTime = 5n): number =>
      codeOf(
        PeriodicVestingAccount.typeName,
        PeriodicVestingAccount.encode({ baseVestingAccount: vesting, startTime, vestingPeriods: [{ length, amount: coins }] }),
      );
    expect([periodic(5n), periodic(4n), periodic(-1n), periodic(5n, -1n)]).to.deep.equal([0, 18, 18, 18]);
    expect(codeOf("x.Y", new Uint8Array(0))).to.equal(29);
    expect(codeOf(DelayedVestingAccount.typeName, DelayedVestingAccount.encode({ baseVestingAccount: undefined }))).to.equal(29);
  });
});
