import { expect } from "chai";
import fc from "fast-check";
import { MsgCancelProposal, MsgDeposit } from "../../proto/gen/cosmos/gov/v1.js";
import { formatAddress } from "../../chain/codec/index.js";
import { Reject } from "../../chain/primitives/index.js";
import { OPERATORS, START, anyOf, createStakedLab, person, proposalOf, submit, uopen, vote } from "../../chain/testkit/gov-lab.js";
import type { GovLab } from "../../chain/testkit/gov-lab.js";

/**
 * The life of proposals against a model that keeps everything in plain maps and walks over all of it, as the SDK's keeper does:
 * who paid what, which proposals there are, in which state, and with which tally.
 */

const MINIMUM = 10_000_000n;
const EXPEDITED_MINIMUM = 50_000_000n;
const HOUR = 3_600n;
const DAY = 24n * HOUR;
/** Depositors and voters beside the validators. */
const PEOPLE = 4;

type Status = "deposit" | "voting" | "passed" | "rejected" | "gone";

interface ModelProposal {
  status: Status;
  expedited: boolean;
  readonly proposer: number;
  readonly depositEnd: bigint;
  votingStart: bigint;
  votingEnd: bigint;
  readonly deposits: Map<number, bigint>;
  votes: Map<number, number>;
  tally: readonly bigint[];
}

interface Model {
  time: bigint;
  readonly proposals: ModelProposal[];
  readonly paid: Map<number, bigint>;
  community: bigint;
  /** "voter/validator" -> whole shares, each worth one uopen. */
  readonly delegations: Map<string, bigint>;
}

type Action =
  | { readonly kind: "submit"; readonly who: number; readonly amount: bigint; readonly expedited: boolean }
  | { readonly kind: "deposit"; readonly who: number; readonly on: number; readonly amount: bigint }
  | { readonly kind: "vote"; readonly who: number; readonly on: number; readonly option: number }
  | { readonly kind: "cancel"; readonly who: number; readonly on: number }
  | { readonly kind: "delegate"; readonly who: number; readonly to: number; readonly shares: bigint }
  | { readonly kind: "block"; readonly seconds: bigint };

const who = fc.nat(PEOPLE - 1);
const on = fc.nat(3);
const amount = fc.constantFrom(50_000n, 100_000n, 4_999_999n, 5_000_000n, 10_000_000n, 50_000_000n);
const action: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ kind: fc.constant("submit" as const), who, amount, expedited: fc.boolean() }),
  fc.record({ kind: fc.constant("deposit" as const), who, on, amount }),
  fc.record({ kind: fc.constant("vote" as const), who: fc.nat(PEOPLE + 2), on, option: fc.constantFrom(1, 1, 1, 2, 3, 4) }),
  fc.record({ kind: fc.constant("vote" as const), who: fc.integer({ min: PEOPLE, max: PEOPLE + 2 }), on, option: fc.constantFrom(1, 1, 3, 4) }),
  fc.record({ kind: fc.constant("cancel" as const), who, on }),
  fc.record({ kind: fc.constant("delegate" as const), who, to: fc.nat(2), shares: fc.bigInt({ min: 0n, max: 400n }) }),
  fc.record({ kind: fc.constant("block" as const), seconds: fc.constantFrom(1n, HOUR, 12n * HOUR, DAY, 2n * DAY) }),
);

/** Voters after the people are the validators themselves. */
const addressOf = (n: number) => OPERATORS[n - PEOPLE] ?? person(n + 1);

const minimumOf = (p: Pick<ModelProposal, "expedited">): bigint => (p.expedited ? EXPEDITED_MINIMUM : MINIMUM);
const totalOf = (p: ModelProposal): bigint => [...p.deposits.values()].reduce((a, b) => a + b, 0n);

/** Shares of one validator by voter. */
function sharesOf(model: Model, validator: number): Map<number, bigint> {
  const found = new Map<number, bigint>();
  for (const [key, shares] of model.delegations) {
    const [voter, to] = key.split("/").map(Number);
    if (to === validator && voter !== undefined) found.set(voter, shares);
  }
  return found;
}

/** Voter by voter, then validator by validator. */
function walk(model: Model, votes: ReadonlyMap<number, number>): bigint[] {
  const results = [0n, 0n, 0n, 0n];
  const add = (option: number, power: bigint): void => void (results[option - 1] = (results[option - 1] ?? 0n) + power);
  for (const validator of [0, 1, 2]) {
    for (const [voter, shares] of sharesOf(model, validator)) {
      const option = votes.get(voter) ?? votes.get(PEOPLE + validator);
      if (option !== undefined) add(option, shares);
    }
  }
  return results;
}

