import { expect } from "chai";
import { ask, brokenInvariant, deliver } from "../../chain/testkit/deliver.js";
import {
  ALICE,
  BOB,
  DEVELOPER,
  OWNER,
  STRANGER,
  USER,
  answerOf,
  findingOf,
  bech,
  lastTask,
  operatorOf,
  passWindow,
  request,
  withAdapter,
} from "../../chain/testkit/economy.js";
import type { Economy } from "../../chain/testkit/economy.js";
import type { Params ,
  AttributionOutcome} from "../../proto/gen/openledger/attribution/v1.js";
import { COMMUNITY, VALIDATORS, unanimous } from "../../chain/testkit/ledger.js";
import { rejection } from "../../chain/testkit/rejects.js";
import { createScratchContext } from "../../chain/testkit/scratch-context.js";
import {
  MsgClaimRewards,
  MsgClaimRewardsResponse,
  PayoutRole,
  QueryAccruedRequest,
  QueryAccruedResponse,
  QueryRecordRequest,
  QueryRecordResponse,
} from "../../proto/gen/openledger/attribution/v1.js";
import { AttributionError } from "./errors.js";
import { checkParams, defaultParams } from "./params.js";
import { verifyRecord } from "./rules/verify.js";
import { ATTRIBUTION_STORE, attributionState } from "./state.js";

function record(e: Economy, inferenceId: bigint) {
  const path = "/openledger.attribution.v1.Query/Record";
  return ask(e.ctx, e.modules, { path, codec: QueryRecordRequest, message: { inferenceId }, response: QueryRecordResponse }).record;
}

function claimAll(e: Economy, who: Parameters<typeof bech>[0]): bigint {
  const message = { account: bech(who) };
  return BigInt(deliver(e.ctx, e.modules, { codec: MsgClaimRewards, message, response: MsgClaimRewardsResponse }).amount);
}

function answered(scores: readonly bigint[], over: Partial<AttributionOutcome> = {}): Economy {
  const e = withAdapter();
  request(e);
  e.desk.resolve(e.ctx, lastTask(e), answerOf());
  const task = lastTask(e);
  e.desk.resolve(e.ctx, task, findingOf(task.payload, scores, over));
  return e;
}

