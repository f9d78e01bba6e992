import { expect } from "chai";
import { brokenInvariant, deliver } from "../../chain/testkit/deliver.js";
import {
  ALICE,
  BOB,
  HASH,
  STRANGER,
  answerOf,
  bech,
  beginBlock,
  findingOf,
  lastTask,
  operatorOf,
  passAudits,
  passWindow,
  request,
  toHeight,
  withAdapter,
} from "../../chain/testkit/economy.js";
import type { Economy } from "../../chain/testkit/economy.js";
import { COMMUNITY, VALIDATORS, unanimous } from "../../chain/testkit/ledger.js";
import { toHex } from "../../chain/primitives/index.js";
import { rejection } from "../../chain/testkit/rejects.js";
import { createScratchContext } from "../../chain/testkit/scratch-context.js";
import {
  AttributionDisputeStatus,
  AttributionTask,
  MsgDisputeAttribution,
  MsgDisputeAttributionResponse,
  PayoutRole,
  RecordStatus,
} from "../../proto/gen/openledger/attribution/v1.js";
import type { AttributionRecord, Params } from "../../proto/gen/openledger/attribution/v1.js";
import { defaultParams } from "./params.js";
import { verifyRecord } from "./rules/verify.js";
import { attributionState } from "./state.js";

const BOND = 5_000_000n;
/** One per cent of what each of the four has at stake. */
const SLASH = 100_000n;
const FEE = 25_300n;
const { RECORD_STATUS_OPEN: OPEN, RECORD_STATUS_DISPUTED: DISPUTED, RECORD_STATUS_FINAL: FINAL } = RecordStatus;
const {
  ATTRIBUTION_DISPUTE_STATUS_UPHELD: UPHELD,
  ATTRIBUTION_DISPUTE_STATUS_REJECTED: REJECTED,
  ATTRIBUTION_DISPUTE_STATUS_UNRESOLVED: UNRESOLVED,
} = AttributionDisputeStatus;

const state = (e: Economy) => attributionState.open(e.ctx.store("attribution"));
const record = (e: Economy, id = 1n): AttributionRecord => state(e).records.getOrFail(id);
const disputeOf = (e: Economy, id = 1n) => state(e).disputes.getOrFail(id);
const balances = (e: Economy) => [STRANGER, COMMUNITY].map((who) => e.ledger.balance(e.ctx, who));

/** Params without audits, which have tests of their own. */
function quiet(e: Economy, over: Partial<Params> = {}): Economy {
  state(e).params.set({ ...defaultParams, auditPpm: 0, ...over });
  return e;
}

/** One answer, attributed at height 1. The dissenter's finding, if any, is what a review may find later. */
function answered(scores: readonly bigint[], options: { dissent?: readonly bigint[]; median?: boolean; params?: Partial<Params> } = {}): Economy {
  const e = quiet(withAdapter(), options.params);
  request(e);
  e.desk.resolve(e.ctx, lastTask(e), answerOf());
  const task = lastTask(e);
  const value = findingOf(task.payload, scores);
  const { dissent, median = false } = options;
  const attesters = unanimous(value).attesters.map((a, i) =>
    dissent !== undefined && i === 3 ? { ...a, agreed: false, value: findingOf(task.payload, dissent) } : a,
  );
  e.desk.resolve(e.ctx, task, value, { attesters, median });
  return e;
}

function dispute(e: Economy, inferenceId = 1n): bigint {
  const message = { challenger: bech(STRANGER), inferenceId };
  return deliver(e.ctx, e.modules, { codec: MsgDisputeAttribution, message, response: MsgDisputeAttributionResponse }).disputeId;
}

function review(e: Economy, scores: readonly bigint[], over: Parameters<typeof findingOf>[2] = {}, median = false): void {
  const task = lastTask(e);
  e.desk.resolve(e.ctx, task, findingOf(task.payload, scores, over), { median });
}

/** A review that only one validator attested. */
function reviewBy(e: Economy, validator: number, scores: readonly bigint[]): void {
  const task = lastTask(e);
  const value = findingOf(task.payload, scores);
  const silent = { committed: false, revealed: false, agreed: false, value: undefined };
  const attesters = unanimous(value).attesters.map((a, i) => (i === validator ? a : { ...a, ...silent }));
  e.desk.resolve(e.ctx, task, value, { attesters });
}

