import { readFileSync } from "node:fs";
import { expect } from "chai";
import * as wire from "../../proto/gen/cosmos/distribution/v1beta1.js";
import { formatAddress, formatOperatorAddress } from "../../chain/codec/index.js";
import { moduleAddress } from "../../chain/crypto/index.js";
import { addDec, decFromInt, formatDec, parseDec } from "../../chain/primitives/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { brokenInvariant, deliver } from "../../chain/testkit/deliver.js";
import {
  FEES,
  beginNext,
  booksOf,
  communityOf,
  createDistributionLab,
  labAccount,
  referenceCount,
} from "../../chain/testkit/distribution-lab.js";
import type { DistributionLab } from "../../chain/testkit/distribution-lab.js";
import { findStake, rewardsNow } from "./delegations.js";
import { distributionState } from "./state.js";

/** Steps that the SDK's own keeper took, and what stood in its books after each (scripts/vectors/distribution). */

interface Validator {
  readonly tokens: string;
  readonly shares: string;
  readonly outstanding: string;
  readonly current: string;
  readonly commission: string;
  readonly period: number;
  readonly owed: readonly string[] | null;
}

interface Step {
  readonly do: "create" | "delegate" | "undelegate" | "withdraw" | "commission" | "slash" | "block";
  readonly validator?: number;
  readonly delegator?: number;
  readonly amount?: string;
  readonly powers?: readonly string[];
  readonly after: {
    readonly pool: string;
    readonly references: number;
    readonly balances: readonly string[];
    readonly validators: readonly Validator[];
  };
}

const { scripts } = JSON.parse(readFileSync(new URL("./vectors/f1.json", import.meta.url), "utf8")) as {
  readonly scripts: readonly (readonly Step[])[];
};

function take(lab: DistributionLab, { do: kind, validator = 0, delegator = 0, amount = "", powers = [] }: Step): void {
  const { ctx, stake, ledger, module } = lab;
  const [operator, who] = [labAccount(validator), labAccount(delegator)];
  const validatorAddress = formatOperatorAddress(operator);
  switch (kind) {
    case "create": {
      const [tokens = "", commission = ""] = amount.split("/");
      return stake.create(ctx, operator, { tokens: BigInt(tokens), commission: parseDec(commission) });
    }
    case "delegate":
      return stake.delegate(ctx, who, operator, BigInt(amount));
    case "undelegate":
      return void stake.undelegate(ctx, who, operator, parseDec(amount));
    case "slash":
      return void stake.slash(ctx, operator, parseDec(amount));
    case "withdraw": {
      const message = { delegatorAddress: formatAddress(who), validatorAddress };
      return void deliver(ctx, [module], { codec: wire.MsgWithdrawDelegatorReward, message, response: wire.MsgWithdrawDelegatorRewardResponse });
    }
    case "commission":
      return void deliver(ctx, [module], { codec: wire.MsgWithdrawValidatorCommission, message: { validatorAddress }, response: wire.MsgWithdrawValidatorCommissionResponse });
    case "block": {
      ledger.mint(ctx, moduleAddress(FEES), BigInt(amount));
      const votes = powers.map((power, i) => [labAccount(i + 1), BigInt(power)] as const);
      return beginNext(lab, votes.filter(([of, power]) => power > 0n && stake.byOperator(ctx, of) !== undefined));
    }
    default:
      return kind satisfies never;
  }
}

function owedTo(lab: DistributionLab, operator: Address): string[] {
  return Array.from({ length: 6 }, (_, i) => {
    const delegator = labAccount(i + 1);
    if (lab.stake.delegation(lab.ctx, delegator, operator) === undefined) return "";
    return formatDec(rewardsNow(lab.ctx, findStake({ staking: lab.stake }, lab.ctx, { delegator, operator })));
  });
}

function booked(lab: DistributionLab, n: number): Validator {
  const operator = labAccount(n);
  const found = lab.stake.byOperator(lab.ctx, operator);
  if (found === undefined) return { tokens: "0", shares: "", outstanding: "", current: "", commission: "", period: 0, owed: null };
  const { outstanding, current, commission } = booksOf(lab, operator);
  const { period } = distributionState.read(lab.ctx.store("distribution")).current.getOrFail(operator);
  return {
    tokens: found.tokens.toString(),
    shares: formatDec(found.delegatorShares),
    outstanding: formatDec(outstanding),
    current: formatDec(current),
    commission: formatDec(commission),
    period: Number(period),
    owed: owedTo(lab, operator),
  };
}

describe("distribution: the books of the SDK's keeper", () => {
  scripts.forEach((script, i) => {
    it(`are ours to the last place after each of ${script.length} steps (script ${i + 1})`, () => {
      const lab = createDistributionLab();
      script.forEach((step, at) => {
        take(lab, step);
        const { account, dust } = communityOf(lab);
        const balances = step.after.balances.map((_, n) => lab.ledger.balance(lab.ctx, labAccount(n + 1)).toString());
        const validators = step.after.validators.map((_, n) => booked(lab, n + 1));
        const pool = formatDec(addDec(decFromInt(account), dust));
        expect({ pool, references: referenceCount(lab), balances, validators }, `step ${at}: ${step.do}`).to.deep.equal(step.after);
        expect(brokenInvariant(lab.ctx, [lab.module])).to.equal(undefined);
      });
    });
  });
});
