import { expect } from "chai";
import { ask, brokenInvariant } from "../../chain/testkit/deliver.js";
import { answerOf, bech, createEconomy, findingOf, lastTask, operatorOf, passWindow, request, withAdapter } from "../../chain/testkit/economy.js";
import type { Economy } from "../../chain/testkit/economy.js";
import { VALIDATORS, unanimous } from "../../chain/testkit/ledger.js";
import { equalBytes } from "../../chain/primitives/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { PayoutRole, QueryRecordRequest, QueryRecordResponse } from "../../proto/gen/openledger/attribution/v1.js";
import type { AttributionPorts } from "./ports.js";
import { ATTRIBUTION_STORE, attributionState } from "./state.js";

/** Distribution as attribution sees it: it takes coins for all validators but one that it has forgotten. */
function createDesk(forgotten: Address) {
  const given: { readonly operator: string; readonly amount: bigint }[] = [];
  const desk = (ledger: () => Economy["ledger"]): AttributionPorts["rewards"] => ({
    rewardValidator(ctx, { operator, fromModule, amount }) {
      if (equalBytes(operator, forgotten)) return false;
      ledger().moduleToModule(ctx, fromModule, "distribution", amount);
      given.push({ operator: bech(operator), amount });
      return true;
    },
  });
  return { given, desk };
}

function final(over: Parameters<Economy["desk"]["resolve"]>[3] = {}) {
  const { given, desk } = createDesk(operatorOf(VALIDATORS[3]!));
  const e: Economy = withAdapter(createEconomy(desk(() => e.ledger)));
  request(e);
  e.desk.resolve(e.ctx, lastTask(e), answerOf());
  const task = lastTask(e);
  e.desk.resolve(e.ctx, task, findingOf(task.payload, [300n, 100n]), over);
  expect(given, "nothing leaves before the record is final").to.deep.equal([]);
  passWindow(e);
  const path = "/openledger.attribution.v1.Query/Record";
  const found = ask(e.ctx, e.modules, { path, codec: QueryRecordRequest, message: { inferenceId: 1n }, response: QueryRecordResponse }).record;
  const attesters = found.payouts.filter((p) => p.role === PayoutRole.PAYOUT_ROLE_ATTESTER);
  return { e, given, attesters };
}

describe("attribution: what attesters earn is their validator's", () => {
  it("leaves for distribution once the record is final, and accrues to nobody", () => {
    const { e, given, attesters } = final();
    const known = attesters.filter((p) => p.account !== bech(operatorOf(VALIDATORS[3]!)));
    expect(known).to.have.length(3);
    expect(given).to.deep.equal(known.map(({ account, amount }) => ({ operator: account, amount: BigInt(amount) })));
    const { accrued } = attributionState.read(e.ctx.store(ATTRIBUTION_STORE));
    for (const validator of VALIDATORS.slice(0, 3)) expect(accrued.get(operatorOf(validator))).to.equal(undefined);
    expect(e.ledger.moduleBalance(e.ctx, "distribution")).to.equal(given.reduce((sum, g) => sum + g.amount, 0n));
    expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);
  });

  it("accrues to the account of a validator that is forgotten", () => {
    const { e, attesters } = final();
    const forgotten = operatorOf(VALIDATORS[3]!);
    const own = attesters.find((p) => p.account === bech(forgotten))!;
    expect(attributionState.read(e.ctx.store(ATTRIBUTION_STORE)).accrued.get(forgotten)).to.equal(BigInt(own.amount));
  });

  it("is less for who agreed on the answer and not on its attribution", () => {
    const attesters = unanimous(new Uint8Array(1)).attesters.map((a, i) => (i === 0 ? { ...a, agreed: false } : a));
    const { e, given } = final({ attesters });
    const earned = (i: number) => given.filter((g) => g.operator === bech(operatorOf(VALIDATORS[i]!))).reduce((sum, g) => sum + g.amount, 0n);
    expect(earned(0) < earned(1) && earned(1) > 0n).to.equal(true);
    expect(brokenInvariant(e.ctx, e.modules)).to.equal(undefined);
  });
});
