import { expect } from "chai";
import { deliver } from "../../chain/testkit/deliver.js";
import { ALICE, STRANGER, answerOf, bech, endBlock, findingOf, lastTask, passWindow, request, toHeight, withAdapter } from "../../chain/testkit/economy.js";
import type { Economy } from "../../chain/testkit/economy.js";
import { toUopen } from "../../chain/primitives/index.js";
import { moduleAddress } from "../../chain/crypto/index.js";
import { MsgDisputeAttribution, MsgDisputeAttributionResponse, RecordStatus } from "../../proto/gen/openledger/attribution/v1.js";
import { defaultParams } from "./params.js";
import { attributionState } from "./state.js";

/** Each invariant breaks, by name, when just its books are wrong: otherwise it would watch over nothing. */

const state = (e: Economy) => attributionState.open(e.ctx.store("attribution"));

function settled(auditPpm = 0): Economy {
  const e = withAdapter();
  state(e).params.set({ ...defaultParams, auditPpm });
  request(e);
  e.desk.resolve(e.ctx, lastTask(e), answerOf());
  e.desk.resolve(e.ctx, lastTask(e), findingOf(lastTask(e).payload, [300n, 100n]));
  return e;
}

function disputed(): Economy {
  const e = settled();
  const message = { challenger: bech(STRANGER), inferenceId: 1n };
  deliver(e.ctx, e.modules, { codec: MsgDisputeAttribution, message, response: MsgDisputeAttributionResponse });
  return e;
}

function final(): Economy {
  const e = settled();
  passWindow(e);
  return e;
}

function audited(): Economy {
  const e = settled(1_000_000);
  toHeight(e, e.ctx.block.height + 1n);
  endBlock(e);
  return e;
}

/** Names of what is broken, shortened to their first words. */
function broken(e: Economy): string[] {
  const module = e.modules.find((m) => m.name === "attribution")!;
  return module.invariants.filter((i) => i.holds(e.ctx) !== true).map((i) => i.name.split(" ").slice(0, 4).join(" "));
}

const MONEY = "the attribution account holds";
const HELD = "what is held for";
const SUM = "the payouts of every";
const ONCE = "an inference is attributed";
const DUE = "each open record is";
const DISPUTE = "a disputed record has";
const WAIT = "a record waits for";
const KEPT = "findings are kept for";

describe("the invariants of attribution", () => {
  it("hold while a record is open, disputed, audited and final", () => {
    for (const e of [settled(), disputed(), audited(), final()]) expect(broken(e)).to.deep.equal([]);
  });

  const record = (e: Economy) => state(e).records.getOrFail(1n);
  const cases: readonly (readonly [what: string, make: () => Economy, tamper: (e: Economy) => void, names: readonly string[]])[] = [
    ["a uopen too much in the account", settled, (e) => e.ledger.mint(e.ctx, moduleAddress("attribution"), 1n), [MONEY]],
    ["a claim that left no trace", final, (e) => state(e).accrued.delete(ALICE), [MONEY]],
    ["a bond that is smaller than was paid", disputed, (e) => {
      const dispute = state(e).disputes.getOrFail(1n);
      state(e).disputes.set(1n, { ...dispute, bond: "1" });
    }, [MONEY]],
    ["an account with more to come than records say", settled, (e) => state(e).held.set(STRANGER, toUopen(1n)), [HELD]],
    ["an account with less to come", settled, (e) => state(e).held.delete(ALICE), [HELD]],
    ["a payout lost", final, (e) => state(e).records.set(1n, { ...record(e), payouts: record(e).payouts.slice(1) }), [SUM]],
    ["a record whose inference still waits for one", settled, (e) => state(e).pending.set(1n, { draft: record(e), contributors: [] }), [ONCE]],
    ["an open record that nobody will end", settled, (e) => state(e).due.delete([record(e).finalHeight, 1n]), [DUE]],
    ["a record that ends twice", settled, (e) => state(e).due.add([record(e).finalHeight + 1n, 1n]), [DUE]],
    ["a final record that ends again", final, (e) => state(e).due.add([9_999n, 1n]), [DUE]],
    ["a disputed record without a dispute", settled, (e) => {
      state(e).due.delete([record(e).finalHeight, 1n]);
      state(e).records.set(1n, { ...record(e), status: RecordStatus.RECORD_STATUS_DISPUTED, finalHeight: 0n });
    }, [DISPUTE]],
    ["a second open dispute of one record", disputed, (e) => state(e).disputes.set(2n, { ...state(e).disputes.getOrFail(1n), id: 2n, bond: "0" }), [DISPUTE]],
    ["a record that waits for an audit nobody does", settled, (e) => state(e).waiting.set(1n, 2), [WAIT]],
    ["an audit that its record does not wait for", audited, (e) => state(e).waiting.delete(1n), [WAIT]],
    ["a draw that was forgotten", settled, (e) => {
      for (const key of [...state(e).draws.keys()]) state(e).draws.delete(key);
    }, [WAIT]],
    ["findings thrown away too early", settled, (e) => {
      for (const key of [...state(e).works.keys()]) state(e).works.delete(key);
    }, [KEPT]],
    ["findings of a final record", final, (e) => {
      const work = { inferenceId: 1n, taskId: 9n, attempt: 1, beacon: new Uint8Array(32), exposed: false, settledHeight: 1n, drawn: true, revealed: [] };
      state(e).works.set([1n, 9n], work);
    }, [KEPT]],
  ];
  for (const [what, make, tamper, names] of cases) {
    it(`notice ${what}`, () => {
      const e = make();
      tamper(e);
      expect(broken(e)).to.deep.equal(names);
    });
  }
});