describe("attribution of a paid answer", () => {
  it("pays the fee to the last uopen, keeps the supply, and its record can be recomputed", () => {
    const e = withAdapter();
    const supply = e.ledger.supply(e.ctx);
    request(e);
    e.desk.resolve(e.ctx, lastTask(e), answerOf());
    const task = lastTask(e);
    e.desk.resolve(e.ctx, task, findingOf(task.payload, [300n, 100n]));
    const found = record(e, 1n);
    expect(found.payouts.reduce((sum, p) => sum + BigInt(p.amount), 0n)).to.equal(BigInt(found.fee));
    // 3 tokens in at 100,000 and 5 out at 3,000,000 per thousand, and the platform fee.
    expect(found.fee).to.equal("25300");
    expect(verifyRecord(found, bech(COMMUNITY))).to.deep.equal([]);
    expect(e.ledger.supply(e.ctx)).to.equal(supply);
    expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);
  });

  it("says what was changed when a record is tampered with", () => {
    const found = record(answered([300n, 100n]), 1n);
    const [first, ...rest] = found.payouts;
    const forged = { ...found, payouts: [{ ...first!, amount: (BigInt(first!.amount) + 1n).toString() }, ...rest] };
    expect(verifyRecord(forged, bech(COMMUNITY)).map((d) => d.at)).to.deep.equal(["payouts.0"]);
    expect(verifyRecord({ ...found, fee: "25301" }, bech(COMMUNITY)).map((d) => d.at)).to.include("fee");
    const louder = { ...found.outcome, influence: found.outcome.influence.map((s) => ({ ...s, score: s.score + 1n })) };
    expect(verifyRecord({ ...found, outcome: louder }, bech(COMMUNITY))).not.to.deep.equal([]);
  });

  it("lets an account claim all it earned, once", () => {
    const e = answered([300n, 100n]);
    passWindow(e);
    const before = e.ledger.balance(e.ctx, ALICE);
    const claimed = claimAll(e, ALICE);
    expect(claimed > 0n).to.equal(true);
    expect(e.ledger.balance(e.ctx, ALICE) - before).to.equal(claimed);
    expect(rejection(() => claimAll(e, ALICE))).to.equal("attribution/2");
    expect(rejection(() => claimAll(e, STRANGER))).to.equal("attribution/2");
    expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);
  });

  it("empties its account when everyone has claimed", () => {
    const e = answered([300n, 100n]);
    passWindow(e);
    for (const who of [ALICE, BOB, DEVELOPER, OWNER, ...VALIDATORS.map(operatorOf)]) claimAll(e, who);
    expect(e.ledger.moduleBalance(e.ctx, ATTRIBUTION_STORE)).to.equal(0n);
  });

  it("tells what an account has earned, and nothing of a stranger", () => {
    const e = answered([300n, 100n]);
    const path = "/openledger.attribution.v1.Query/Accrued";
    const accrued = (who: Parameters<typeof bech>[0]) =>
      ask(e.ctx, e.modules, { path, codec: QueryAccruedRequest, message: { account: bech(who) }, response: QueryAccruedResponse });
    const early = accrued(ALICE);
    expect(early.amount).to.equal("0");
    passWindow(e);
    expect(accrued(ALICE)).to.deep.equal({ amount: early.pending, pending: "0" });
    expect(accrued(STRANGER)).to.deep.equal({ amount: "0", pending: "0" });
    expect(BigInt(accrued(ALICE).amount) > BigInt(accrued(BOB).amount)).to.equal(true);
  });

  it("pays a harmful contributor nothing and remembers the harm", () => {
    const e = answered([300n, -100n]);
    const shares = record(e, 1n).shares;
    const harmful = shares.find((s) => s.influence < 0n)!;
    expect([harmful.influencePpm, harmful.amount]).to.deep.equal([0, "0"]);
    const [entry] = [...attributionState.read(e.ctx.store(ATTRIBUTION_STORE)).harm.values()];
    expect([entry?.contributor, entry?.amount, entry?.answers]).to.deep.equal([harmful.contributor, "100", 1n]);
  });

  it("pays honest attesters the same whether or not another one agrees", () => {
    const pay = (dissent: boolean): readonly string[] => {
      const e = withAdapter();
      request(e);
      e.desk.resolve(e.ctx, lastTask(e), answerOf());
      const task = lastTask(e);
      const value = findingOf(task.payload, [300n, 100n]);
      const attesters = unanimous(value).attesters.map((a, i) => ({ ...a, agreed: !(dissent && i === 3) }));
      e.desk.resolve(e.ctx, task, value, { attesters });
      const honest = VALIDATORS.slice(0, 3).map((v) => bech(operatorOf(v)));
      const { payouts } = record(e, 1n);
      expect(payouts.reduce((sum, p) => sum + BigInt(p.amount), 0n)).to.equal(25_300n);
      return payouts.filter((p) => p.role === PayoutRole.PAYOUT_ROLE_ATTESTER && honest.includes(p.account)).map((p) => p.amount);
    };
    expect(pay(true)).to.deep.equal(pay(false));
  });

  it("refunds the user whole when no attribution can be agreed", () => {
    const e = withAdapter();
    const before = e.ledger.balance(e.ctx, USER);
    request(e);
    e.desk.resolve(e.ctx, lastTask(e), answerOf());
    e.desk.fail(e.ctx, lastTask(e));
    expect(e.ledger.balance(e.ctx, USER)).to.equal(before);
    expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);
  });

  it("notices when its account holds more than it owes", () => {
    const e = answered([300n, 100n]);
    const module = e.modules.find((m) => m.name === ATTRIBUTION_STORE)!;
    passWindow(e);
    attributionState.open(e.ctx.store(ATTRIBUTION_STORE)).accrued.delete(ALICE);
    expect(brokenInvariant(e.ctx, [module])).to.match(/^the attribution account holds exactly/);
  });

  it("bounds its params and pins its error codes", () => {
    checkParams(defaultParams);
    const split = (over: object) => ({ ...defaultParams, split: { ...defaultParams.split, ...over } });
    const over = (change: Partial<Params>) => ({ ...defaultParams, ...change });
    const bad: readonly Params[] = [
      split({ betaPpm: 1 }),
      split({ burnPpm: 1_000_001 }),
      over({ maxSpans: 17 }),
      over({ minSpanTokens: 0 }),
      over({ disputeWindow: 0 }),
      over({ disputeBond: "0" }),
      over({ auditPpm: 1_000_001 }),
      over({ maxMisses: 0 }),
      over({ slashPpm: 200_001 }),
      over({ jailPeriod: 0 }),
      over({ background: Array.from({ length: 17 }, () => ({ datanetId: 1n, version: 1n })) }),
    ];
    for (const params of bad) {
      expect(rejection(() => checkParams(params))).to.equal("attribution/5");
    }
    expect(Object.values(AttributionError).map((make) => make().code)).to.deep.equal([2, 3, 4, 5, 6, 7, 8, 9, 10]);
  });

  it("exports what it imports", () => {
    const e = answered([300n, -100n]);
    const module = e.modules.find((m) => m.name === ATTRIBUTION_STORE)!;
    request(e, { clientNonce: "another" });
    e.desk.resolve(e.ctx, lastTask(e), answerOf());
    const exported = module.genesis.export(e.ctx);
    const fresh = createScratchContext();
    module.genesis.init(fresh, exported);
    expect(module.genesis.export(fresh)).to.deep.equal(exported);
  });
});