const shares = (e: Economy): number[] => record(e).shares.map((s) => s.influencePpm);
const contributorPay = (e: Economy, who: typeof ALICE): bigint =>
  BigInt(record(e).payouts.find((p) => p.role === PayoutRole.PAYOUT_ROLE_CONTRIBUTOR && p.account === bech(who))?.amount ?? "0");
const attesterPay = (e: Economy, i: number): bigint =>
  BigInt(record(e).payouts.find((p) => p.role === PayoutRole.PAYOUT_ROLE_ATTESTER && p.account === bech(operatorOf(VALIDATORS[i]!)))?.amount ?? "0");

function expectSound(e: Economy): void {
  expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);
  for (const r of state(e).records.values()) {
    expect(verifyRecord(r, bech(COMMUNITY))).to.deep.equal([]);
    expect(r.payouts.reduce((sum, p) => sum + BigInt(p.amount), 0n)).to.equal(BigInt(r.fee));
  }
}

describe("disputing an attribution", () => {
  it("asks the same question again, under a new beacon, of others than before where there are others", () => {
    const e = answered([300n, 100n]);
    const first = AttributionTask.decode(lastTask(e).payload);
    e.ctx.block = { ...e.ctx.block, hash: HASH };
    expect(dispute(e)).to.equal(1n);
    const again = AttributionTask.decode(lastTask(e).payload);
    expect(again).to.deep.equal({ ...first, beacon: HASH, disputeId: 1n });
    expect(e.desk.opened.at(-1)?.avoided).to.deep.equal(VALIDATORS);
    expect(record(e)).to.deep.include({ status: DISPUTED, finalHeight: 0n });
    expectSound(e);
  });

  it("corrects the payouts, gives the bond back and half of the slashed stake with it, when others find something else", () => {
    const e = answered([300n, 100n]);
    const supply = e.ledger.supply(e.ctx);
    const before = balances(e);
    const [alice, bob] = [ALICE, BOB].map((who) => contributorPay(e, who));
    dispute(e);
    expect(e.ledger.balance(e.ctx, STRANGER)).to.equal(before[0]! - BOND);
    review(e, [100n, 300n]);
    expect(balances(e)).to.deep.equal([before[0]! + (4n * SLASH) / 2n, before[1]! + (4n * SLASH) / 2n]);
    expect(disputeOf(e)).to.deep.include({ status: UPHELD, bond: BOND.toString() });
    expect(shares(e)).to.deep.equal([250_000, 750_000]);
    expect([contributorPay(e, ALICE), contributorPay(e, BOB)]).to.deep.equal([bob, alice]);
    expect(record(e)).to.deep.include({ status: OPEN, disputeId: 1n });
    expect(record(e).attestation.taskId).to.equal(lastTask(e).id);
    expect(e.jailed).to.have.length(4);
    expect(e.ledger.supply(e.ctx)).to.equal(supply);
    expectSound(e);
  });

  it("pays a refuted record's attesters no longer, but the one that had been right all along", () => {
    const e = answered([300n, 100n], { dissent: [100n, 300n] });
    const pays = (): bigint[] => [0, 1, 2, 3].map((i) => attesterPay(e, i));
    // Whole parts of the answer and the attribution; what rounding leaves goes to the earlier entries.
    expect(pays(), "the dissenter is paid for the answer alone").to.deep.equal([574n, 574n, 574n, 287n]);
    dispute(e);
    review(e, [100n, 300n]);
    expect(pays()).to.deep.equal([287n, 287n, 287n, 573n]);
    expect(e.jailed, "and only who was wrong is punished").to.have.length(3);
    expectSound(e);
  });

  it("does not pay one who had been right all along and is in jail by now", () => {
    const e = answered([300n, 100n], { dissent: [100n, 300n] });
    e.inactive.add(toHex(VALIDATORS[3]!));
    dispute(e);
    review(e, [100n, 300n]);
    expect([0, 1, 2, 3].map((i) => attesterPay(e, i))).to.deep.equal([287n, 287n, 287n, 287n]);
    expectSound(e);
  });

  it("takes the bond to the community pool when others find the same, and nobody gains by it", () => {
    const e = answered([300n, 100n]);
    const before = balances(e);
    const found = record(e);
    dispute(e);
    review(e, [300n, 100n]);
    expect(balances(e)).to.deep.equal([before[0]! - BOND, before[1]! + BOND]);
    expect(disputeOf(e).status).to.equal(REJECTED);
    expect(record(e)).to.deep.equal({ ...found, disputeId: 1n });
    expect(e.jailed).to.deep.equal([]);
    expect([...state(e).works.values()].map((w) => w.exposed), "what a review should find is public").to.deep.equal([false, true]);
    expectSound(e);
  });

  const inconclusive: readonly (readonly [string, (e: Economy) => void])[] = [
    ["too few validators take part", (e) => e.desk.fail(e.ctx, lastTask(e))],
    ["they do not agree exactly", (e) => review(e, [100n, 300n], {}, true)],
    ["they run another of several programs and come to something else", (e) => review(e, [100n, 300n], { runtimeId: new Uint8Array(32) })],
  ];
  for (const [why, end] of inconclusive) {
    it(`leaves the record as it is and gives the bond back when ${why}`, () => {
      const e = answered([300n, 100n], { params: { runtimes: [HASH, new Uint8Array(32)] } });
      const before = balances(e);
      const found = record(e);
      dispute(e);
      end(e);
      expect(balances(e)).to.deep.equal(before);
      expect(disputeOf(e).status).to.equal(UNRESOLVED);
      expect(record(e)).to.deep.equal({ ...found, disputeId: 1n });
      expect(e.jailed).to.deep.equal([]);
      expectSound(e);
    });
  }

  it("gives the challenger twenty times its bond at most, however much is slashed, and the pool the rest", () => {
    const e = answered([300n, 100n], { params: { disputeBond: "100", slashPpm: 200_000 } });
    const before = balances(e);
    dispute(e);
    review(e, [100n, 300n]);
    expect(balances(e)).to.deep.equal([before[0]! + 2_000n, before[1]! + 80n * SLASH - 2_000n]);
    expectSound(e);
  });

  it("takes back the harm that a refuted outcome told of, and notes what was found instead", () => {
    const e = answered([300n, -100n]);
    expect([...state(e).harm.values()].map((h) => h.amount)).to.deep.equal(["100"]);
    dispute(e);
    review(e, [-7n, 300n]);
    const [entry, ...rest] = [...state(e).harm.values()];
    expect([entry?.contributor, entry?.amount, entry?.answers, rest.length]).to.deep.equal([bech(ALICE), "7", 1n, 0]);
    dispute(e);
    review(e, [7n, 300n]);
    expect([...state(e).harm.values()]).to.deep.equal([]);
  });

  it("can be turned around again: the second committee's attesters are punished, and the record says so", () => {
    const e = answered([300n, 100n], { dissent: [100n, 300n] });
    dispute(e);
    review(e, [50n, 50n]);
    expect(shares(e)).to.deep.equal([500_000, 500_000]);
    dispute(e);
    review(e, [100n, 300n]);
    expect(shares(e)).to.deep.equal([250_000, 750_000]);
    expect(record(e).disputeId).to.equal(2n);
    expect([0, 1, 2, 3].map((i) => attesterPay(e, i)), "who had found it at first is paid").to.deep.equal([287n, 287n, 287n, 573n]);
    expect([disputeOf(e, 1n).status, disputeOf(e, 2n).status]).to.deep.equal([UPHELD, UPHELD]);
    expect(e.jailed, "three who attested the first, four who attested the second").to.have.length(7);
    expectSound(e);
  });
});

