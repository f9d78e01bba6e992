import { expect } from "chai";
import { toHex } from "../../chain/primitives/index.js";
import { challenger, createLab, digestOf, honest, truth } from "../../chain/testkit/attester-lab.js";
import type { Behaviour, Lab } from "../../chain/testkit/attester-lab.js";
import { anyOf } from "../../chain/testkit/signer.js";
import { AttributionDisputeStatus, MsgDisputeAttribution, PayoutRole, RecordStatus } from "../../proto/gen/openledger/attribution/v1.js";
import type { AttributionOutcome, AttributionRecord, AttributionTask } from "../../proto/gen/openledger/attribution/v1.js";
import { encodeFinding } from "./rules/finding.js";
import { verifyRecord } from "./rules/verify.js";
import { sealWork, workSeed } from "./rules/work.js";
import { attributionState } from "./state.js";

/** Disputes and reviews on a chain with real vote extensions, real stake and real jail. */

const state = (lab: Lab) => attributionState.read(lab.voting.chain.read().store("attribution"));
const record = (lab: Lab): AttributionRecord => state(lab).records.getOrFail(1n);
const hasRecord = (lab: Lab): boolean => state(lab).records.has(1n);
const jailed = (lab: Lab): number[] =>
  lab.keys.flatMap((key, i) => (lab.core.staking.byConsensusAddress(lab.voting.chain.read(), key.address)?.isJailed === true ? [i] : []));
const tokens = (lab: Lab, i: number): bigint =>
  lab.core.staking.byConsensusAddress(lab.voting.chain.read(), lab.keys[i]!.address)?.tokens ?? 0n;
const balance = (lab: Lab): bigint => lab.core.token.balance(lab.voting.chain.read(), challenger.address);
const isFinal = (lab: Lab) => (): boolean => record(lab).status === RecordStatus.RECORD_STATUS_FINAL;

/** Finds what it likes, and does its bound work properly. */
function finding(of: (payload: AttributionTask) => AttributionOutcome): Behaviour {
  return {
    ...honest,
    attribution({ task, payload }, { self }) {
      const seed = workSeed({ taskId: task.id, attempt: task.attempt, beacon: payload.beacon, validator: self });
      return encodeFinding({ outcome: of(payload), work: sealWork(digestOf(seed)) }, payload);
    },
  };
}

function favouring(outcome: AttributionOutcome, by: bigint): AttributionOutcome {
  return { ...outcome, influence: outcome.influence.map((s, i) => (i === 0 ? { ...s, score: s.score + by } : s)) };
}

/** Lies until somebody looks twice. */
const colluder = finding((payload) => (payload.disputeId === 0n ? favouring(truth(payload), 5_000n) : truth(payload)));

function dispute(lab: Lab): number | undefined {
  const message = anyOf(MsgDisputeAttribution, { challenger: challenger.text, inferenceId: 1n });
  return lab.voting.nextBlock([lab.voting.chain.sign(challenger, [message])]).txResults.at(-1)?.code;
}

const contributorPay = (r: AttributionRecord): string[] =>
  r.payouts.filter((p) => p.role === PayoutRole.PAYOUT_ROLE_CONTRIBUTOR).map((p) => `${p.account} ${p.amount}`);

describe("a record made by colluders", function () {
  this.timeout(60_000);
  const behaviours = [honest, honest, ...Array.from({ length: 5 }, () => colluder)];

  it("is corrected to what honest validators had found from the start, and pays the challenger out of their stake", () => {
    const truthful = createLab({ behaviours: Array.from({ length: 7 }, () => honest), limit: 1, params: { auditPpm: 0 } });
    expect(truthful.until(() => hasRecord(truthful), 50)).to.equal(true);

    const lab = createLab({ behaviours, limit: 1, params: { auditPpm: 0, disputeWindow: 40 } });
    expect(lab.until(() => hasRecord(lab), 50)).to.equal(true);
    expect(record(lab).attestation).to.deep.include({ agreeingPower: 500n, median: false });
    expect(contributorPay(record(lab))).not.to.deep.equal(contributorPay(record(truthful)));
    const [before, supply] = [balance(lab), lab.core.token.supply(lab.voting.chain.read())];

    expect(dispute(lab)).to.equal(0);
    expect(lab.until(() => record(lab).status === RecordStatus.RECORD_STATUS_OPEN, 100)).to.equal(true);
    expect(contributorPay(record(lab))).to.deep.equal(contributorPay(record(truthful)));
    expect(verifyRecord(record(lab), lab.pool)).to.deep.equal([]);
    // One per cent of 100 OPEN from each of five; half of it is the challenger's.
    expect([2, 3, 4, 5, 6].map((i) => tokens(lab, i))).to.deep.equal(Array.from({ length: 5 }, () => 99_000_000n));
    expect([0, 1].map((i) => tokens(lab, i))).to.deep.equal([100_000_000n, 100_000_000n]);
    expect(balance(lab) - before).to.equal(2_500_000n);
    expect(jailed(lab), "a third of the power at most, so two of seven").to.have.length(2);
    expect(lab.core.token.supply(lab.voting.chain.read())).to.equal(supply);

    expect(lab.until(isFinal(lab), 200)).to.equal(true);
    const paid = record(lab).payouts.filter((p) => p.role === PayoutRole.PAYOUT_ROLE_ATTESTER).map((p) => p.account);
    expect(paid.sort()).to.deep.equal([0, 1].map((i) => lab.operators[i]!.text).sort());
  });

  it("stands when nobody disputes it in time", () => {
    const lab = createLab({ behaviours, limit: 1, params: { auditPpm: 0, disputeWindow: 10 } });
    expect(lab.until(() => hasRecord(lab), 50)).to.equal(true);
    expect(lab.until(isFinal(lab), 50)).to.equal(true);
    expect(dispute(lab)).to.equal(8);
    expect(jailed(lab)).to.deep.equal([]);
  });
});

