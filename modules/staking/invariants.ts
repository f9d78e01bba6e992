import { ed25519Address } from "../../chain/crypto/index.js";
import { parseAddress, parseOperatorAddress, parseUopen } from "../../chain/codec/index.js";
import type { Invariant, ReadContext } from "../../chain/kernel/index.js";
import {
  DEC_ZERO,
  addDec,
  equalBytes,
  parseScaledDec,
  sumUopen,
  toHex,
} from "../../chain/primitives/index.js";
import type { Address, Dec, Uopen } from "../../chain/primitives/index.js";
import type { Validator } from "../../proto/gen/cosmos/staking/v1beta1.js";
import type { StakingPorts } from "./ports.js";
import { BONDED_POOL, NOT_BONDED_POOL } from "./state.js";
import { consensusKeyOf, powerOf } from "./validator.js";
import { isBonded, rankOf, reading } from "./validators.js";

function tokensOf(ctx: ReadContext, keep: (validator: Validator) => boolean): Uopen {
  return sumUopen([...reading(ctx).validators.values()].filter(keep).map((v) => parseUopen(v.tokens)));
}

function leaving(ctx: ReadContext): Uopen {
  const entries = [...reading(ctx).unbondings.values()].flatMap((u) => u.entries);
  return sumUopen(entries.map((e) => parseUopen(e.balance)));
}

function poolInvariants({ token }: StakingPorts): readonly Invariant[] {
  return [
    {
      name: "the bonded pool holds exactly what bonded validators have at stake",
      holds(ctx) {
        const [staked, held] = [tokensOf(ctx, isBonded), token.moduleBalance(ctx, BONDED_POOL)];
        return staked === held || { staked, held };
      },
    },
    {
      name: "the other pool holds exactly what the others have at stake and what is leaving",
      holds(ctx) {
        const staked = tokensOf(ctx, (v) => !isBonded(v)) + leaving(ctx);
        const held = token.moduleBalance(ctx, NOT_BONDED_POOL);
        return staked === held || { staked, held };
      },
    },
  ];
}

const foundByConsensus: Invariant = {
  name: "every validator is found by its consensus address, and by no other",
  holds(ctx) {
    const { validators, byConsensus } = reading(ctx);
    const entries = [...validators.entries()];
    for (const [operator, wire] of entries) {
      const found = byConsensus.get(ed25519Address(consensusKeyOf(wire)));
      if (found === undefined || !equalBytes(found, operator)) return { operator: wire.operatorAddress };
    }
    const indexed = [...byConsensus.keys()].length;
    return indexed === entries.length || { indexed, count: entries.length };
  },
};

const rankedByPower: Invariant = {
  name: "the order by power has every validator out of jail, with its power, and nobody else",
  holds(ctx) {
    const { validators, byPower } = reading(ctx);
    const free = [...validators.entries()].filter(([, v]) => !v.jailed);
    for (const [operator, wire] of free)
      if (!byPower.has(rankOf(operator, wire))) return { operator: wire.operatorAddress };
    const ranked = [...byPower.keys()].length;
    return ranked === free.length || { ranked, free: free.length };
  },
};

const engineKnows: Invariant = {
  name: "the engine knows the bonded validators and their power, unless the set is to be worked out again",
  holds(ctx) {
    const { validators, told, stale, totalPower } = reading(ctx);
    if (stale.has()) return true;
    let sum = 0n;
    for (const [operator, wire] of validators.entries()) {
      const power = isBonded(wire) ? powerOf(parseUopen(wire.tokens)) : 0n;
      if ((told.get(operator) ?? 0n) !== power) return { operator: wire.operatorAddress, power };
      sum += power;
    }
    return sum === (totalPower.get() ?? 0n) || { sum };
  },
};

