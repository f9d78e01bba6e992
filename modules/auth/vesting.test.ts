import { expect } from "chai";
import fc from "fast-check";
import { toTimeNs, toUopen } from "../../chain/primitives/index.js";
import { secp256k1Address } from "../../chain/crypto/index.js";
import { accountFromAny, accountToAny } from "./account.js";
import type { Account } from "./account.js";
import { lockedAt } from "./rules/vesting.js";

const schedule = fc
  .tuple(
    fc.bigInt({ min: 0n, max: 10n ** 15n }),
    fc.bigInt({ min: 0n, max: 2n ** 32n }),
    fc.bigInt({ min: 1n, max: 2n ** 32n }),
  )
  .map(([original, start, length]) => ({ original: toUopen(original), start, end: start + length }));

describe("a release schedule", () => {
  it("locks everything until it starts and nothing once it has ended", () => {
    fc.assert(
      fc.property(schedule, fc.bigInt({ min: 0n, max: 500n }), (s, earlier) => {
        expect(lockedAt(s, toTimeNs(s.start - earlier, 0))).to.equal(s.original);
        expect(lockedAt(s, toTimeNs(s.end, 0))).to.equal(0n);
      }),
    );
  });

  it("never locks more as time goes on, and never less than a linear release", () => {
    fc.assert(
      fc.property(
        schedule,
        fc.bigInt({ min: 0n, max: 2n ** 33n }),
        fc.bigInt({ min: 0n, max: 2n ** 20n }),
        (s, t, more) => {
          const now = lockedAt(s, toTimeNs(t, 0));
          expect(lockedAt(s, toTimeNs(t + more, 0)) <= now).to.equal(true);
          const released = s.original - now;
          if (t > s.start && t < s.end)
            expect(released * (s.end - s.start) <= s.original * (t - s.start)).to.equal(true);
        },
      ),
    );
  });
});

describe("an account", () => {
  it("of every kind reads back from the Any that it is kept as", () => {
    const base = {
      address: secp256k1Address(new Uint8Array(33).fill(2)),
      publicKey: undefined,
      number: 4n,
      sequence: 9n,
    };
    const kinds: Account[] = [
      { ...base, kind: "base" },
      { ...base, kind: "module", name: "m", permissions: ["burner"] },
      { ...base, kind: "vesting", schedule: { original: toUopen(5n), start: 1n, end: 2n } },
    ];
    for (const account of kinds) expect(accountFromAny(accountToAny(account))).to.deep.equal(account);
  });
});