function verdictOf(model: Model, { expedited }: ModelProposal, results: readonly bigint[]): "passed" | "rejected" | "vetoed" {
  const [yes = 0n, abstain = 0n, , veto = 0n] = results;
  const total = results.reduce((a, b) => a + b, 0n);
  const bonded = [...model.delegations.values()].reduce((a, b) => a + b, 0n);
  if (total * 1000n < 334n * bonded || total === abstain) return "rejected";
  if (veto * 1000n > 334n * total) return "vetoed";
  const [part, whole] = expedited ? [667n, 1000n] : [1n, 2n];
  return yes * whole > part * (total - abstain) ? "passed" : "rejected";
}

function settle(model: Model, proposal: ModelProposal, keeps: (given: bigint) => bigint): void {
  for (const [depositor, given] of proposal.deposits) {
    model.paid.set(depositor, (model.paid.get(depositor) ?? 0n) - given + keeps(given));
    model.community += keeps(given);
  }
  proposal.deposits.clear();
}

function endVoting(model: Model, proposal: ModelProposal): void {
  const results = walk(model, proposal.votes);
  const verdict = verdictOf(model, proposal, results);
  proposal.tally = results;
  proposal.votes = new Map();
  if (proposal.expedited && verdict !== "passed") {
    proposal.expedited = false;
    proposal.votingEnd = proposal.votingStart + 2n * DAY;
    return;
  }
  settle(model, proposal, (given) => (verdict === "vetoed" ? given : 0n));
  proposal.status = verdict === "passed" ? "passed" : "rejected";
}

function endBlock(model: Model, seconds: bigint): void {
  model.time += seconds;
  const [dropped, ended] = [
    model.proposals.filter((p) => p.status === "deposit" && p.depositEnd <= model.time),
    model.proposals.filter((p) => p.status === "voting" && p.votingEnd <= model.time),
  ];
  for (const proposal of dropped) {
    settle(model, proposal, () => 0n);
    proposal.status = "gone";
  }
  for (const proposal of ended) endVoting(model, proposal);
}

/** Whether the chain must take it. */
function give(model: Model, proposal: ModelProposal | undefined, depositor: number, given: bigint): boolean {
  if (proposal === undefined || (proposal.status !== "deposit" && proposal.status !== "voting")) return false;
  if (given * 100n < minimumOf(proposal)) return false;
  if (START - (model.paid.get(depositor) ?? 0n) < given) return false;
  model.paid.set(depositor, (model.paid.get(depositor) ?? 0n) + given);
  proposal.deposits.set(depositor, (proposal.deposits.get(depositor) ?? 0n) + given);
  if (proposal.status === "voting" || totalOf(proposal) < minimumOf(proposal)) return true;
  proposal.status = "voting";
  proposal.votingStart = model.time;
  proposal.votingEnd = model.time + (proposal.expedited ? DAY : 2n * DAY);
  return true;
}

function follow(model: Model, given: Action): boolean {
  const proposal = "on" in given ? model.proposals[given.on] : undefined;
  switch (given.kind) {
    case "block":
      endBlock(model, given.seconds);
      return true;
    case "delegate":
      if (given.shares === 0n) model.delegations.delete(`${given.who}/${given.to}`);
      else model.delegations.set(`${given.who}/${given.to}`, given.shares);
      return true;
    case "submit": {
      const times = { depositEnd: model.time + 2n * DAY, votingStart: 0n, votingEnd: 0n };
      const maps = { deposits: new Map<number, bigint>(), votes: new Map<number, number>(), tally: [0n, 0n, 0n, 0n] };
      const made: ModelProposal = { status: "deposit", expedited: given.expedited, proposer: given.who, ...times, ...maps };
      const isTaken = give(model, made, given.who, given.amount);
      if (isTaken) model.proposals.push(made);
      return isTaken;
    }
    case "deposit":
      return give(model, proposal, given.who, given.amount);
    case "vote":
      if (proposal?.status !== "voting") return false;
      proposal.votes.set(given.who, given.option);
      return true;
    case "cancel":
      if (proposal?.proposer !== given.who || (proposal.status !== "deposit" && proposal.status !== "voting")) return false;
      settle(model, proposal, (each) => each / 2n);
      proposal.status = "gone";
      return true;
  }
}