const sharesAddUp: Invariant = {
  name: "delegations have positive shares and add up to those of their validator, and the index knows each",
  holds(ctx) {
    const { validators, delegations, delegators } = reading(ctx);
    const sums = new Map<string, Dec>();
    let count = 0;
    for (const [[delegator, operator], wire] of delegations.entries()) {
      const shares = parseScaledDec(wire.shares);
      if (shares <= 0n || !delegators.has([operator, delegator]))
        return { delegator: wire.delegatorAddress, shares };
      sums.set(toHex(operator), addDec(sums.get(toHex(operator)) ?? DEC_ZERO, shares));
      count++;
    }
    for (const [operator, wire] of validators.entries()) {
      const sum = sums.get(toHex(operator)) ?? DEC_ZERO;
      if (sum !== parseScaledDec(wire.delegatorShares)) return { operator: wire.operatorAddress, sum };
      sums.delete(toHex(operator));
    }
    const indexed = [...delegators.keys()].length;
    return (indexed === count && sums.size === 0) || { indexed, count };
  },
};

const departedQueued: Invariant = {
  name: "whatever is leaving or has moved has entries, is indexed, and ends at a time that is queued",
  holds(ctx) {
    const { unbondings, unbondingsFrom, redelegations, redelegationsFrom, redelegationsTo } = reading(ctx);
    const { unbondingQueue, redelegationQueue } = reading(ctx);
    const waitingUnbondings = new Set([...unbondingQueue.keys()].map(([, [d, o]]) => toHex(d) + toHex(o)));
    for (const [[delegator, operator], { entries }] of unbondings.entries()) {
      const isQueued = waitingUnbondings.has(toHex(delegator) + toHex(operator));
      if (entries.length === 0 || !isQueued || !unbondingsFrom.has([operator, delegator]))
        return { entries: entries.length };
    }
    const waitingMoves = new Set(
      [...redelegationQueue.keys()].map(([, [d, s, t]]) => toHex(d) + toHex(s) + toHex(t)),
    );
    for (const [[delegator, source, destination], { entries }] of redelegations.entries()) {
      const isQueued = waitingMoves.has(toHex(delegator) + toHex(source) + toHex(destination));
      const isIndexed =
        redelegationsFrom.has([source, delegator, destination]) &&
        redelegationsTo.has([destination, delegator, source]);
      if (entries.length === 0 || !isQueued || !isIndexed) return { entries: entries.length };
    }
    return true;
  },
};

const departedCounted: Invariant = {
  name: "the entries that are leaving a validator are as many as are counted",
  holds(ctx) {
    const { unbondings, redelegations, leaving } = reading(ctx);
    const found = new Map<string, bigint>();
    const count = (operator: Address, entries: number): void => {
      if (entries > 0) found.set(toHex(operator), (found.get(toHex(operator)) ?? 0n) + BigInt(entries));
    };
    for (const [[, operator], { entries }] of unbondings.entries()) count(operator, entries.length);
    for (const [[, source], { entries }] of redelegations.entries()) count(source, entries.length);
    for (const [operator, counted] of leaving.entries()) {
      if (found.get(toHex(operator)) !== counted) return { operator: toHex(operator), counted };
      found.delete(toHex(operator));
    }
    return found.size === 0 || { uncounted: found.size };
  },
};

const keysMatch: Invariant = {
  name: "every record says of itself what its key says",
  holds(ctx) {
    const { validators, delegations, unbondings } = reading(ctx);
    for (const [operator, wire] of validators.entries()) {
      if (!equalBytes(parseOperatorAddress(wire.operatorAddress), operator))
        return { operator: wire.operatorAddress };
    }
    for (const [[delegator, operator], wire] of [...delegations.entries(), ...unbondings.entries()]) {
      const isOwn = equalBytes(parseAddress(wire.delegatorAddress), delegator);
      if (!isOwn || !equalBytes(parseOperatorAddress(wire.validatorAddress), operator))
        return { delegator: wire.delegatorAddress };
    }
    return true;
  },
};

/** True after each block. */
export function stakingInvariants(ports: StakingPorts): readonly Invariant[] {
  return [
    ...poolInvariants(ports),
    foundByConsensus,
    rankedByPower,
    engineKnows,
    sharesAddUp,
    departedQueued,
    departedCounted,
    keysMatch,
  ];
}