describe("who is punished", () => {
  it("attested exactly what was refuted: not another value, refuted before", () => {
    const e = answered([300n, 100n], { dissent: [100n, 300n] });
    dispute(e);
    reviewBy(e, 3, [50n, 50n]);
    expect(e.jailed).to.deep.equal([0, 1, 2].map((i) => toHex(VALIDATORS[i]!)));
    dispute(e);
    reviewBy(e, 0, [100n, 300n]);
    expect(e.jailed.slice(3)).to.deep.equal([toHex(VALIDATORS[3]!)]);
    expectSound(e);
  });
});

describe("a review that came to nothing", () => {
  it("is where the refuted value may have been said as well: whoever said it there is punished with the others", () => {
    const e = answered([300n, 100n], { dissent: [100n, 300n] });
    dispute(e);
    const task = lastTask(e);
    const value = findingOf(task.payload, [100n, 300n]);
    const attesters = unanimous(value).attesters.map((a, i) => (i === 3 ? { ...a, agreed: false, value: findingOf(task.payload, [300n, 100n]) } : a));
    e.desk.resolve(e.ctx, task, value, { attesters, median: true });
    expect(e.jailed).to.deep.equal([]);
    dispute(e);
    review(e, [100n, 300n]);
    expect(e.jailed).to.deep.equal(VALIDATORS.map((v) => toHex(v)));
    expectSound(e);
  });
});

