import { expect } from "chai";
import fc from "fast-check";
import { ask, brokenInvariant } from "../../chain/testkit/deliver.js";
import { HASH, answerOf, bech, beginBlock, endBlock, findingOf, foundWork, lastTask, operatorOf, request, withAdapter } from "../../chain/testkit/economy.js";
import type { Economy } from "../../chain/testkit/economy.js";
import { COMMUNITY, VALIDATORS, unanimous } from "../../chain/testkit/ledger.js";
import { rejection } from "../../chain/testkit/rejects.js";
import { createScratchContext } from "../../chain/testkit/scratch-context.js";
import { toHex } from "../../chain/primitives/index.js";
import {
  AttributionTask,
  PayoutRole,
  QueryAttesterRequest,
  QueryAttesterResponse,
  QueryHarmRequest,
  QueryHarmResponse,
  RecordStatus,
  WorkAudit,
} from "../../proto/gen/openledger/attribution/v1.js";
import type { AttributionRecord, Params } from "../../proto/gen/openledger/attribution/v1.js";
import { AUDIT_KIND } from "./kinds.js";
import { defaultParams } from "./params.js";
import { isAudited } from "./rules/audit-lot.js";
import { verifyRecord } from "./rules/verify.js";
import { sealWork, workSeed } from "./rules/work.js";
import { attributionState } from "./state.js";

const SLASH = 100_000n;
const OTHER = new Uint8Array(32).fill(1);
const state = (e: Economy) => attributionState.open(e.ctx.store("attribution"));
const record = (e: Economy, id: bigint): AttributionRecord => state(e).records.getOrFail(id);
const audits = (e: Economy) => e.desk.tasks.filter((t) => t.kind === AUDIT_KIND);
const height = (e: Economy): bigint => e.ctx.block.height;

function economy(params: Partial<Params> = {}): Economy {
  const e = withAdapter();
  state(e).params.set({ ...defaultParams, auditPpm: 1_000_000, disputeWindow: 30, ...params });
  return e;
}

interface Attested {
  /** Attesters by index that agree on nothing although they committed. */
  readonly miss?: readonly number[];
  /** Attesters that have no sidecar. */
  readonly absent?: readonly number[];
  readonly attempt?: number;
}

/** One more answer, attributed in this block. */
function answer(e: Economy, { miss = [], absent = [], attempt = 1 }: Attested = {}): bigint {
  const id = request(e);
  e.desk.resolve(e.ctx, lastTask(e), answerOf());
  const task = { ...lastTask(e), attempt };
  const value = findingOf(task.payload, [300n, 100n]);
  const attesters = unanimous(value).attesters.map((a, i) => {
    if (absent.includes(i)) return { ...a, committed: false, revealed: false, agreed: false, value: undefined };
    return miss.includes(i) ? { ...a, agreed: false, value: findingOf(task.payload, [1n, 1n]) } : a;
  });
  e.desk.resolve(e.ctx, task, value, { attesters });
  return id;
}

/** Ends this block and begins the next. */
function next(e: Economy): void {
  endBlock(e);
  beginBlock(e, height(e) + 1n);
}

function draw(e: Economy): void {
  next(e);
  next(e);
}

/** Where an attester is paid as such. */
const pay = (r: AttributionRecord, i: number): bigint =>
  BigInt(r.payouts.find((p) => p.role === PayoutRole.PAYOUT_ROLE_ATTESTER && p.account === bech(operatorOf(VALIDATORS[i]!)))?.amount ?? "0");

const auditOf = (e: Economy, i: number) =>
  audits(e).findLast((t) => toHex(WorkAudit.decode(t.payload).validator) === toHex(VALIDATORS[i]!))!;

function expectSound(e: Economy): void {
  expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);
  for (const r of state(e).records.values()) expect(verifyRecord(r, bech(COMMUNITY))).to.deep.equal([]);
}

const attester = (e: Economy, i: number) =>
  ask(e.ctx, e.modules, {
    path: "/openledger.attribution.v1.Query/Attester",
    codec: QueryAttesterRequest,
    message: { validator: VALIDATORS[i]! },
    response: QueryAttesterResponse,
  }).attester;

