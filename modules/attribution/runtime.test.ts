import { expect } from "chai";
import { brokenInvariant, deliver } from "../../chain/testkit/deliver.js";
import { HASH, STRANGER, answerOf, bech, beginBlock, endBlock, findingOf, foundWork, lastTask, request, withAdapter } from "../../chain/testkit/economy.js";
import type { Economy } from "../../chain/testkit/economy.js";
import { unanimous } from "../../chain/testkit/ledger.js";
import { rejection } from "../../chain/testkit/rejects.js";
import { tally } from "../../chain/attest/tally.js";
import { createScratchContext } from "../../chain/testkit/scratch-context.js";
import {
  AttributionDisputeStatus,
  AttributionTask,
  MsgDisputeAttribution,
  MsgDisputeAttributionResponse,
  WorkAudit,
} from "../../proto/gen/openledger/attribution/v1.js";
import type { Params } from "../../proto/gen/openledger/attribution/v1.js";
import { AUDIT_KIND } from "./kinds.js";
import { checkParams, defaultParams } from "./params.js";
import { attributionState } from "./state.js";

/** Which program found what: what counts, what is comparable, and who cannot hide behind the name of another. */

const NEW = new Uint8Array(32).fill(8);
const FALSE_NAME = new Uint8Array(32).fill(99);
const OTHER = new Uint8Array(32).fill(1);
const { ATTRIBUTION_DISPUTE_STATUS_UPHELD: UPHELD, ATTRIBUTION_DISPUTE_STATUS_UNRESOLVED: UNRESOLVED } = AttributionDisputeStatus;

const state = (e: Economy) => attributionState.open(e.ctx.store("attribution"));
const audits = (e: Economy) => e.desk.tasks.filter((t) => t.kind === AUDIT_KIND);

function asked(params: Partial<Params> = {}): Economy {
  const e = withAdapter();
  state(e).params.set({ ...defaultParams, auditPpm: 0, ...params });
  request(e);
  e.desk.resolve(e.ctx, lastTask(e), answerOf());
  return e;
}

function answered(params: Partial<Params>, runtimeId: Uint8Array): Economy {
  const e = asked(params);
  e.desk.resolve(e.ctx, lastTask(e), findingOf(lastTask(e).payload, [300n, 100n], { runtimeId }));
  return e;
}

function dispute(e: Economy): void {
  const message = { challenger: bech(STRANGER), inferenceId: 1n };
  deliver(e.ctx, e.modules, { codec: MsgDisputeAttribution, message, response: MsgDisputeAttributionResponse });
}

function review(e: Economy, scores: readonly bigint[], runtimeId: Uint8Array): number {
  e.desk.resolve(e.ctx, lastTask(e), findingOf(lastTask(e).payload, scores, { runtimeId }));
  expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);
  return state(e).disputes.getOrFail(1n).status;
}

/** The audit of the first attester, after the draw. */
function audited(params: Partial<Params>, runtimeId: Uint8Array): Economy {
  const e = answered({ auditPpm: 1_000_000, ...params }, runtimeId);
  beginBlock(e, e.ctx.block.height + 1n);
  endBlock(e);
  return e;
}