describe("the window of a record", () => {
  it("is as short after a dispute as params have it, if that is less than twenty blocks", () => {
    const e = answered([300n, 100n], { params: { disputeWindow: 5 } });
    toHeight(e, record(e).finalHeight - 1n);
    dispute(e);
    review(e, [300n, 100n]);
    expect(record(e).finalHeight).to.equal(e.ctx.block.height + 5n);
  });

  it("lets a dispute in at its last block and none after, and pays from its final height", () => {
    const e = answered([300n, 100n]);
    const { finalHeight, height } = record(e);
    expect(finalHeight).to.equal(height + 600n);
    passAudits(e);
    beginBlock(e, finalHeight - 1n);
    expect(record(e).status).to.equal(OPEN);
    const late = answered([300n, 100n]);
    passAudits(late);
    beginBlock(late, finalHeight);
    expect(record(late).status).to.equal(FINAL);
    expect(rejection(() => dispute(late))).to.equal("attribution/8");
    const queued = answered([300n, 100n]);
    toHeight(queued, finalHeight);
    expect(record(queued).status, "one of too many that end at once").to.equal(OPEN);
    expect(rejection(() => dispute(queued))).to.equal("attribution/8");
    expect(dispute(e)).to.equal(1n);
    expect(disputeOf(e).remaining).to.equal(1n);
    beginBlock(e, finalHeight + 10n);
    expect(record(e).status, "waits for the dispute").to.equal(DISPUTED);
    review(e, [100n, 300n]);
    expect(record(e).finalHeight, "there is time to answer a correction").to.equal(finalHeight + 30n);
    passAudits(e);
    beginBlock(e, finalHeight + 29n);
    expect(record(e).status).to.equal(OPEN);
    beginBlock(e, finalHeight + 30n);
    expect(record(e).status).to.equal(FINAL);
    expectSound(e);
  });

  it("goes on with what was left of it after a dispute", () => {
    const e = answered([300n, 100n]);
    const { finalHeight } = record(e);
    toHeight(e, 101n);
    dispute(e);
    toHeight(e, 151n);
    review(e, [300n, 100n]);
    expect(record(e).finalHeight).to.equal(finalHeight + 50n);
  });

  it("is closed to a second dispute while one is open, to the unknown and to the poor", () => {
    const e = answered([300n, 100n]);
    expect(rejection(() => dispute(e, 9n))).to.equal("attribution/7");
    expect(rejection(() => dispute(e, 0n))).to.equal("sdk/18");
    dispute(e);
    expect(rejection(() => dispute(e))).to.equal("attribution/9");
    const poor = answered([300n, 100n], { params: { disputeBond: "1000000001" } });
    expect(() => dispute(poor)).to.throw();
    expect(record(poor).status).to.equal(OPEN);
  });

  it("is closed for good after four disputes", () => {
    const e = answered([300n, 100n]);
    for (let i = 0; i < 4; i++) {
      dispute(e);
      review(e, [300n, 100n]);
    }
    expect(rejection(() => dispute(e))).to.equal("attribution/10");
    passWindow(e);
    expect(record(e).status).to.equal(FINAL);
  });

  it("holds all pay until its end, to the account's last uopen", () => {
    const e = answered([300n, 100n]);
    expect([...state(e).accrued.keys()]).to.deep.equal([]);
    expect(e.ledger.moduleBalance(e.ctx, "attribution")).to.equal(FEE);
    const pool = e.ledger.balance(e.ctx, COMMUNITY);
    const platform = record(e).payouts.filter((p) => p.role === PayoutRole.PAYOUT_ROLE_PLATFORM);
    passWindow(e);
    const accrued = [...state(e).accrued.values()].reduce((sum, a) => sum + a, 0n);
    const toPool = platform.reduce((sum, p) => sum + BigInt(p.amount), 0n);
    expect(accrued + toPool).to.equal(FEE);
    expect(e.ledger.balance(e.ctx, COMMUNITY) - pool).to.equal(toPool);
    expect([...state(e).held.keys()]).to.deep.equal([]);
    expect([...state(e).works.keys()]).to.deep.equal([]);
    expectSound(e);
  });
});