describe("drawing audits", () => {
  it("waits for a later block's hash, then asks the others for the digest behind what was sealed", () => {
    const e = economy();
    answer(e);
    const { id: taskId, payload } = lastTask(e);
    const { beacon, datasets } = AttributionTask.decode(payload);
    endBlock(e);
    expect(audits(e), "the block of the settlement decides nothing").to.deep.equal([]);
    draw(e);
    expect(audits(e)).to.have.length(4);
    const asked = e.desk.opened.filter((t) => t.kind === AUDIT_KIND);
    expect(asked.map((t) => t.excluded), "nobody audits itself").to.deep.equal(VALIDATORS.map((v) => [v]));
    const audit = WorkAudit.decode(audits(e)[2]!.payload);
    expect(audit).to.deep.include({ validator: VALIDATORS[2], digest: sealWork(HASH), inferenceId: 1n, taskId, datasets });
    expect(audit.seed).to.deep.equal(workSeed({ taskId, attempt: 1, beacon, validator: VALIDATORS[2]! }));
    expectSound(e);
  });

  it("falls only on those who agreed, and on nobody at a chance of zero", () => {
    const e = economy();
    answer(e, { miss: [1], absent: [2] });
    draw(e);
    expect(audits(e).map((t) => toHex(WorkAudit.decode(t.payload).validator))).to.deep.equal([0, 3].map((i) => toHex(VALIDATORS[i]!)));
    const none = economy({ auditPpm: 0 });
    answer(none);
    draw(none);
    expect(audits(none)).to.deep.equal([]);
  });

  it("falls on everyone who agreed at a second attempt, whose outcome could be read off the first", () => {
    const e = economy({ auditPpm: 0 });
    answer(e, { attempt: 2 });
    draw(e);
    expect(audits(e)).to.have.length(4);
  });

  it("hits one in ten at the default chance, whoever and whenever", () => {
    const bytes = fc.uint8Array({ minLength: 20, maxLength: 20 });
    fc.assert(
      fc.property(bytes, fc.bigInt({ min: 1n, max: 1n << 40n }), (validator, first) => {
        let hits = 0;
        for (let i = 0n; i < 400n; i++) if (isAudited({ blockHash: HASH, taskId: first + i, validator }, 100_000)) hits++;
        return hits > 10 && hits < 80;
      }),
      { numRuns: 20 },
    );
    expect(isAudited({ blockHash: HASH, taskId: 1n, validator: OTHER }, 0)).to.equal(false);
    expect(isAudited({ blockHash: HASH, taskId: 1n, validator: OTHER }, 1_000_000)).to.equal(true);
  });

  it("is bounded in a block, and reaches everyone in the end", () => {
    const e = economy();
    for (let i = 0; i < 20; i++) answer(e);
    beginBlock(e, height(e) + 1n);
    endBlock(e);
    expect(audits(e)).to.have.length(64);
    beginBlock(e, height(e) + 1n);
    endBlock(e);
    expect(audits(e)).to.have.length(80);
    expectSound(e);
  });
});

describe("an audit", () => {
  it("that confirms the work changes nothing but the books", () => {
    const e = economy();
    answer(e);
    draw(e);
    const before = record(e, 1n);
    for (const task of audits(e)) e.desk.resolve(e.ctx, task, foundWork(HASH));
    expect(record(e, 1n)).to.deep.equal(before);
    expect(e.jailed).to.deep.equal([]);
    // One attribution and, as all four sit on the desk's committees, four audits.
    expect(attester(e, 0)).to.deep.include({ passedAudits: 1n, failedAudits: 0n, agreed: 5n, misses: 0 });
    expectSound(e);
  });

  it("that refutes it costs the pay of every record that is not final, stake and freedom, and nobody else a thing", () => {
    const e = economy();
    answer(e);
    next(e);
    answer(e);
    draw(e);
    const before = [1n, 2n].map((id) => record(e, id));
    const pool = e.ledger.balance(e.ctx, COMMUNITY);
    e.desk.resolve(e.ctx, auditOf(e, 1), foundWork(OTHER));
    for (const task of audits(e)) if (WorkAudit.decode(task.payload).id !== WorkAudit.decode(auditOf(e, 1).payload).id) e.desk.resolve(e.ctx, task, foundWork(HASH));
    expect(e.jailed).to.deep.equal([toHex(VALIDATORS[1]!)]);
    expect(e.ledger.balance(e.ctx, COMMUNITY) - pool).to.equal(SLASH);
    expect(attester(e, 1)).to.deep.include({ failedAudits: 1n, forfeitHeight: height(e), account: bech(operatorOf(VALIDATORS[1]!)) });
    expectSound(e);
    next(e);
    answer(e);
    beginBlock(e, height(e) + 40n);
    endBlock(e);
    for (const task of audits(e).slice(8)) e.desk.resolve(e.ctx, task, foundWork(HASH));
    beginBlock(e, height(e) + 40n);
    for (const [at, id] of [1n, 2n].entries()) {
      const after = record(e, id);
      expect(after.status).to.equal(RecordStatus.RECORD_STATUS_FINAL);
      expect([pay(before[at]!, 1) > 0n, pay(after, 1)]).to.deep.equal([true, 0n]);
      for (const i of [0, 2, 3]) expect(pay(after, i)).to.equal(pay(before[at]!, i));
      const platform = (r: AttributionRecord) => BigInt(r.payouts.find((p) => p.role === PayoutRole.PAYOUT_ROLE_PLATFORM)?.amount ?? "0");
      expect(platform(after) - platform(before[at]!)).to.equal(pay(before[at]!, 1));
    }
    expect(pay(record(e, 3n), 1) > 0n, "what it earns afterwards is its own").to.equal(true);
    expect(state(e).accrued.get(operatorOf(VALIDATORS[1]!))).to.equal(pay(record(e, 3n), 1));
    expectSound(e);
  });

  it("without a quorum has no consequence, but the record waited for it", () => {
    const e = economy({ disputeWindow: 4 });
    answer(e);
    const { finalHeight } = record(e, 1n);
    draw(e);
    const before = record(e, 1n);
    beginBlock(e, finalHeight);
    expect(record(e, 1n)).to.deep.include({ status: RecordStatus.RECORD_STATUS_OPEN, finalHeight: finalHeight + 5n });
    for (const task of audits(e)) e.desk.fail(e.ctx, task);
    expectSound(e);
    beginBlock(e, finalHeight + 5n);
    expect(record(e, 1n).status).to.equal(RecordStatus.RECORD_STATUS_FINAL);
    expect(record(e, 1n).payouts).to.deep.equal(before.payouts);
    expect(e.jailed).to.deep.equal([]);
    expectSound(e);
  });

  it("is not passed by repeating the seal, which is public", () => {
    const e = economy();
    answer(e);
    draw(e);
    e.desk.resolve(e.ctx, auditOf(e, 1), foundWork(sealWork(HASH)));
    expect(e.jailed).to.deep.equal([toHex(VALIDATORS[1]!)]);
  });

  it("takes a digest and a program of 32 bytes each and nothing else", () => {
    const e = economy();
    answer(e);
    draw(e);
    const kind = e.desk.kindOf(audits(e)[0]!);
    expect([0, 32, 63, 64, 65].map((n) => kind.isValid(new Uint8Array(n), audits(e)[0]!))).to.deep.equal([false, false, false, true, false]);
    expect([kind.maxAttempts, kind.median]).to.deep.equal([1, undefined]);
  });
});

