import { expect } from "chai";
import { AllowedMsgAllowance, BasicAllowance, PeriodicAllowance } from "../../proto/gen/cosmos/feegrant/v1beta1.js";
import type { Any } from "../../proto/gen/google/protobuf.js";
import { moduleAddress } from "../../chain/crypto/index.js";
import { MAX_INT64, toAddress, toTimeNs, toUopen } from "../../chain/primitives/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { rejection } from "../../chain/testkit/rejects.js";
import { createScratchContext } from "../../chain/testkit/scratch-context.js";
import { anyOf } from "../../chain/testkit/signer.js";
import { createAuthService } from "../auth/index.js";
import { allowanceFromAny, allowanceToAny } from "./allowance-wire.js";
import { deleteExpired, getGrant, hasGrant, setGrant } from "./grants.js";
import { grantAllowance } from "./handlers/grant-allowance.js";
import { feegrantInvariants } from "./invariants.js";
import { renewPeriod, spend } from "./rules/spend.js";
import type { Allowance, BasicAllowance as Basic, PeriodicAllowance as Periodic } from "./rules/allowance.js";
import { feeGrants } from "./service.js";
import { FEEGRANT_STORE, feegrantState } from "./state.js";

const at = (seconds: bigint) => toTimeNs(seconds, 0);
const SECOND = 1_000_000_000n;
const basic = (limit?: bigint, end?: bigint): Basic => ({ kind: "basic", limit: limit === undefined ? undefined : toUopen(limit), expiration: end === undefined ? undefined : at(end) });
/** 10 uopen every 100 seconds, from the second 100 on, of which 4 are left. */
const periodic = (over: Basic): Periodic => ({ kind: "periodic", basic: over, period: 100n * SECOND, periodLimit: toUopen(10n), periodLeft: toUopen(4n), periodReset: at(100n) });
const paying = (fee: bigint, seconds: bigint) => ({ fee: toUopen(fee), time: at(seconds), messages: [] });
const [a, b] = [1, 2].map((n) => toAddress(new Uint8Array(20).fill(n))) as [Address, Address];

describe("a period", () => {
  it("offers its own limit, or all that is left where that is less", () => {
    expect([undefined, 50n, 10n, 3n].map((limit) => renewPeriod(periodic(basic(limit)), at(100n)).periodLeft)).to.deep.equal([10n, 10n, 10n, 3n]);
    expect(renewPeriod(periodic(basic(50n)), toTimeNs(99n, 999_999_999)).periodLeft, "not before it begins").to.equal(4n);
  });

  it("begins where the last one ended, and now when a whole one went by", () => {
    expect([100n, 150n, 200n, 201n].map((now) => renewPeriod(periodic(basic()), at(now)).periodReset / SECOND)).to.deep.equal([200n, 200n, 200n, 301n]);
  });

  it("pays to its last uopen, and not one more, however much is left in all", () => {
    const rich = periodic(basic(1_000n));
    expect(rejection(() => spend(rich, paying(5n, 99n)))).to.equal("feegrant/2");
    expect(spend(rich, paying(4n, 99n))).to.deep.include({ periodLeft: 0n });
    expect(rejection(() => spend(rich, paying(11n, 100n)))).to.equal("feegrant/2");
    expect(spend(rich, paying(10n, 100n))).to.deep.include({ periodLeft: 0n, basic: basic(990n) });
  });

  it("pays at the end of all of it, and no later; nor does a plain allowance", () => {
    for (const ending of [periodic(basic(undefined, 150n)), basic(undefined, 150n)]) {
      expect(spend(ending, paying(1n, 150n))).to.not.equal(undefined);
      expect(rejection(() => spend(ending, { ...paying(1n, 150n), time: toTimeNs(150n, 1) }))).to.equal("feegrant/3");
    }
  });
});

