import { expect } from "chai";
import { formatOperatorAddress } from "../../chain/codec/index.js";
import { toHex } from "../../chain/primitives/index.js";
import { challenger, createLab, honest, lot, questionOf, truth } from "../../chain/testkit/attester-lab.js";
import type { Behaviour, Lab, Sight } from "../../chain/testkit/attester-lab.js";
import { anyOf } from "../../chain/testkit/signer.js";
import { MsgUnjail } from "../../proto/gen/cosmos/slashing/v1beta1.js";
import { AttributionDisputeStatus, MsgDisputeAttribution, RecordStatus } from "../../proto/gen/openledger/attribution/v1.js";
import type { AttesterRecord, AttributionOutcome } from "../../proto/gen/openledger/attribution/v1.js";
import { encodeFinding } from "./rules/finding.js";
import { attributionState } from "./state.js";

/**
 * Validators that would rather be paid than work, among six that are honest, on a chain with real vote extensions and the
 * default params: one audit in ten, jail after five misses in a row, a window of 600 blocks.
 */

const CHEAT = 6;

const state = (lab: Lab) => attributionState.read(lab.voting.chain.read().store("attribution"));
const cheat = (lab: Lab): AttesterRecord | undefined => state(lab).attesters.get(lab.keys[CHEAT]!.address);
const isJailed = (lab: Lab, i = CHEAT): boolean =>
  lab.core.staking.byConsensusAddress(lab.voting.chain.read(), lab.keys[i]!.address)?.isJailed === true;
const settled = (lab: Lab): number => [...state(lab).records.keys()].length;
const isVoting = (lab: Lab, i: number): boolean =>
  lab.voting.validators().some((v) => toHex(v.publicKey) === toHex(lab.keys[i]!.publicKey));

/** uopen that the validator has, or will have, from attesting, whatever the records say of it. */
function earned(lab: Lab, i: number): bigint {
  const { text, address } = lab.operators[i]!;
  const paid = [...state(lab).records.values()]
    .filter((r) => r.status === RecordStatus.RECORD_STATUS_FINAL)
    .flatMap((r) => r.payouts)
    .filter((p) => p.account === text);
  const accrued = state(lab).accrued.get(address) ?? 0n;
  expect(paid.reduce((sum, p) => sum + BigInt(p.amount), 0n)).to.equal(accrued);
  return accrued + (state(lab).held.get(address) ?? 0n);
}

function among(behaviour: Behaviour): readonly Behaviour[] {
  return [...Array.from({ length: CHEAT }, () => honest), behaviour];
}

/** Asks until the cheat is jailed. Returns the tasks it took. */
function catchIt(lab: Lab, most: number): number {
  lab.until(() => isJailed(lab) || settled(lab) >= most, 600);
  expect(isJailed(lab), `jailed within ${most} tasks`).to.equal(true);
  return settled(lab);
}

function letWindowsPass(lab: Lab): void {
  lab.stop();
  const isOver = (): boolean => [...state(lab).records.values()].every((r) => r.status === RecordStatus.RECORD_STATUS_FINAL);
  expect(lab.until(isOver, 800)).to.equal(true);
}

const FAKE = new Uint8Array(32).fill(1);

/** Nothing is computed: what others published of the same question is repeated, with work that is made up. */
const copycat: Behaviour = {
  attribution({ payload }, { published }) {
    const known = published.get(questionOf(payload));
    return known && encodeFinding({ outcome: known, work: FAKE }, payload);
  },
  audit: (audit) => audit.digest,
};

/** The same, but the work is what another validator revealed for the last task it can find. */
const workThief: Behaviour = {
  attribution({ payload }, sight) {
    const known = sight.published.get(questionOf(payload));
    return known && encodeFinding({ outcome: known, work: stolen(sight) ?? FAKE }, payload);
  },
  audit: () => undefined,
};

function stolen({ state: public_, self }: Sight): Uint8Array | undefined {
  const all = [...attributionState.read(public_.store("attribution")).works.values()].flatMap((w) => w.revealed);
  return all.findLast((r) => r.work.length === 32 && toHex(r.validator) !== toHex(self))?.work;
}

function flipped(outcome: AttributionOutcome, seed: string): AttributionOutcome {
  return { ...outcome, influence: outcome.influence.map((s, i) => ({ ...s, score: BigInt(lot(`${seed}/${i}`, 1_000)) })) };
}

/** Scores out of the air. */
const coinFlipper: Behaviour = {
  attribution: ({ task, payload }) => encodeFinding({ outcome: flipped(truth(payload), `${task.id}`), work: FAKE }, payload),
  audit: () => FAKE,
};

/** Guesses what the others will find, and is right half of the time. */
const luckyFlipper: Behaviour = {
  attribution({ task, payload }) {
    const outcome = lot(`coin ${task.id}`, 2) === 0 ? truth(payload) : flipped(truth(payload), `${task.id}`);
    return encodeFinding({ outcome, work: FAKE }, payload);
  },
  audit: () => undefined,
};

/** Promises values and never shows one. */
const silentCommitter: Behaviour = {
  attribution: (question, sight) => honest.attribution(question, sight),
  audit: () => undefined,
  reveals: () => false,
};

