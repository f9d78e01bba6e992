import { expect } from "chai";
import { ask, brokenInvariant, deliver } from "../../chain/testkit/deliver.js";
import { HASH, STRANGER, answerOf, bech, beginBlock, endBlock, findingOf, foundWork, lastTask, operatorOf, request, withAdapter } from "../../chain/testkit/economy.js";
import type { Economy } from "../../chain/testkit/economy.js";
import { VALIDATORS, unanimous } from "../../chain/testkit/ledger.js";
import type { Attester } from "../../chain/attest/index.js";
import {
  MsgDisputeAttribution,
  MsgDisputeAttributionResponse,
  QueryDisputesRequest,
  QueryDisputesResponse,
} from "../../proto/gen/openledger/attribution/v1.js";
import { AUDIT_KIND } from "./kinds.js";
import { defaultParams } from "./params.js";
import { attributionState } from "./state.js";

/** Audits and reviews pay nobody; whoever leaves them undone until they fail is not paid for anything else. */

const OTHER = new Uint8Array(32).fill(1);
const state = (e: Economy) => attributionState.open(e.ctx.store("attribution"));
const absences = (e: Economy): number[] => VALIDATORS.map((v) => state(e).attesters.get(v)?.absences ?? 0);
const forfeited = (e: Economy): boolean[] => VALIDATORS.map((v) => state(e).forfeits.has(operatorOf(v)));

const SILENT = { committed: false, revealed: false, agreed: false, value: undefined };
const PROMISED = { ...SILENT, committed: true };

/** The committee of which these did only so much. */
function committee(...changes: readonly (readonly [index: number, change: Partial<Attester>])[]): Attester[] {
  const all = unanimous(foundWork(HASH)).attesters;
  return all.map((a, i) => ({ ...a, ...changes.find(([index]) => index === i)?.[1] }));
}

/** An answer, attributed, and all of its audits open. */
function economy(): Economy {
  const e = withAdapter();
  state(e).params.set({ ...defaultParams, auditPpm: 1_000_000, disputeWindow: 30 });
  for (let i = 0; i < 3; i++) {
    request(e);
    e.desk.resolve(e.ctx, lastTask(e), answerOf());
    e.desk.resolve(e.ctx, lastTask(e), findingOf(lastTask(e).payload, [300n, 100n]));
  }
  beginBlock(e, e.ctx.block.height + 1n);
  endBlock(e);
  return e;
}

const audit = (e: Economy, n: number) => e.desk.tasks.filter((t) => t.kind === AUDIT_KIND)[n]!;
const failWith = (e: Economy, n: number, attesters: readonly Attester[]): void =>
  e.desk.fail(e.ctx, audit(e, n), attesters.map((a) => ({ ...a, agreed: false })));

describe("taking part in audits", () => {
  it("is owed by whoever would be paid: who sits out what fails for it loses its pay that is not final", () => {
    const e = economy();
    for (let i = 0; i < 2; i++) failWith(e, i, committee([2, SILENT], [3, PROMISED]));
    expect(absences(e), "a promise that is not kept is an absence where others kept theirs").to.deep.equal([0, 0, 4, 4]);
    expect(forfeited(e)).to.deep.equal([false, false, false, false]);
    failWith(e, 2, committee([2, SILENT]));
    expect([absences(e), forfeited(e)]).to.deep.equal([[0, 0, 0, 3], [false, false, true, false]]);
    expect(e.jailed, "nobody is jailed for it").to.deep.equal([]);
    for (let i = 3; i < 12; i++) e.desk.resolve(e.ctx, audit(e, i), foundWork(HASH));
    beginBlock(e, e.ctx.block.height + 40n);
    expect(state(e).accrued.get(operatorOf(VALIDATORS[2]!))).to.equal(undefined);
    expect(state(e).accrued.get(operatorOf(VALIDATORS[1]!))! > 0n).to.equal(true);
    expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);
  });

  it("makes good for half an absence, and never for one to come", () => {
    const e = economy();
    failWith(e, 0, committee([2, SILENT]));
    e.desk.resolve(e.ctx, audit(e, 1), foundWork(HASH));
    expect(absences(e)).to.deep.equal([0, 0, 1, 0]);
    failWith(e, 2, committee());
    expect(absences(e)).to.deep.equal([0, 0, 0, 0]);
    failWith(e, 3, committee());
    expect(absences(e)).to.deep.equal([0, 0, 0, 0]);
  });

  it("may be too late where the others were enough", () => {
    const e = economy();
    for (let i = 0; i < 6; i++) e.desk.resolve(e.ctx, audit(e, i), foundWork(HASH), { attesters: committee([2, SILENT], [3, PROMISED]) });
    expect(absences(e)).to.deep.equal([0, 0, 0, 0]);
    expect(forfeited(e)[2]).to.equal(false);
  });

  it("is no part in it to say anything", () => {
    const e = economy();
    const said = { agreed: false, value: foundWork(OTHER) };
    e.desk.resolve(e.ctx, audit(e, 0), foundWork(HASH), { attesters: committee([1, said]) });
    expect(absences(e)).to.deep.equal([0, 2, 0, 0]);
  });

  it("is measured by promises where nobody could show anything", () => {
    const e = economy();
    failWith(e, 0, [0, 1, 2, 3].map((i) => ({ ...committee()[i]!, ...(i < 2 ? PROMISED : SILENT) })));
    expect(absences(e)).to.deep.equal([0, 0, 2, 2]);
  });

  it("makes no miss forgotten: only to find who shaped an answer does", () => {
    const e = economy();
    const wrong = (n: number): void => {
      request(e);
      e.desk.resolve(e.ctx, lastTask(e), answerOf());
      const task = lastTask(e);
      const value = findingOf(task.payload, [300n, 100n]);
      const attesters = unanimous(value).attesters.map((a, i) => (i === n ? { ...a, agreed: false } : a));
      e.desk.resolve(e.ctx, task, value, { attesters });
    };
    for (let i = 0; i < 5; i++) {
      expect(e.jailed).to.deep.equal([]);
      wrong(2);
      e.desk.resolve(e.ctx, audit(e, i), foundWork(HASH));
    }
    expect(e.jailed).to.have.length(1);
  });
});

describe("taking part in reviews", () => {
  const dispute = (e: Economy): bigint => {
    const message = { challenger: bech(STRANGER), inferenceId: 1n };
    return deliver(e.ctx, e.modules, { codec: MsgDisputeAttribution, message, response: MsgDisputeAttributionResponse }).disputeId;
  };

  it("is owed just so", () => {
    const e = economy();
    dispute(e);
    e.desk.fail(e.ctx, lastTask(e), committee([0, SILENT]));
    expect(absences(e)).to.deep.equal([2, 0, 0, 0]);
    dispute(e);
    e.desk.resolve(e.ctx, lastTask(e), findingOf(lastTask(e).payload, [300n, 100n]));
    expect(absences(e)).to.deep.equal([1, 0, 0, 0]);
  });

  it("can be looked up by the record, the oldest first", () => {
    const e = economy();
    const path = "/openledger.attribution.v1.Query/Disputes";
    const of = (inferenceId: bigint) =>
      ask(e.ctx, e.modules, { path, codec: QueryDisputesRequest, message: { inferenceId }, response: QueryDisputesResponse }).disputes;
    dispute(e);
    e.desk.fail(e.ctx, lastTask(e));
    dispute(e);
    expect(of(1n).map((d) => [d.id, d.status])).to.deep.equal([[1n, 4], [2n, 1]]);
    expect([of(2n), of(99n)]).to.deep.equal([[], []]);
  });
});