describe("allowances as they come in", () => {
  const isTaken = (any: Any): string => {
    try {
      return allowanceFromAny(any).kind;
    } catch {
      return rejection(() => allowanceFromAny(any));
    }
  };
  const plain = (seconds: bigint) => anyOf(BasicAllowance, { spendLimit: [], expiration: { seconds, nanos: 0 } });
  const every = (seconds: bigint, nanos = 0) => {
    const coins = [{ denom: "uopen", amount: "1" }];
    return anyOf(PeriodicAllowance, { basic: { spendLimit: [], expiration: undefined }, period: { seconds, nanos }, periodSpendLimit: coins, periodCanSpend: coins, periodReset: { seconds: 0n, nanos: 0 } });
  };
  const around = (allowance: Any, allowedMessages: readonly string[] = ["/m"]) => anyOf(AllowedMsgAllowance, { allowance, allowedMessages: [...allowedMessages] });
  const nested = (levels: number): Any => (levels === 1 ? plain(1n) : around(nested(levels - 1)));

  it("end and last no negative time, and none that no clock reaches", () => {
    expect([0n, -1n].map((s) => isTaken(plain(s)))).to.deep.equal(["basic", "feegrant/4"]);
    const most = MAX_INT64 / SECOND;
    const rest = Number(MAX_INT64 % SECOND);
    expect([every(0n), every(-1n), every(most, rest), every(most, rest + 1)].map(isTaken)).to.deep.equal(["periodic", "feegrant/4", "periodic", "feegrant/4"]);
  });

  it("are for so many messages, with names so long, and nest so deep", () => {
    const urls = (n: number) => Array.from({ length: n }, (_, i) => `/m${i}`);
    expect([0, 1, 256, 257].map((n) => isTaken(around(plain(1n), urls(n))))).to.deep.equal(["feegrant/6", "messages", "messages", "sdk/18"]);
    expect([256, 257].map((n) => isTaken(around(plain(1n), ["x".repeat(n)])))).to.deep.equal(["messages", "sdk/18"]);
    expect([1, 4, 5].map((n) => isTaken(nested(n)))).to.deep.equal(["basic", "messages", "sdk/18"]);
  });

  it("go out as they came", () => {
    for (const any of [plain(7n), every(3n, 5), nested(3)]) expect(allowanceToAny(allowanceFromAny(any))).to.deep.equal(any);
  });
});

describe("granting and using", () => {
  const accounts = (blocked: readonly Address[] = []) => ({ ...createAuthService(), isBlocked: (x: Address) => blocked.includes(x) });
  const granted = (allowance: Allowance, ports = accounts()) => {
    const ctx = createScratchContext();
    ctx.block = { ...ctx.block, time: at(100n) };
    grantAllowance(ctx, ports, { granter: a, grantee: b, allowance });
    return ctx;
  };

  it("refuses what has ended, and takes what ends now", () => {
    expect(rejection(() => granted(basic(1n, 99n)))).to.equal("sdk/18");
    expect(hasGrant(granted(basic(1n, 100n)), { granter: a, grantee: b })).to.equal(true);
  });

  it("refuses the coins of modules, and modules that have no account yet", () => {
    expect(rejection(() => granted(basic(), accounts([a])))).to.equal("sdk/4");
    expect(rejection(() => granted(basic(), accounts([b])))).to.equal("sdk/4");
    const ctx = createScratchContext();
    const ports = accounts([b]);
    ports.ensure(ctx, b);
    grantAllowance(ctx, ports, { granter: a, grantee: b, allowance: basic() });
  });

  it("costs ten units for each message that is compared, at every level, and nothing where none is", () => {
    const used = (allowance: Allowance): bigint => {
      const ctx = granted(allowance);
      const before = ctx.gas.consumed;
      feeGrants.use(ctx, { granter: a, grantee: b, fee: toUopen(1n), messages: ["/m", "/m"] });
      return ctx.gas.consumed - before;
    };
    const messages = (inner: Allowance, names: readonly string[]): Allowance => ({ kind: "messages", inner, messages: names });
    const [plain, one] = [used(basic()), used(messages(basic(), ["/m"]))];
    const three = used(messages(messages(basic(), ["/m", "/n"]), ["/m"]));
    expect([one - plain, three - plain]).to.deep.equal([30n, 70n]);
  });

  it("ends at its time, the block of it included, and leaves what ends later", () => {
    const ctx = createScratchContext();
    for (const [grantee, end] of [[a, 100n], [b, 101n]] as const) setGrant(ctx, { granter: moduleAddress("x"), grantee }, basic(undefined, end));
    ctx.block = { ...ctx.block, time: at(100n) };
    deleteExpired(ctx, 10);
    expect([a, b].map((grantee) => hasGrant(ctx, { granter: moduleAddress("x"), grantee }))).to.deep.equal([false, true]);
    expect(rejection(() => getGrant(ctx, { granter: b, grantee: a }))).to.equal("sdk/38");
  });

  it("has an invariant that notices an index that lacks one, or has one too many", () => {
    const broken = (damage: (state: ReturnType<typeof feegrantState.open>) => void): boolean => {
      const ctx = granted(basic(1n, 200n));
      damage(feegrantState.open(ctx.store(FEEGRANT_STORE)));
      return feegrantInvariants.some(({ holds }) => holds(ctx) !== true);
    };
    expect(broken(() => undefined)).to.equal(false);
    expect(broken((s) => s.byGranter.delete([a, b]))).to.equal(true);
    expect(broken((s) => s.byGranter.add([b, a]))).to.equal(true);
    expect(broken((s) => s.queue.delete([at(200n), b, a]))).to.equal(true);
    expect(broken((s) => s.queue.add([at(201n), b, a]))).to.equal(true);
  });
});
