import { expect } from "chai";
import fc from "fast-check";
import { formatAddress, formatOperatorAddress } from "../../chain/codec/index.js";
import { ed25519Address } from "../../chain/crypto/index.js";
import { ED25519_URL, GOV_AUTHORITY } from "../../chain/kernel/index.js";
import { toUopen } from "../../chain/primitives/index.js";
import { deliver } from "../../chain/testkit/deliver.js";
import { rejection } from "../../chain/testkit/rejects.js";
import { delegator, operator, stakingKey, stakingLab } from "../../chain/testkit/staking-lab.js";
import type { StakingLabOptions } from "../../chain/testkit/staking-lab.js";
import { createInfiniteGasMeter, meterStore } from "../../chain/store/index.js";
import { PubKey } from "../../proto/gen/cosmos/crypto/ed25519.js";
import {
  MsgCreateValidator,
  MsgCreateValidatorResponse,
  MsgDelegate,
  MsgDelegateResponse,
  MsgEditValidator,
  MsgEditValidatorResponse,
  MsgUndelegate,
  MsgUndelegateResponse,
  MsgUpdateParams,
  MsgUpdateParamsResponse,
} from "../../proto/gen/cosmos/staking/v1beta1.js";
import type { Params } from "../../proto/gen/cosmos/staking/v1beta1.js";
import { getValidator, operatorsByPower, reading, writing } from "./validators.js";

const OPEN = 1_000_000n;
const coin = (amount: bigint) => ({ denom: "uopen", amount: amount.toString() });
const description = { moniker: "new", identity: "", website: "", securityContact: "", details: "" };

function start(powers: readonly bigint[], options: StakingLabOptions = {}) {
  const lab = stakingLab(powers, {
    ...options,
    params: { unbondingTime: { seconds: 1_000n, nanos: 0 }, ...options.params },
  });
  const create = (i: number, stake: bigint, change: Partial<MsgCreateValidator> = {}) => {
    const message: Partial<MsgCreateValidator> = {
      description,
      commission: {
        rate: "100000000000000000",
        maxRate: "200000000000000000",
        maxChangeRate: "10000000000000000",
      },
      minSelfDelegation: "1",
      validatorAddress: formatOperatorAddress(delegator(i)),
      pubkey: { typeUrl: ED25519_URL, value: PubKey.encode({ key: stakingKey(100 + i) }) },
      value: coin(stake),
      ...change,
    };
    lab.ctx.events.length = 0;
    return deliver(lab.ctx, [lab.module], {
      codec: MsgCreateValidator,
      message,
      response: MsgCreateValidatorResponse,
    });
  };
  const edit = (i: number, change: Partial<MsgEditValidator>) => {
    const keep = "[do-not-modify]";
    const same = { moniker: keep, identity: keep, website: keep, securityContact: keep, details: keep };
    const message = { description: same, validatorAddress: formatOperatorAddress(operator(i)), ...change };
    lab.ctx.events.length = 0;
    return deliver(lab.ctx, [lab.module], {
      codec: MsgEditValidator,
      message,
      response: MsgEditValidatorResponse,
    });
  };
  const move = (kind: "delegate" | "undelegate", from: Uint8Array, to: Uint8Array, amount: bigint) => {
    const message = {
      delegatorAddress: formatAddress(from as never),
      validatorAddress: formatOperatorAddress(to as never),
      amount: coin(amount),
    };
    if (kind === "delegate")
      deliver(lab.ctx, [lab.module], { codec: MsgDelegate, message, response: MsgDelegateResponse });
    else deliver(lab.ctx, [lab.module], { codec: MsgUndelegate, message, response: MsgUndelegateResponse });
  };
  const params = (change: Partial<Params>, authority = formatAddress(GOV_AUTHORITY)) => {
    const message = { authority, params: { ...reading(lab.ctx).params.getOrFail(), ...change } };
    return deliver(lab.ctx, [lab.module], {
      codec: MsgUpdateParams,
      message,
      response: MsgUpdateParamsResponse,
    });
  };
  const status = (who: Uint8Array): string | undefined =>
    lab.service.byOperator(lab.ctx, who as never)?.status;
  const told = (seconds = 1n): string[] =>
    lab.next(seconds).map((u) => `${(u.publicKey[0] ?? 0) - 1}:${u.power}`);
  return { ...lab, create, edit, move, params, status, told };
}