/** Stake that follows the shares: each stays worth one uopen. */
function delegate(lab: GovLab, model: Model, given: Extract<Action, { kind: "delegate" }>): void {
  const operator = OPERATORS[given.to] ?? OPERATORS[0];
  lab.delegate(addressOf(given.who), operator, given.shares * 1_000_000n);
  lab.setTokens(operator, [...sharesOf(model, given.to).values()].reduce((a, b) => a + b, 0n));
}

function act(lab: GovLab, model: Model, given: Action): void {
  const proposalId = "on" in given ? BigInt(given.on + 1) : 0n;
  switch (given.kind) {
    case "block":
      return lab.endBlock(given.seconds);
    case "delegate":
      return delegate(lab, model, given);
    case "submit": {
      const proposer = formatAddress(addressOf(given.who));
      return void submit(lab, { proposer, initialDeposit: uopen(given.amount), expedited: given.expedited });
    }
    case "deposit": {
      const depositor = formatAddress(addressOf(given.who));
      return void lab.run(anyOf(MsgDeposit, { proposalId, depositor, amount: uopen(given.amount) }));
    }
    case "vote":
      return vote(lab, addressOf(given.who), proposalId, given.option);
    case "cancel":
      return void lab.run(anyOf(MsgCancelProposal, { proposalId, proposer: formatAddress(addressOf(given.who)) }));
  }
}

const STATUSES: readonly Status[] = ["gone", "deposit", "voting", "passed", "rejected"];

/** What both sides say of a proposal. */
function shown(lab: GovLab, id: bigint): unknown {
  const found = proposalOf(lab, id);
  if (found === undefined) return "gone";
  const tally = found.finalTallyResult;
  const counts = [tally?.yesCount, tally?.abstainCount, tally?.noCount, tally?.noWithVetoCount].map((text) => BigInt(text ?? "0"));
  return [STATUSES[found.status], found.expedited, counts];
}

function compare(lab: GovLab, model: Model): void {
  model.proposals.forEach((p, i) => {
    const want = p.status === "gone" ? "gone" : [p.status, p.expedited, p.tally];
    expect(shown(lab, BigInt(i + 1)), `proposal ${i + 1}`).to.deep.equal(want);
  });
  for (let n = 0; n < PEOPLE; n++)
    expect(lab.ledger.balance(lab.ctx, addressOf(n)), `balance of ${n}`).to.equal(START - (model.paid.get(n) ?? 0n));
  expect(lab.ledger.balance(lab.ctx, lab.community), "community").to.equal(model.community);
  expect(lab.broken()).to.deep.equal([]);
}

/** Runs on a branch of nothing: what is refused must not have begun to write. */
function attempt(lab: GovLab, given: Action, model: Model): boolean {
  try {
    act(lab, model, given);
    return true;
  } catch (error) {
    if (error instanceof Reject) return false;
    throw error;
  }
}

/** Both sides take the same actions, and say the same after each. Returns the states that proposals ended in. */
function play(actions: readonly Action[]): readonly Status[] {
  const lab = createStakedLab();
  const own = [100n, 200n, 300n].map((shares, i) => [`${PEOPLE + i}/${i}`, shares] as const);
  const base = { time: 0n, proposals: [], community: 0n };
  const model: Model = { ...base, paid: new Map(), delegations: new Map(own) };
  for (const given of actions) {
    const isTaken = follow(model, given);
    const text = JSON.stringify(given, (_, v: unknown) => (typeof v === "bigint" ? v.toString() : v));
    expect(attempt(lab, given, model), text).to.equal(isTaken);
    compare(lab, model);
  }
  return model.proposals.map((p) => p.status);
}

const actions = fc.array(action, { minLength: 10, maxLength: 60 });

describe("the life of proposals", () => {
  it("is that of a model which keeps every vote and walks over all of them, whatever is done in whatever order", () => {
    fc.assert(
      fc.property(actions, (given) => void play(given)),
      { numRuns: 60 },
    );
  });

  it("was played to each of its ends", () => {
    const reached = new Set(fc.sample(actions, { numRuns: 40, seed: 1 }).flatMap(play));
    expect([...reached].sort()).to.deep.equal(["deposit", "gone", "passed", "rejected", "voting"]);
  });
});