describe("misses", () => {
  it("jail at the fifth in a row, and cost the pay that is not final", () => {
    const e = economy({ auditPpm: 0 });
    answer(e);
    for (let i = 0; i < 4; i++) answer(e, { miss: [2] });
    expect(e.jailed).to.deep.equal([]);
    expect(attester(e, 2)).to.deep.include({ misses: 4, agreed: 1n, disagreed: 4n });
    answer(e, { miss: [2] });
    expect(e.jailed).to.deep.equal([toHex(VALIDATORS[2]!)]);
    expect(attester(e, 2)).to.deep.include({ misses: 0, forfeitHeight: height(e) });
    draw(e);
    beginBlock(e, height(e) + 40n);
    expect(state(e).accrued.get(operatorOf(VALIDATORS[2]!))).to.equal(undefined);
    expect(state(e).accrued.get(operatorOf(VALIDATORS[1]!))! > 0n).to.equal(true);
    expectSound(e);
  });

  it("are forgotten with one agreement, and a validator without a sidecar has none", () => {
    const e = economy({ auditPpm: 0 });
    for (let i = 0; i < 4; i++) answer(e, { miss: [2], absent: [3] });
    answer(e, { absent: [3] });
    for (let i = 0; i < 4; i++) answer(e, { miss: [2], absent: [3] });
    expect(e.jailed).to.deep.equal([]);
    expect(rejection(() => attester(e, 3))).to.equal("sdk/38");
    const path = "/openledger.attribution.v1.Query/Attester";
    const short = () => ask(e.ctx, e.modules, { path, codec: QueryAttesterRequest, message: { validator: OTHER }, response: QueryAttesterResponse });
    expect(rejection(short)).to.equal("sdk/18");
  });
});

describe("what curation sees", () => {
  it("is the harm of one adapter at a time", () => {
    const e = economy({ auditPpm: 0 });
    request(e);
    e.desk.resolve(e.ctx, lastTask(e), answerOf());
    e.desk.resolve(e.ctx, lastTask(e), findingOf(lastTask(e).payload, [-300n, 100n]));
    const path = "/openledger.attribution.v1.Query/Harm";
    const harm = (adapterId: bigint) =>
      ask(e.ctx, e.modules, { path, codec: QueryHarmRequest, message: { adapterId }, response: QueryHarmResponse }).harm;
    expect(harm(1n).map((h) => [h.amount, h.answers])).to.deep.equal([["300", 1n]]);
    expect(harm(2n)).to.deep.equal([]);
  });
});

describe("genesis with audits", () => {
  it("exports what it imports before the draw, during audits and after a failed one", () => {
    const e = economy();
    answer(e);
    const module = e.modules.find((m) => m.name === "attribution")!;
    const same = (): void => {
      const exported = module.genesis.export(e.ctx);
      const fresh = createScratchContext();
      module.genesis.init(fresh, exported);
      expect(module.genesis.export(fresh)).to.deep.equal(exported);
      for (const { name, holds } of module.invariants.slice(1)) expect(holds(fresh), name).to.equal(true);
      const [old, imported] = [e.ctx, fresh].map((ctx) => [...attributionState.read(ctx.store("attribution")).forfeits.entries()]);
      expect(imported).to.deep.equal(old);
    };
    same();
    draw(e);
    same();
    e.desk.resolve(e.ctx, auditOf(e, 1), foundWork(OTHER));
    same();
  });
});
