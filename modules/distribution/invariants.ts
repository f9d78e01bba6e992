import type { Invariant, ReadContext } from "../../chain/kernel/index.js";
import { addDec, decFromInt, formatDec, subDec, toDec } from "../../chain/primitives/index.js";
import { formatAddress, formatOperatorAddress } from "../../chain/codec/index.js";
import { parseDecCoins } from "./dec-coins.js";
import { owedTo } from "./delegations.js";
import { owedByAccount } from "./genesis.js";
import { nextRatio } from "./periods.js";
import type { DistributionPorts, StakedValidator } from "./ports.js";
import { roundedStakeOf } from "./rules/rewards.js";
import { DISTRIBUTION_STORE, distributionState } from "./state.js";

type Facts = ReturnType<Invariant["holds"]>;

function state(ctx: ReadContext): ReturnType<typeof distributionState.read> {
  return distributionState.read(ctx.store(DISTRIBUTION_STORE));
}

/** A slash leaves a stake at most this much above what staking computes; the SDK allows three last places and halts. */
function stakeMargin(slashes: number): bigint {
  return BigInt(3 + slashes);
}

function checkValidator(ctx: ReadContext, { staking }: DistributionPorts, validator: StakedValidator): Facts {
  const { operator } = validator;
  const { commissions, outstanding, slashes } = state(ctx);
  const margin = stakeMargin([...slashes.keys({ prefix: [operator] })].length);
  const ratio = nextRatio(ctx, validator);
  let owed = parseDecCoins(commissions.getOrFail(operator).commission);
  let rounding = 0n;
  for (const { delegator, shares } of staking.validatorDelegations(ctx, operator)) {
    const { rewards, stake } = owedTo(ctx, { validator, delegator, shares }, ratio);
    const current = roundedStakeOf(validator, shares);
    if (stake > current + margin)
      return { delegator: formatAddress(delegator), stake: formatDec(stake), current: formatDec(current) };
    owed = addDec(owed, rewards);
    rounding += margin;
  }
  const left = parseDecCoins(outstanding.getOrFail(operator).rewards);
  // A last place of a stake earns the whole history's ratio, which stays far below a thousand uopen a token.
  const slack = toDec(1_000n * rounding);
  return subDec(owed, slack) <= left || { operator: formatOperatorAddress(operator), owed: formatDec(owed), left: formatDec(left) };
}

export const invariants = (ports: DistributionPorts): readonly Invariant[] => [
  {
    name: "the distribution account holds exactly what is outstanding, and the dust",
    holds(ctx) {
      const [owed, held] = [owedByAccount(ctx), ports.token.moduleBalance(ctx, DISTRIBUTION_STORE)];
      return owed === decFromInt(held) || { owed: formatDec(owed), held };
    },
  },
  {
    name: "what is outstanding of a validator covers its commission and all its delegators",
    holds(ctx) {
      for (const validator of ports.staking.validators(ctx)) {
        const found = checkValidator(ctx, ports, validator);
        if (found !== true) return found;
      }
      return true;
    },
  },
  {
    name: "history is kept for every validator, delegation and slash, and for nothing else",
    holds(ctx) {
      const { historical, slashes, startingInfos } = state(ctx);
      const validators = ports.staking.validators(ctx);
      const stakes = validators.flatMap(({ operator }) => [...ports.staking.validatorDelegations(ctx, operator)]);
      const wanted = validators.length + stakes.length + [...slashes.keys()].length;
      const kept = [...historical.values()].reduce((sum, { referenceCount }) => sum + referenceCount, 0);
      const infos = [...startingInfos.keys()].length;
      return (kept === wanted && infos === stakes.length) || { wanted, kept, delegations: stakes.length, infos };
    },
  },
];
