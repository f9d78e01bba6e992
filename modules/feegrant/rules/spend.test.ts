import { expect } from "chai";
import fc from "fast-check";
import { toTimeNs, toUopen } from "../../../chain/primitives/index.js";
import type { Reject } from "../../../chain/primitives/index.js";
import type { Allowance, BasicAllowance, PeriodicAllowance } from "./allowance.js";
import { renewPeriod, spend } from "./spend.js";

const at = (seconds: bigint) => toTimeNs(seconds, 0);
const SEND = "/cosmos.bank.v1beta1.MsgSend";

function basic(limit?: bigint, expiration?: bigint): BasicAllowance {
  return {
    kind: "basic",
    limit: limit === undefined ? undefined : toUopen(limit),
    expiration: expiration === undefined ? undefined : at(expiration),
  };
}

function periodic(given: { limit?: bigint; per: bigint; left?: bigint; reset?: bigint }): PeriodicAllowance {
  return {
    kind: "periodic",
    basic: basic(given.limit),
    period: 10n * 1_000_000_000n,
    periodLimit: toUopen(given.per),
    periodLeft: toUopen(given.left ?? given.per),
    periodReset: at(given.reset ?? 100n),
  };
}

function pay(allowance: Allowance, fee: bigint, time = 50n, messages = [SEND]): Allowance | undefined {
  return spend(allowance, { fee: toUopen(fee), time: at(time), messages });
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    const { codespace, code } = error as Reject;
    return `${codespace}/${code}`;
  }
  return "none";
}

describe("a basic allowance", () => {
  it("shrinks by each fee and ends with its last uopen", () => {
    expect(pay(basic(10n), 4n)).to.deep.equal(basic(6n));
    expect(pay(basic(10n), 10n)).to.equal(undefined);
    expect(codeOf(() => pay(basic(10n), 11n))).to.equal("feegrant/2");
  });

  it("without a limit stays as it is", () => {
    expect(pay(basic(), 1n << 100n)).to.deep.equal(basic());
  });

  it("pays at its end, and no later", () => {
    expect(pay(basic(10n, 50n), 1n, 50n)).to.deep.equal(basic(9n, 50n));
    expect(codeOf(() => pay(basic(10n, 50n), 1n, 51n))).to.equal("feegrant/3");
  });
});

describe("a periodic allowance", () => {
  it("pays from its period, which begins anew where the last one ended", () => {
    const used = pay(periodic({ per: 5n }), 3n);
    expect(used).to.deep.equal(periodic({ per: 5n, left: 2n }));
    expect(codeOf(() => pay(periodic({ per: 5n, left: 2n }), 3n))).to.equal("feegrant/2");
    expect(pay(periodic({ per: 5n, left: 2n }), 3n, 100n)).to.deep.equal(periodic({ per: 5n, left: 2n, reset: 110n }));
  });

  it("begins anew now when more than a period went by unused", () => {
    expect(renewPeriod(periodic({ per: 5n, left: 0n }), at(110n)).periodReset).to.equal(at(110n));
    expect(renewPeriod(periodic({ per: 5n, left: 0n }), at(111n)).periodReset).to.equal(at(121n));
  });

  it("never offers more than is left in all, and ends with it", () => {
    const renewed = renewPeriod(periodic({ limit: 3n, per: 5n }), at(100n));
    expect(renewed.periodLeft).to.equal(3n);
    expect(pay(periodic({ limit: 3n, per: 5n }), 3n)).to.equal(undefined);
    expect(codeOf(() => pay(periodic({ limit: 3n, per: 5n }), 4n))).to.equal("feegrant/2");
    const ended = { ...periodic({ per: 5n }), basic: basic(undefined, 49n) };
    expect(codeOf(() => pay(ended, 1n))).to.equal("feegrant/3");
  });

  it("pays no more than its limits, whatever is asked and when", () => {
    const spending = fc.tuple(fc.bigInt({ min: 0n, max: 8n }), fc.bigInt({ min: 0n, max: 7n }));
    fc.assert(
      fc.property(fc.array(spending, { maxLength: 40 }), (asked) => {
        let allowance: Allowance | undefined = periodic({ limit: 40n, per: 10n, reset: 0n });
        const paid = new Map<bigint, bigint>();
        let time = 0n;
        let total = 0n;
        for (const [fee, later] of asked) {
          time += later;
          try {
            if (allowance !== undefined) allowance = pay(allowance, fee, time);
            else continue;
          } catch {
            continue;
          }
          total += fee;
          paid.set(time, (paid.get(time) ?? 0n) + fee);
        }
        expect(total <= 40n).to.equal(true);
        for (const fees of paid.values()) expect(fees <= 20n, "two periods can meet in one moment at most").to.equal(true);
      }),
    );
  });
});

describe("an allowance for messages", () => {
  const only: Allowance = { kind: "messages", inner: basic(10n), messages: [SEND] };

  it("pays for these, and for nothing else", () => {
    expect(pay(only, 1n)).to.deep.equal({ ...only, inner: basic(9n) });
    expect(pay(only, 10n)).to.equal(undefined);
    expect(codeOf(() => pay(only, 1n, 50n, [SEND, "/x.Y"]))).to.equal("feegrant/7");
    const nested: Allowance = { kind: "messages", inner: only, messages: [SEND, "/x.Y"] };
    expect(codeOf(() => pay(nested, 1n, 50n, ["/x.Y"]))).to.equal("feegrant/7");
  });
});
