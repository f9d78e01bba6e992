import { expect } from "chai";
import { deliver } from "../../chain/testkit/deliver.js";
import { STRANGER, answerOf, bech, endBlock, findingOf, lastTask, passWindow, request, toHeight, withAdapter } from "../../chain/testkit/economy.js";
import type { Economy } from "../../chain/testkit/economy.js";
import { rejection } from "../../chain/testkit/rejects.js";
import { createScratchContext } from "../../chain/testkit/scratch-context.js";
import { MsgDisputeAttribution, MsgDisputeAttributionResponse } from "../../proto/gen/openledger/attribution/v1.js";
import { defaultParams } from "./params.js";
import { attributionState } from "./state.js";

/** One record final, one under dispute, one audited, one answer pending: everything that a genesis may have to hold. */

type Entry = Readonly<Record<string, unknown>>;
interface Exported {
  readonly records: readonly Entry[];
  readonly accrued: readonly Entry[];
  readonly harm: readonly Entry[];
  readonly pending: readonly Entry[];
  readonly disputes: readonly Entry[];
  readonly attesters: readonly Entry[];
  readonly audits: readonly Entry[];
  readonly works: readonly Entry[];
}

function answer(e: Economy): void {
  request(e);
  e.desk.resolve(e.ctx, lastTask(e), answerOf());
  e.desk.resolve(e.ctx, lastTask(e), findingOf(lastTask(e).payload, [300n, -100n]));
}

function economy(): Economy {
  const e = withAdapter();
  const { params } = attributionState.open(e.ctx.store("attribution"));
  params.set({ ...defaultParams, auditPpm: 0 });
  answer(e);
  passWindow(e);
  answer(e);
  const message = { challenger: bech(STRANGER), inferenceId: 2n };
  deliver(e.ctx, e.modules, { codec: MsgDisputeAttribution, message, response: MsgDisputeAttributionResponse });
  params.set({ ...defaultParams, auditPpm: 1_000_000 });
  answer(e);
  toHeight(e, e.ctx.block.height + 1n);
  endBlock(e);
  request(e);
  e.desk.resolve(e.ctx, lastTask(e), answerOf());
  return e;
}

describe("a genesis of attribution", () => {
  const e = economy();
  const module = e.modules.find((m) => m.name === "attribution")!;
  const exported = module.genesis.export(e.ctx) as Exported;
  const init = (change: Partial<Record<keyof Exported | "next_dispute_id" | "next_audit_id", unknown>>) => {
    const fresh = createScratchContext();
    module.genesis.init(fresh, { ...exported, ...change });
    return fresh;
  };

  it("is what was exported, and every invariant that it can tell holds of it", () => {
    const lists = [exported.records, exported.accrued, exported.harm, exported.pending, exported.disputes, exported.attesters, exported.works];
    expect(lists.map((l) => l.length > 0)).to.deep.equal(lists.map(() => true));
    expect([exported.records.length, exported.audits.length > 1]).to.deep.equal([3, true]);
    const fresh = init({});
    expect(module.genesis.export(fresh)).to.deep.equal(exported);
    for (const { name, holds } of module.invariants.slice(1)) expect(holds(fresh), name).to.equal(true);
  });

  const twice = <T>(list: readonly T[]): readonly T[] => [...list, list[0]!];
  const [first] = exported.records;
  const cases: readonly (readonly [string, Parameters<typeof init>[0]])[] = [
    ["a record twice", { records: twice(exported.records) }],
    ["a record that is pending as well", { pending: [{ ...exported.pending[0], draft: first }] }],
    ["an account twice", { accrued: twice(exported.accrued) }],
    ["an account with nothing", { accrued: [{ ...exported.accrued[0], amount: "0" }] }],
    ["harm twice", { harm: twice(exported.harm) }],
    ["a dispute twice", { disputes: twice(exported.disputes) }],
    ["a second open dispute of one record", { disputes: [...exported.disputes, { ...exported.disputes[0], id: "9" }], next_dispute_id: "10" }],
    ["an open dispute of a final record", { disputes: [...exported.disputes, { ...exported.disputes[0], id: "9", inference_id: "1" }], next_dispute_id: "10" }],
    ["a number of a dispute that is taken", { next_dispute_id: "1" }],
    ["a number of an audit that is taken", { next_audit_id: "1" }],
    ["an audit twice", { audits: twice(exported.audits) }],
    ["findings twice", { works: twice(exported.works) }],
    ["a record that is not final without findings", { works: exported.works.slice(1) }],
    ["findings of a final record", { works: [...exported.works, { ...exported.works[0], inference_id: "1" }] }],
    ["an audit of a final record", { audits: [{ ...exported.audits[0], inference_id: "1" }] }],
    ["a fee that is not paid out", { records: [{ ...first, fee: "1" }, ...exported.records.slice(1)] }],
    ["an attester without address", { attesters: [{ ...exported.attesters[0], validator: "" }] }],
  ];
  for (const [what, change] of cases) {
    it(`is refused with ${what}`, () => {
      expect(rejection(() => init(change))).to.equal("attribution/6");
    });
  }
});
