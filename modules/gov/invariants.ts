import type { Invariant, ReadContext } from "../../chain/kernel/index.js";
import { ProposalStatus } from "../../proto/gen/cosmos/gov/v1.js";
import { parseDec, sumUopen, toUopen } from "../../chain/primitives/index.js";
import type { Staking, Token } from "./ports.js";
import { ballotOf } from "./rules/ballot.js";
import { GOV_STORE, readGov } from "./state.js";

/** (ballot/operator/option) -> sum, from the votes and today's delegations alone. */
function countedAnew(ctx: ReadContext, staking: Staking): Map<string, bigint> {
  const state = readGov(ctx);
  const sums = new Map<string, bigint>();
  for (const [[ballot, voter], vote] of state.votes.entries()) {
    if (!state.open.has(ballot)) continue;
    for (const { operator, shares } of staking.delegationsOf(ctx, voter)) {
      for (const { option, weight } of vote.options) {
        const key = `${ballot}/${operator.join(".")}/${option}`;
        sums.set(key, (sums.get(key) ?? 0n) + shares * parseDec(weight));
      }
    }
  }
  return sums;
}

function countsMatch(ctx: ReadContext, staking: Staking): true | Readonly<Record<string, string | bigint>> {
  const state = readGov(ctx);
  if (state.uncounted.has()) return true;
  const anew = countedAnew(ctx, staking);
  for (const [[ballot, operator, option], sum] of state.counted.entries()) {
    if (!state.open.has(ballot)) continue;
    const key = `${ballot}/${operator.join(".")}/${option}`;
    const want = anew.get(key) ?? 0n;
    if (want !== sum) return { key, want, sum };
    anew.delete(key);
  }
  const [missed] = [...anew].filter(([, sum]) => sum !== 0n);
  return missed === undefined || { key: missed[0], want: missed[1], sum: 0n };
}

function ballotsMatch(ctx: ReadContext): true | Readonly<Record<string, bigint>> {
  const { proposals, open, active, inactive } = readGov(ctx);
  const all = [...proposals.values()];
  const voting = all.filter((p) => p.status === ProposalStatus.PROPOSAL_STATUS_VOTING_PERIOD);
  const waiting = all.filter((p) => p.status === ProposalStatus.PROPOSAL_STATUS_DEPOSIT_PERIOD);
  const shut = voting.find((p) => !open.has(ballotOf(p)));
  if (shut !== undefined) return { proposal: shut.id };
  const found = { open: [...open.keys()].length, active: [...active.keys()].length, inactive: [...inactive.keys()].length };
  const isEven = found.open === voting.length && found.active === voting.length && found.inactive === waiting.length;
  return isEven || { voting: BigInt(voting.length), open: BigInt(found.open), active: BigInt(found.active) };
}

export function govInvariants(token: Token, staking: Staking): readonly Invariant[] {
  return [
    {
      name: "the module account holds the deposits, and the book of them is even",
      holds(ctx) {
        const { deposits, held } = readGov(ctx);
        const owed = sumUopen(deposits.values());
        const noted = held.get() ?? toUopen(0n);
        const balance = token.moduleBalance(ctx, GOV_STORE);
        return (owed <= balance && owed === noted) || { owed, noted, balance };
      },
    },
    { name: "every voting proposal has one open ballot, and every open one its place in a queue", holds: ballotsMatch },
    { name: "the counted votes are those of the votes and delegations there are", holds: (ctx) => countsMatch(ctx, staking) },
  ];
}
