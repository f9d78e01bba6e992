import { ed25519Address } from "../crypto/index.js";
import type { Context } from "../kernel/context.js";
import {
  UOPEN_PER_OPEN,
  decFromInt,
  equalBytes,
  mulDecInt,
  quoDec,
  toAddress,
  toUopen,
  toVotingPower,
  truncateInt,
} from "../primitives/index.js";
import type { Address, Dec, Height, Uopen, VotingPower } from "../primitives/index.js";

/** A staking of a few validators for tests of modules that punish: what they asked for is written down. */

export interface TestStake {
  readonly operator: Address;
  readonly consensusAddress: Address;
  readonly publicKey: Uint8Array;
  readonly power: VotingPower;
  readonly stakedPower: VotingPower;
  readonly tokens: Uopen;
  readonly isJailed: boolean;
  readonly status: "unbonded" | "unbonding" | "bonded";
  readonly minSelfDelegation: bigint;
  /** As many as uopen at first; a slash leaves them as they are. */
  readonly delegatorShares: Dec;
}

interface Slashing {
  readonly consensusAddress: Address;
  readonly infractionHeight: Height;
  readonly power: VotingPower;
  readonly fraction: Dec;
}

export interface TestStakes {
  /** By index. */
  at(i: number): TestStake;
  change(i: number, to: Partial<TestStake>): void;
  forget(i: number): void;
  /** Own shares of each operator. */
  readonly shares: Map<number, Dec>;
  readonly slashes: Slashing[];
  readonly port: {
    validators(): readonly TestStake[];
    members(): readonly TestStake[];
    hasOther(stores: unknown, operator: Address): boolean;
    byConsensusAddress(stores: unknown, address: Uint8Array): TestStake | undefined;
    isJailed(stores: unknown, address: Uint8Array): boolean | undefined;
    byOperator(stores: unknown, operator: Address): TestStake | undefined;
    consensusKey(stores: unknown, address: Uint8Array): Uint8Array | undefined;
    setJailed(ctx: Context, operator: Address, isJailed: boolean): void;
    takeStake(
      ctx: Context,
      operator: Address,
      taking: { readonly amount: Uopen; readonly toModule: string },
    ): Uopen;
    slash(ctx: Context, slash: Slashing): Uopen;
    delegation(stores: unknown, delegator: Address, operator: Address): Dec | undefined;
    tokensFromShares(stake: TestStake, shares: Dec): Dec;
  };
}

const same = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, i) => byte === b[i]);

/** `powers` in OPEN, one validator each, all bonded and self-delegated. */
export function createStakes(powers: readonly bigint[]): TestStakes {
  const book = new Map<number, TestStake>();
  const shares = new Map<number, Dec>();
  const slashes: Slashing[] = [];
  const put = (i: number, stake: Omit<TestStake, "power" | "stakedPower">): void => {
    const stakedPower = toVotingPower(stake.tokens / UOPEN_PER_OPEN);
    const isActive = !stake.isJailed && stake.status === "bonded";
    book.set(i, { ...stake, stakedPower, power: isActive ? stakedPower : toVotingPower(0n) });
  };
  powers.forEach((power, i) => {
    const publicKey = new Uint8Array(32).fill(i + 1);
    const operator = toAddress(new Uint8Array(20).fill(i + 1));
    const tokens = toUopen(power * UOPEN_PER_OPEN);
    const base = {
      operator,
      publicKey,
      tokens,
      isJailed: false,
      status: "bonded" as const,
      minSelfDelegation: 1n,
      delegatorShares: decFromInt(tokens),
    };
    put(i, { ...base, consensusAddress: ed25519Address(publicKey) });
    shares.set(i, decFromInt(tokens));
  });
  const find = (test: (stake: TestStake) => boolean): [number, TestStake] | undefined =>
    [...book].find(([, stake]) => test(stake));
  const take = (i: number, stake: TestStake, amount: bigint): Uopen => {
    const taken = toUopen(amount < stake.tokens ? amount : stake.tokens);
    put(i, { ...stake, tokens: toUopen(stake.tokens - taken) });
    return taken;
  };
  const indexOf = (operator: Address): number => find((s) => same(s.operator, operator))![0];
  return {
    at: (i) => book.get(i)!,
    change: (i, to) => put(i, { ...book.get(i)!, ...to }),
    forget: (i) => void book.delete(i),
    shares,
    slashes,
    port: {
      validators: () => [...book.values()],
      members: () => [...book.values()].filter((v) => v.power > 0n),
      hasOther: (_, operator) =>
        [...book.values()].some(
          (s) => !s.isJailed && s.stakedPower > 0n && !equalBytes(s.operator, operator),
        ),
      byConsensusAddress: (_, address) => find((s) => same(s.consensusAddress, address))?.[1],
      isJailed: (_, address) => find((s) => same(s.consensusAddress, address))?.[1].isJailed,
      byOperator: (_, operator) => find((s) => same(s.operator, operator))?.[1],
      consensusKey: (_, address) => find((s) => same(s.consensusAddress, address))?.[1].publicKey,
      setJailed: (_, operator, isJailed) =>
        put(indexOf(operator), { ...book.get(indexOf(operator))!, isJailed }),
      takeStake: (_, operator, { amount }) => take(indexOf(operator), book.get(indexOf(operator))!, amount),
      slash(_, slash) {
        slashes.push(slash);
        const found = find((s) => same(s.consensusAddress, slash.consensusAddress))!;
        return take(...found, truncateInt(mulDecInt(slash.fraction, slash.power * UOPEN_PER_OPEN)));
      },
      delegation: (_, delegator, operator) =>
        same(delegator, operator) ? shares.get(indexOf(operator)) : undefined,
      tokensFromShares: ({ tokens, delegatorShares }, owned) =>
        quoDec(mulDecInt(owned, tokens), delegatorShares),
    },
  };
}