describe("creating a validator", () => {
  it("stakes its operator's coins and enters the set at the end of the block, when it is strong enough", () => {
    const lab = start([5n, 7n]);
    lab.diary.length = 0;
    lab.create(0, 6n * OPEN + 999_999n);
    expect(lab.diary).to.deep.equal([
      "afterValidatorCreated 101",
      "beforeDelegationCreated 101 101",
      "afterDelegationModified 101 101",
    ]);
    expect(lab.ctx.events.map((e) => [e.type, ...e.attributes.map((a) => a.value)])).to.deep.equal([
      ["create_validator", formatOperatorAddress(delegator(0)), "6999999uopen"],
    ]);
    const before = lab.service.byOperator(lab.ctx, delegator(0));
    expect(before).to.deep.include({ status: "unbonded", power: 0n, stakedPower: 6n, tokens: 6_999_999n });
    lab.diary.length = 0;
    expect(lab.told()).to.deep.equal(["100:6"]);
    expect(lab.diary).to.deep.equal(["afterValidatorBonded 20 101"]);
    expect(lab.service.byOperator(lab.ctx, delegator(0))).to.deep.include({ status: "bonded", power: 6n });
    expect(lab.service.members(lab.ctx).length).to.equal(3);
    expect(lab.broken()).to.deep.equal([]);
  });

  it("of less than one OPEN waits outside", () => {
    const lab = start([5n]);
    lab.create(0, OPEN - 1n);
    expect(lab.told()).to.deep.equal([]);
    expect(lab.status(delegator(0))).to.equal("unbonded");
    lab.move("delegate", delegator(1), delegator(0), 1n);
    expect(lab.told()).to.deep.equal(["100:1"]);
    expect(lab.broken()).to.deep.equal([]);
  });

  it("is refused twice, with a key of another, below the least commission, in another coin, and beyond one's purse", () => {
    const lab = start([5n], { purse: 10n * OPEN });
    lab.create(0, OPEN);
    expect(rejection(() => lab.create(0, OPEN))).to.equal("staking/4");
    expect(
      rejection(() =>
        lab.create(1, OPEN, {
          pubkey: { typeUrl: ED25519_URL, value: PubKey.encode({ key: stakingKey(0) }) },
        }),
      ),
    ).to.equal("staking/5");
    expect(rejection(() => lab.create(1, OPEN, { value: { denom: "uatom", amount: "1000000" } }))).to.equal(
      "sdk/18",
    );
    expect(rejection(() => lab.create(1, 11n * OPEN))).to.equal("sdk/5");
    lab.params({ minCommissionRate: "110000000000000000" });
    expect(rejection(() => lab.create(2, OPEN))).to.equal("staking/40");
  });
});

describe("editing a validator", () => {
  it("changes what it says, its rate once a day, and its promise upwards", () => {
    const lab = start([5n]);
    lab.next(86_400n);
    lab.diary.length = 0;
    lab.edit(0, {
      description: { ...description, moniker: "renamed" },
      commissionRate: "105000000000000000",
      minSelfDelegation: "5000000",
    });
    const after = getValidator(lab.ctx, operator(0));
    expect(after.description.moniker).to.equal("renamed");
    expect(after.commission.commissionRates.rate).to.equal("105000000000000000");
    expect(after.minSelfDelegation).to.equal("5000000");
    expect(lab.diary).to.deep.equal(["beforeValidatorModified 1"]);
    expect(
      lab.ctx.events.map((e) => [e.type, ...e.attributes.map((a) => `${a.key}=${a.value}`)]),
    ).to.deep.equal([
      [
        "edit_validator",
        `commission_rate=commission_rates:<rate:"105000000000000000" max_rate:"200000000000000000" max_change_rate:"10000000000000000" > update_time:<seconds:1700086400 > `,
        "min_self_delegation=5000000",
      ],
    ]);
    expect(
      rejection(() => lab.edit(0, { commissionRate: "100000000000000000" })),
      "twice in a day",
    ).to.equal("staking/12");
  });

  it("is refused with the SDK's code for each reason, and leaves all as it was", () => {
    const lab = start([5n]);
    lab.next(86_400n);
    const before = getValidator(lab.ctx, operator(0));
    expect(rejection(() => lab.edit(9, {}))).to.equal("staking/3");
    expect(rejection(() => lab.edit(0, { commissionRate: "1000000000000000001" }))).to.equal("sdk/18");
    expect(rejection(() => lab.edit(0, { commissionRate: "-1" }))).to.equal("sdk/18");
    expect(rejection(() => lab.edit(0, { commissionRate: "210000000000000000" }))).to.equal("staking/11");
    expect(rejection(() => lab.edit(0, { commissionRate: "120000000000000000" }))).to.equal("staking/15");
    expect(rejection(() => lab.edit(0, { minSelfDelegation: "1" }))).to.equal("staking/17");
    expect(rejection(() => lab.edit(0, { minSelfDelegation: "5000001" }))).to.equal("staking/16");
    lab.params({ minCommissionRate: "100000000000000000" });
    expect(rejection(() => lab.edit(0, { commissionRate: "90000000000000000" }))).to.equal("sdk/18");
    expect(getValidator(lab.ctx, operator(0))).to.deep.equal(before);
  });
});