describe("a record by the median", () => {
  it("is reviewed at once, at nobody's cost, and corrected to what is found exactly, without punishment", () => {
    const e = answered([300n, 100n], { median: true, dissent: [100n, 300n] });
    expect(record(e)).to.deep.include({ status: DISPUTED });
    expect(disputeOf(e)).to.deep.include({ challenger: "", bond: "0", remaining: 600n });
    const before = balances(e);
    review(e, [100n, 300n]);
    expect(balances(e)).to.deep.equal(before);
    expect(shares(e)).to.deep.equal([250_000, 750_000]);
    expect(record(e).attestation.median).to.equal(false);
    expect(attesterPay(e, 3) > attesterPay(e, 0), "who had found it is paid").to.equal(true);
    expect(e.jailed).to.deep.equal([]);
    expectSound(e);
  });

  it("is exact from then on when the review finds just that", () => {
    const e = answered([300n, 100n], { median: true });
    review(e, [300n, 100n]);
    expect([record(e).status, record(e).attestation.median]).to.deep.equal([OPEN, false]);
  });

  it("stands, and is not reviewed again by itself, when the review is as undecided", () => {
    const e = answered([300n, 100n], { median: true });
    const tasks = e.desk.tasks.length;
    review(e, [100n, 300n], {}, true);
    expect(e.desk.tasks.length).to.equal(tasks);
    expect([record(e).status, record(e).attestation.median, shares(e)]).to.deep.equal([OPEN, true, [750_000, 250_000]]);
    expect(disputeOf(e).status).to.equal(UNRESOLVED);
    expect(dispute(e), "though anyone may ask for it").to.equal(2n);
    expectSound(e);
  });
});

describe("genesis with disputes", () => {
  it("exports what it imports in the middle of one", () => {
    const e = answered([300n, -100n], { dissent: [100n, 300n] });
    dispute(e);
    const module = e.modules.find((m) => m.name === "attribution")!;
    const exported = module.genesis.export(e.ctx);
    const fresh = createScratchContext();
    module.genesis.init(fresh, exported);
    expect(module.genesis.export(fresh)).to.deep.equal(exported);
    for (const { name, holds } of module.invariants.slice(1)) expect(holds(fresh), name).to.equal(true);
  });
  it("refuses a disputed record without its dispute, and an open one without its end", () => {
    const e = answered([300n, 100n]);
    dispute(e);
    const module = e.modules.find((m) => m.name === "attribution")!;
    const exported = module.genesis.export(e.ctx) as { records: object[]; disputes: object[] };
    const init = (change: object) => rejection(() => module.genesis.init(createScratchContext(), { ...exported, ...change }));
    expect(init({ disputes: [] })).to.equal("attribution/6");
    expect(init({ records: [{ ...exported.records[0], status: "RECORD_STATUS_OPEN" }] })).to.equal("attribution/6");
    expect(init({ records: [{ ...exported.records[0], status: "RECORD_STATUS_UNSPECIFIED" }] })).to.equal("attribution/6");
  });
});
