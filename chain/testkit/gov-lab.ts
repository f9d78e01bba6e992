import { createGovModule } from "../../modules/gov/index.js";
import type { GovModule } from "../../modules/gov/index.js";
import { govState } from "../../modules/gov/state.js";
import { MsgSubmitProposal, MsgSubmitProposalResponse, MsgVote } from "../../proto/gen/cosmos/gov/v1.js";
import type { Proposal } from "../../proto/gen/cosmos/gov/v1.js";
import { BoolValue, StringValue, UInt64Value } from "../../proto/gen/google/protobuf.js";
import type { Any } from "../../proto/gen/google/protobuf.js";
import { formatAddress } from "../codec/index.js";
import type { Codec } from "../codec/index.js";
import { GOV_AUTHORITY } from "../kernel/authority.js";
import { SdkError } from "../kernel/errors.js";
import { createMessageRunner } from "../kernel/message-runner.js";
import { messageRoute } from "../kernel/module.js";
import type { Invariant, Module } from "../kernel/module.js";
import { createRouter } from "../kernel/router.js";
import { decFromInt, sumUopen, toAddress, toDec, toTimeNs, toUopen, utf8 } from "../primitives/index.js";
import type { Address, Dec, Uopen } from "../primitives/index.js";
import { addressKey, defineSchema, map, pair, uopenValue } from "../store/index.js";
import type { ReadStores, Stores } from "../store/index.js";
import { COMMUNITY, asTx, createLedger, createPool } from "./ledger.js";
import type { Ledger } from "./ledger.js";
import { createScratchContext } from "./scratch-context.js";
import type { ScratchContext } from "./scratch-context.js";

/** Governance over a scratch state: balances, delegations that tests move by hand, and one message that a proposal may carry. */

export const person = (n: number): Address => toAddress(new Uint8Array(20).fill(n));
/** Operators of the three validators. */
export const OPERATORS: readonly [Address, Address, Address] = [person(201), person(202), person(203)];
/** What every account starts with, uopen. */
export const START = 1_000_000_000n;

const KEY = utf8("written");

const stakeState = defineSchema("stake", {
  delegations: map(1, pair(addressKey, addressKey), uopenValue),
  tokens: map(2, addressKey, uopenValue),
});

const openStake = (stores: Stores) => stakeState.open(stores.store("stake"));
const readStake = (stores: ReadStores) => stakeState.read(stores.store("stake"));

function sharesOf(stores: ReadStores, operator: Address): bigint {
  return [...readStake(stores).delegations.entries()]
    .filter(([[, to]]) => to.join() === operator.join())
    .reduce((sum, [, shares]) => sum + shares, 0n);
}

/** Shares are kept in millionths, so that a share may be worth a fraction of a uopen. */
const toShares = (kept: bigint): Dec => toDec(kept * 10n ** 12n);

const staking = {
  bondedByPower: (stores: ReadStores) =>
    [...readStake(stores).tokens.entries()].map(([operator, tokens]) => {
      return { operator, tokens, delegatorShares: toShares(sharesOf(stores, operator)) };
    }),
  totalBonded: (stores: ReadStores): Uopen => sumUopen(readStake(stores).tokens.values()),
  delegation(stores: ReadStores, delegator: Address, operator: Address): Dec | undefined {
    const kept = readStake(stores).delegations.get([delegator, operator]);
    return kept === undefined ? undefined : toShares(kept);
  },
  delegationsOf: (stores: ReadStores, delegator: Address) =>
    [...readStake(stores).delegations.entries({ prefix: [delegator] })].map(([[, operator], kept]) => {
      return { operator, shares: toShares(kept) };
    }),
};

/** BoolValue is a message of governance that writes a mark, and refuses false; StringValue one of person 1; UInt64Value reads its mark so many times. */
const writer: Module = {
  name: "writer",
  queries: [],
  invariants: [],
  tasks: [],
  genesis: { defaults: () => ({}), init: () => [], export: () => ({}) },
  messages: [
    messageRoute({
      request: BoolValue,
      response: BoolValue,
      parse: ({ value }) => value,
      signers: () => [GOV_AUTHORITY],
      handle(ctx, value) {
        ctx.store("writer").set(KEY, utf8("written"));
        if (!value) throw SdkError.Unauthorized("not so");
        return { value };
      },
    }),
    messageRoute({
      request: StringValue,
      response: StringValue,
      parse: ({ value }) => value,
      signers: () => [person(1)],
      handle: (_, value) => ({ value }),
    }),
    messageRoute({
      request: UInt64Value,
      response: UInt64Value,
      parse: ({ value }) => value,
      signers: () => [GOV_AUTHORITY],
      handle(ctx, value) {
        for (let i = 0n; i < value; i++) ctx.store("writer").get(KEY);
        return { value };
      },
    }),
  ],
};

export const anyOf = <M>(codec: Codec<M>, message: Partial<M>): Any => {
  return { typeUrl: `/${codec.typeName}`, value: codec.encode(codec.create(message)) };
};