describe("the program that found an attribution", () => {
  it("is part of what a majority agrees on: the same scores by two programs are no exact result", () => {
    const e = asked();
    const task = lastTask(e);
    const kind = e.desk.kindOf(task);
    const found = (programs: readonly Uint8Array[]) => {
      const values = unanimous(HASH).attesters.map(({ validator, power }, i) => {
        return { validator, power, value: findingOf(task.payload, [300n, 100n], { runtimeId: programs[i]! }) };
      });
      return tally(task, kind, { committee: values, values, committed: [] });
    };
    expect(found([HASH, HASH, HASH, NEW])).to.deep.include({ median: false, agreeingPower: 30n });
    expect(found([HASH, HASH, NEW, NEW])?.median, "two of four are no two thirds").to.equal(true);
  });

  it("counts only if it is among those that params name, where they name any", () => {
    const e = asked({ runtimes: [HASH, NEW] });
    const task = lastTask(e);
    const isValid = (runtimeId: Uint8Array): boolean =>
      e.desk.kindOf(task).isValid(findingOf(task.payload, [300n, 100n], { runtimeId }), task);
    expect([HASH, NEW, FALSE_NAME].map(isValid)).to.deep.equal([true, true, false]);
    const open = asked();
    const any = lastTask(open);
    expect(open.desk.kindOf(any).isValid(findingOf(any.payload, [300n, 100n], { runtimeId: FALSE_NAME }), any)).to.equal(true);
  });

  it("is no excuse where there is one program: a record under a false name is corrected, and its attesters are punished", () => {
    const e = answered({}, FALSE_NAME);
    dispute(e);
    expect(review(e, [100n, 300n], HASH)).to.equal(UPHELD);
    expect(e.jailed).to.have.length(4);
  });

  it("is one where there are several: what the old one found does not prove who ran the new one wrong", () => {
    const e = answered({ runtimes: [HASH, NEW] }, HASH);
    dispute(e);
    expect(review(e, [100n, 300n], NEW)).to.equal(UNRESOLVED);
    expect(e.jailed).to.deep.equal([]);
  });

  it("may be replaced while records are open: a review is asked under the params of its own time", () => {
    const e = answered({}, HASH);
    state(e).params.set({ ...defaultParams, auditPpm: 0, runtimes: [HASH, NEW] });
    dispute(e);
    expect(AttributionTask.decode(lastTask(e).payload).runtimes).to.deep.equal([HASH, NEW]);
    expect(review(e, [100n, 300n], NEW)).to.equal(UNRESOLVED);
  });
});

describe("the program that did an audit", () => {
  const first = (e: Economy) => audits(e)[0]!;
  const status = (e: Economy): string | undefined =>
    e.ctx.events.findLast((v) => v.type === "close_work_audit")?.attributes.find((a) => a.key === "result")?.value;

  it("is compared with the one that the audited validator said it ran", () => {
    const e = audited({ runtimes: [HASH, NEW] }, HASH);
    expect(WorkAudit.decode(first(e).payload).runtimeId).to.deep.equal(HASH);
    e.desk.resolve(e.ctx, first(e), foundWork(OTHER, NEW));
    expect([status(e), e.jailed]).to.deep.equal(["undecided", []]);
    e.desk.resolve(e.ctx, audits(e)[1]!, foundWork(HASH, NEW));
    expect(status(e), "the same digest by another program is the same work").to.equal("passed");
    e.desk.resolve(e.ctx, audits(e)[2]!, foundWork(OTHER, HASH));
    expect([status(e), e.jailed.length]).to.deep.equal(["failed", 1]);
    expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);
  });

  it("does not matter where there is one program: a false name saves nobody", () => {
    const e = audited({}, FALSE_NAME);
    e.desk.resolve(e.ctx, first(e), foundWork(OTHER, HASH));
    expect([status(e), e.jailed.length]).to.deep.equal(["failed", 1]);
  });

  it("survives export and import in the middle of an audit", () => {
    const e = audited({ runtimes: [HASH, NEW] }, HASH);
    const module = e.modules.find((m) => m.name === "attribution")!;
    const fresh = createScratchContext();
    module.genesis.init(fresh, module.genesis.export(e.ctx));
    expect(module.genesis.export(fresh)).to.deep.equal(module.genesis.export(e.ctx));
  });
});

describe("params of programs", () => {
  const cases: readonly (readonly [string, readonly Uint8Array[], string | undefined])[] = [
    ["none", [], undefined],
    ["eight", Array.from({ length: 8 }, (_, i) => new Uint8Array(32).fill(i)), undefined],
    ["nine", Array.from({ length: 9 }, (_, i) => new Uint8Array(32).fill(i)), "attribution/5"],
    ["one twice", [HASH, HASH], "attribution/5"],
    ["one of 31 bytes", [new Uint8Array(31)], "attribution/5"],
  ];
  for (const [what, runtimes, code] of cases) {
    it(`${code === undefined ? "take" : "refuse"} ${what}`, () => {
      const check = (): void => checkParams({ ...defaultParams, runtimes });
      if (code === undefined) expect(check).not.to.throw();
      else expect(rejection(check)).to.equal(code);
    });
  }
});