/** Everyone but the cheat did its work, was paid, and is free. */
function expectHonestPaid(lab: Lab): void {
  for (let i = 0; i < CHEAT; i++) {
    expect(isJailed(lab, i)).to.equal(false);
    expect(earned(lab, i) > 0n).to.equal(true);
    const record = state(lab).attesters.get(lab.keys[i]!.address)!;
    expect([record.disagreed, record.failedAudits]).to.deep.equal([0n, 0n]);
  }
}

describe("attesters that do not work", function () {
  this.timeout(120_000);

  const cases: readonly (readonly [name: string, behaviour: Behaviour, most: number, odds: string])[] = [
    ["a copycat that repeats what others published of the same question", copycat, 66, "0.9^66 < 0.1 %: unaudited so long"],
    ["a copycat that repeats the others' work as well", workThief, 66, "0.9^66 < 0.1 %"],
    ["a coin-flipper whose scores are random", coinFlipper, 8, "five misses in a row are certain"],
    ["a coin-flipper that guesses right half of the time", luckyFlipper, 135, "0.95^135 < 0.1 %, before counting misses"],
    ["one that commits and never reveals", silentCommitter, 8, "five misses in a row are certain"],
  ];
  for (const [name, behaviour, most, odds] of cases) {
    it(`${name} earns nothing and is jailed within ${most} tasks (${odds})`, () => {
      const lab = createLab({ behaviours: among(behaviour), pause: 4n });
      const stake = lab.core.staking.byConsensusAddress(lab.voting.chain.read(), lab.keys[CHEAT]!.address)?.tokens ?? 0n;
      catchIt(lab, most);
      expect(lab.until(() => !isVoting(lab, CHEAT), 3), "out of the set two blocks later").to.equal(true);
      letWindowsPass(lab);
      expect(earned(lab, CHEAT)).to.equal(0n);
      const { failedAudits } = cheat(lab)!;
      const slashed = stake - (lab.core.staking.byConsensusAddress(lab.voting.chain.read(), lab.keys[CHEAT]!.address)?.tokens ?? 0n);
      expect(slashed > 0n).to.equal(failedAudits > 0n);
      expectHonestPaid(lab);
    });
  }
});

/** Reveals nothing of an attribution at the first attempt, and everything at the second. */
const shyAtFirst: Behaviour = { ...honest, reveals: (task) => task.kind !== "attribution" || task.attempt > 1 };

describe("an outcome that is public before the work", function () {
  this.timeout(60_000);

  it("is worth nothing to a copycat at the second attempt: everyone is audited, and it is jailed after one task", () => {
    const lab = createLab({
      behaviours: [honest, honest, honest, shyAtFirst, shyAtFirst, shyAtFirst, copycat],
      questions: 1_000,
      limit: 1,
    });
    expect(lab.until(() => settled(lab) === 1, 200)).to.equal(true);
    const [work] = [...state(lab).works.values()];
    expect(work).to.deep.include({ attempt: 2, exposed: true });
    expect(work?.revealed.filter((r) => r.agreed), "the copy agrees with what it copied").to.have.length(7);
    expect(lab.until(() => isJailed(lab), 200)).to.equal(true);
    letWindowsPass(lab);
    expect(earned(lab, CHEAT)).to.equal(0n);
    expect(cheat(lab)).to.deep.include({ failedAudits: 1n });
    expectHonestPaid(lab);
  });

  it("is worth nothing to a reviewer that repeats the record: it is jailed, and the others confirm it without it", () => {
    const parrot: Behaviour = { ...copycat, attribution: (question, sight) => (question.payload.disputeId > 0n ? copycat : honest).attribution(question, sight) };
    const lab = createLab({ behaviours: among(parrot), limit: 1, params: { auditPpm: 0 } });
    expect(lab.until(() => settled(lab) === 1, 50)).to.equal(true);
    const message = anyOf(MsgDisputeAttribution, { challenger: challenger.text, inferenceId: 1n });
    const { txResults } = lab.voting.nextBlock([lab.voting.chain.sign(challenger, [message])]);
    expect(txResults.at(-1)?.code).to.equal(0);
    expect(lab.until(() => isJailed(lab), 200)).to.equal(true);
    letWindowsPass(lab);
    expect(state(lab).disputes.getOrFail(1n).status).to.equal(AttributionDisputeStatus.ATTRIBUTION_DISPUTE_STATUS_REJECTED);
    expect(earned(lab, CHEAT), "what it had honestly earned before is forfeit as well").to.equal(0n);
    for (let i = 0; i < CHEAT; i++) expect(earned(lab, i) > 0n).to.equal(true);
  });

  it("returns a jailed validator to its committees and its votes once it has served and asks", () => {
    const lab = createLab({ behaviours: among(coinFlipper), params: { jailPeriod: 10, disputeWindow: 20 } });
    expect(lab.until(() => isJailed(lab), 200)).to.equal(true);
    expect(lab.until(() => !isVoting(lab, CHEAT), 3)).to.equal(true);
    const operator = lab.operators[CHEAT]!;
    const unjail = (): number | undefined => {
      const message = anyOf(MsgUnjail, { validatorAddr: formatOperatorAddress(operator.address) });
      return lab.voting.nextBlock([lab.voting.chain.sign(operator, [message])]).txResults.at(-1)?.code;
    };
    expect(unjail()).to.equal(4);
    const served = lab.voting.chain.height() + 10n;
    lab.until(() => lab.voting.chain.height() >= served, 20);
    expect(unjail()).to.equal(0);
    expect(lab.until(() => isVoting(lab, CHEAT), 3), "two blocks later").to.equal(true);
  });
});