export interface GovLab {
  readonly ctx: ScratchContext;
  readonly gov: GovModule;
  readonly ledger: Ledger;
  /** Runs a message as a transaction does: all of it, or nothing. Returns the response. */
  run(message: Any): Uint8Array;
  beginBlock(): void;
  /** So many seconds later, a block's end. */
  endBlock(seconds?: bigint): void;
  /** Gives `delegator` so many millionths of a share with an operator, hooks and all. */
  delegate(delegator: Address, operator: Address, kept: bigint): void;
  /** Sets what all shares of an operator are worth, uopen. */
  setTokens(operator: Address, tokens: bigint): void;
  /** Whether the message of `writer` left its mark. */
  isWritten(): boolean;
  query(path: string, request: Uint8Array): Uint8Array;
  /** The sentences of invariants that do not hold. */
  broken(): string[];
  readonly community: Address;
}

/** `held`: deposits that a genesis document with proposals brings along. */
export function createGovLab(genesis?: unknown, held = 0n): GovLab {
  const ctx = createScratchContext();
  const ledger = createLedger();
  for (let n = 1; n < 200; n++) ledger.mint(ctx, person(n), START);
  if (held > 0n) ledger.mint(ctx, GOV_AUTHORITY, held);
  const runner = createMessageRunner(() => createRouter([gov, writer]));
  const accounts = { ensureModule: () => GOV_AUTHORITY };
  const isModuleAccount = (address: Address): boolean => address.join() === OPERATORS[0].join();
  const gov = createGovModule({ token: ledger, communityPool: createPool(ledger), isModuleAccount, accounts, staking, runner });
  gov.genesis.init(ctx, genesis ?? gov.genesis.defaults());
  const pass = (seconds: bigint): void => {
    const time = ctx.block.time / 1_000_000_000n + seconds;
    ctx.block = { ...ctx.block, time: toTimeNs(time, 0) };
  };
  return {
    ctx,
    gov,
    ledger,
    community: COMMUNITY,
    run(message) {
      const { response, events } = runner.run(asTx(ctx), runner.parse(message));
      ctx.events.push(...events);
      return response.value;
    },
    beginBlock: () => gov.beginBlock?.(ctx),
    endBlock(seconds = 0n) {
      pass(seconds);
      gov.endBlock?.(ctx);
    },
    delegate(delegator, operator, kept) {
      const { delegations } = openStake(ctx);
      gov.hooks.beforeDelegationSharesModified(ctx, delegator, operator);
      if (kept === 0n) delegations.delete([delegator, operator]);
      else delegations.set([delegator, operator], toUopen(kept));
      gov.hooks.afterDelegationModified(ctx, delegator, operator);
    },
    setTokens: (operator, tokens) => openStake(ctx).tokens.set(operator, toUopen(tokens)),
    isWritten: () => ctx.store("writer").get(KEY) !== undefined,
    query(path, request) {
      const route = gov.queries.find((q) => q.path === path);
      if (route === undefined) throw new TypeError(`no query ${path}`);
      return route.handle(ctx, request);
    },
    broken: () => gov.invariants.filter((i: Invariant) => i.holds(ctx) !== true).map((i) => i.name),
  };
}

/** Three validators with 100, 200 and 300 uopen of stake of their own. */
export function createStakedLab(): GovLab {
  const lab = createGovLab();
  OPERATORS.forEach((operator, i) => {
    const tokens = BigInt(i + 1) * 100n;
    lab.delegate(operator, operator, tokens * 1_000_000n);
    lab.setTokens(operator, tokens);
  });
  return lab;
}

/** One whole share, as `delegate` takes it. */
export const SHARE = decFromInt(1n) / 10n ** 12n;

const DAY = 86_400n;
/** Periods of the default parameters, seconds. */
export const PERIODS = { deposit: 2n * DAY, voting: 2n * DAY, expedited: DAY } as const;

export const uopen = (amount: bigint) => [{ denom: "uopen", amount: amount.toString() }];

/** Submits a proposal and returns its id; with the whole minimum deposit unless told otherwise. */
export function submit(lab: GovLab, given: Partial<MsgSubmitProposal> = {}): bigint {
  const deposit = given.expedited === true ? 50_000_000n : 10_000_000n;
  const message = {
    messages: [],
    initialDeposit: uopen(deposit),
    proposer: formatAddress(person(1)),
    metadata: "ipfs://CID",
    title: "A title",
    summary: "A summary",
    ...given,
  };
  return MsgSubmitProposalResponse.decode(lab.run(anyOf(MsgSubmitProposal, message))).proposalId;
}

export function vote(lab: GovLab, voter: Address, proposalId: bigint, option: number): void {
  lab.run(anyOf(MsgVote, { proposalId, voter: formatAddress(voter), option }));
}

/** What is known of a proposal; undefined when it is gone. */
export function proposalOf(lab: GovLab, id: bigint): Proposal | undefined {
  return govState.read(lab.ctx.store("gov")).proposals.get(id);
}