describe("the set of validators", () => {
  it("has the strongest, as many as params say; of equals the lower address", () => {
    const lab = start([5n, 9n, 7n, 7n], { params: { maxValidators: 4 } });
    expect([...operatorsByPower(lab.ctx)].map((o) => (o[0] ?? 0) - 1)).to.deep.equal([1, 2, 3, 0]);
    lab.params({ maxValidators: 2 });
    expect(lab.told().toSorted((a, b) => (a < b ? -1 : 1))).to.deep.equal(["0:0", "3:0"]);
    expect(lab.service.bondedByPower(lab.ctx).map((v) => v.moniker)).to.deep.equal(["v1", "v2"]);
    expect([lab.status(operator(0)), lab.status(operator(3))]).to.deep.equal(["unbonding", "unbonding"]);
    lab.move("delegate", delegator(0), operator(3), OPEN);
    expect(
      lab.told().toSorted((a, b) => (a < b ? -1 : 1)),
      "v3 with 8 drives v2 with 7 out",
    ).to.deep.equal(["2:0", "3:8"]);
    expect(lab.ledger.moduleBalance(lab.ctx, "bonded_tokens_pool")).to.equal(17n * OPEN);
    expect(lab.broken()).to.deep.equal([]);
  });

  it("is read at the cost of the set, however many validators of next to nothing wait outside of it", () => {
    const lab = start([5n, 9n]);
    const cost = (): bigint => {
      const gas = createInfiniteGasMeter();
      const stores = { store: (name: string) => meterStore(lab.ctx.store(name), gas) };
      expect(lab.service.bondedByPower(stores).map((v) => v.moniker)).to.deep.equal(["v1", "v0"]);
      expect([
        lab.service.hasOther(stores, operator(0)),
        lab.service.hasOther(stores, operator(1)),
      ]).to.deep.equal([true, true]);
      return gas.consumed;
    };
    const before = cost();
    for (let i = 0; i < 5; i++) lab.create(i, 1n);
    expect(lab.told()).to.deep.equal([]);
    expect(cost()).to.equal(before);
    lab.service.jail(lab.ctx, ed25519Address(stakingKey(1)));
    expect(lab.service.hasOther(lab.ctx, operator(0)), "only dust is left beside it").to.equal(false);
  });

  it("is told of each change once, and of nothing when nothing changed", () => {
    const lab = start([5n, 7n]);
    expect(lab.told()).to.deep.equal([]);
    lab.move("delegate", delegator(0), operator(0), 999_999n);
    expect(lab.told(), "no whole unit of power").to.deep.equal([]);
    lab.move("delegate", delegator(0), operator(0), 1n);
    expect(lab.told()).to.deep.equal(["0:6"]);
    expect(lab.told()).to.deep.equal([]);
    expect(reading(lab.ctx).totalPower.get()).to.equal(13n);
  });

  it("takes a validator back that returns before its unbonding is over, and its place in the queue is gone", () => {
    const lab = start([5n, 7n]);
    lab.service.setJailed(lab.ctx, operator(0), true);
    lab.diary.length = 0;
    expect(lab.told()).to.deep.equal(["0:0"]);
    expect(lab.diary).to.deep.equal(["afterValidatorBeginUnbonding 20 1"]);
    expect([...reading(lab.ctx).validatorQueue.keys()].length).to.equal(1);
    lab.service.setJailed(lab.ctx, operator(0), false);
    expect(lab.told()).to.deep.equal(["0:5"]);
    expect([...reading(lab.ctx).validatorQueue.keys()]).to.deep.equal([]);
    expect(lab.broken()).to.deep.equal([]);
  });

  it("lets a validator go for good when its time is over, and forgets one without delegations", () => {
    const lab = start([5n, 7n, 9n]);
    lab.move("undelegate", operator(0), operator(0), 5n * OPEN);
    lab.service.setJailed(lab.ctx, operator(1), true);
    lab.diary.length = 0;
    expect(lab.told().toSorted((a, b) => (a < b ? -1 : 1))).to.deep.equal(["0:0", "1:0"]);
    expect(lab.status(operator(0)), "it can still be punished").to.equal("unbonding");
    lab.next(1_000n);
    lab.diary.length = 0;
    lab.next();
    expect(lab.diary).to.deep.equal(["afterValidatorRemoved 20 1"]);
    expect([lab.status(operator(0)), lab.status(operator(1))]).to.deep.equal([undefined, "unbonded"]);
    expect(getValidator(lab.ctx, operator(1)).unbondingIds).to.deep.equal([]);
    expect(lab.service.byConsensusAddress(lab.ctx, new Uint8Array(20))).to.equal(undefined);
    expect(lab.broken()).to.deep.equal([]);
  });

  it("forgets an unbonded validator with its last delegation at once", () => {
    const lab = start([5n, 7n]);
    lab.create(0, OPEN - 1n);
    lab.diary.length = 0;
    lab.move("undelegate", delegator(0), delegator(0), OPEN - 1n);
    expect(lab.diary).to.deep.equal([
      "beforeDelegationSharesModified 101 101",
      "beforeDelegationRemoved 101 101",
      "afterValidatorRemoved 20 101",
    ]);
    expect(lab.status(delegator(0))).to.equal(undefined);
    lab.create(0, OPEN);
    expect(lab.told(), "its key may come back").to.deep.equal(["100:1"]);
    expect(lab.broken()).to.deep.equal([]);
  });

  it("is never told to be empty: the last stay until another is there", () => {
    const lab = start([5n, 7n]);
    lab.service.setJailed(lab.ctx, operator(0), true);
    lab.service.setJailed(lab.ctx, operator(1), true);
    expect(lab.told()).to.deep.equal([]);
    expect(lab.service.members(lab.ctx), "none of them has a say meanwhile").to.deep.equal([]);
    expect(lab.told()).to.deep.equal([]);
    expect(lab.broken()).to.deep.equal([]);
    lab.create(0, OPEN);
    expect(lab.told().toSorted((a, b) => (a < b ? -1 : 1))).to.deep.equal(["0:0", "100:1", "1:0"]);
    expect(lab.broken()).to.deep.equal([]);
  });

  it("always is what a plain sort of all validators says, whatever was delegated, jailed and asked for", () => {
    const act = fc.record({
      kind: fc.constantFrom("delegate", "undelegate", "jail", "unjail", "size"),
      v: fc.nat(5),
      amount: fc.bigInt({ min: 1n, max: 9n * OPEN }),
    });
    fc.assert(
      fc.property(fc.array(fc.array(act, { maxLength: 4 }), { minLength: 1, maxLength: 12 }), (blocks) => {
        const lab = start([50n, 7n, 9n, 9n, 3n, 1n], { params: { maxValidators: 3 } });
        const engine = new Map(lab.updates.map((u) => [(u.publicKey[0] ?? 0) - 1, u.power]));
        for (const acts of blocks) {
          for (const { kind, v, amount } of acts) {
            const held = lab.service.delegation(lab.ctx, delegator(0), operator(v));
            if (kind === "delegate") lab.move("delegate", delegator(0), operator(v), amount);
            if (kind === "undelegate" && held !== undefined)
              lab.service.takeStake(lab.ctx, operator(v), { amount: toUopen(amount), toModule: "x" });
            if (kind === "jail" && v > 0) lab.service.setJailed(lab.ctx, operator(v), true);
            if (kind === "unjail") lab.service.setJailed(lab.ctx, operator(v), false);
            if (kind === "size") lab.params({ maxValidators: 1 + v });
          }
          for (const { publicKey, power } of lab.next(400n)) {
            const i = (publicKey[0] ?? 0) - 1;
            if (power === 0n) expect(engine.delete(i), "only who was told of leaves").to.equal(true);
            else engine.set(i, power);
          }
          const all = lab.service.validators(lab.ctx).filter((x) => !x.isJailed && x.stakedPower > 0n);
          const best = all.toSorted(
            (a, b) => Number(b.stakedPower - a.stakedPower) || (a.operator[0] ?? 0) - (b.operator[0] ?? 0),
          );
          const want = best
            .slice(0, reading(lab.ctx).params.getOrFail().maxValidators)
            .map((x) => [(x.operator[0] ?? 0) - 1, x.stakedPower] as const);
          expect(new Map(engine)).to.deep.equal(new Map(want));
          expect(lab.broken()).to.deep.equal([]);
        }
      }),
      { numRuns: 60 },
    );
  });
});

describe("the parameters of staking", () => {
  it("change by governance alone, whole and within bounds", () => {
    const lab = start([5n]);
    expect(rejection(() => lab.params({ maxEntries: 3 }, formatAddress(delegator(0))))).to.equal("gov/13");
    expect(rejection(() => lab.params({ maxEntries: 0 }))).to.equal("undefined/1");
    lab.params({ maxEntries: 3 });
    expect(reading(lab.ctx).params.getOrFail().maxEntries).to.equal(3);
    expect(writing(lab.ctx).stale.has(), "the set is worked out again").to.equal(true);
    expect(lab.told()).to.deep.equal([]);
  });
});