describe("an honest record", function () {
  this.timeout(60_000);
  it("costs whoever disputes it the bond, and nobody else anything", () => {
    const lab = createLab({ behaviours: Array.from({ length: 4 }, () => honest), limit: 1, params: { disputeWindow: 40 } });
    expect(lab.until(() => hasRecord(lab), 50)).to.equal(true);
    const before = record(lab);
    const had = balance(lab);
    expect(dispute(lab)).to.equal(0);
    expect(dispute(lab), "one at a time").to.equal(9);
    expect(lab.until(isFinal(lab), 300)).to.equal(true);
    expect(had - balance(lab)).to.equal(5_000_000n);
    expect(record(lab).payouts).to.deep.equal(before.payouts);
    expect(state(lab).disputes.getOrFail(1n).status).to.equal(AttributionDisputeStatus.ATTRIBUTION_DISPUTE_STATUS_REJECTED);
    for (const key of lab.keys) {
      const books = state(lab).attesters.get(key.address);
      expect([books?.disagreed, books?.failedAudits], toHex(key.address)).to.deep.equal([0n, 0n]);
      expect(books!.passedAudits > 0n, "a review's findings are all audited").to.equal(true);
    }
  });
});

describe("validators that differ a little", function () {
  this.timeout(60_000);
  /** Another lane: one unit off, which moves a thousandth of the pool. */
  const laneB = finding((payload) => favouring(truth(payload), 1n));

  it("make a median, which is reviewed once by itself and stands if they still differ; both kinds are paid", () => {
    const lab = createLab({ behaviours: [honest, honest, laneB, laneB], limit: 1, params: { auditPpm: 0, disputeWindow: 30 } });
    expect(lab.until(() => hasRecord(lab), 50)).to.equal(true);
    expect(record(lab).attestation.median).to.equal(true);
    expect(record(lab).status).to.equal(RecordStatus.RECORD_STATUS_DISPUTED);
    expect(lab.until(isFinal(lab), 200)).to.equal(true);
    expect(state(lab).disputes.getOrFail(1n)).to.deep.include({
      status: AttributionDisputeStatus.ATTRIBUTION_DISPUTE_STATUS_UNRESOLVED,
      challenger: "",
    });
    expect(record(lab).attesters.map((a) => a.agreed)).to.deep.equal([true, true, true, true]);
    expect(jailed(lab)).to.deep.equal([]);
  });

  it("come to an exact record when the review finds them agreed, without punishing anybody", () => {
    const settling = finding((payload) => (payload.disputeId === 0n ? favouring(truth(payload), 1n) : truth(payload)));
    const lab = createLab({ behaviours: [honest, honest, settling, settling], limit: 1, params: { auditPpm: 0, disputeWindow: 30 } });
    expect(lab.until(() => hasRecord(lab) && record(lab).disputeId === 1n, 100)).to.equal(true);
    expect(record(lab).attestation).to.deep.include({ median: false, agreeingPower: 400n });
    expect(record(lab).attesters.filter((a) => a.agreed)).to.have.length(2);
    expect(lab.until(isFinal(lab), 200)).to.equal(true);
    expect([jailed(lab), [0, 1, 2, 3].map((i) => tokens(lab, i))]).to.deep.equal([[], Array.from({ length: 4 }, () => 100_000_000n)]);
  });
});
