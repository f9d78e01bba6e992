import { expect } from "chai";
import { MsgUpdateParams, Params } from "../../proto/gen/cosmos/gov/v1.js";
import { formatAddress } from "../../chain/codec/index.js";
import { GOV_AUTHORITY } from "../../chain/kernel/index.js";
import { anyOf, createStakedLab, person, submit, uopen } from "../../chain/testkit/gov-lab.js";
import { rejection } from "../../chain/testkit/rejects.js";
import { DEFAULT_PARAMS, checkParams } from "./params.js";
import { govState } from "./state.js";

const YEAR = 31_622_400n;
const seconds = (count: bigint, nanos = 0) => ({ seconds: count, nanos });

/** Changes that are refused. */
const BEYOND: readonly Partial<Params>[] = [
  { minDeposit: [] },
  { minDeposit: [{ denom: "uopen", amount: "0" }] },
  { minDeposit: [{ denom: "uatom", amount: "1" }] },
  { minDeposit: [...uopen(1n), ...uopen(2n)] },
  { expeditedMinDeposit: uopen(10_000_000n) },
  { maxDepositPeriod: undefined },
  { maxDepositPeriod: seconds(0n, 999_999_999) },
  { maxDepositPeriod: seconds(-5n) },
  { maxDepositPeriod: seconds(5n, -1) },
  { maxDepositPeriod: seconds(5n, 1_000_000_000) },
  { maxDepositPeriod: seconds(YEAR + 1n) },
  { votingPeriod: undefined },
  { votingPeriod: seconds(86_400n) },
  { expeditedVotingPeriod: undefined },
  { expeditedVotingPeriod: seconds(172_800n) },
  { quorum: "" },
  { quorum: "-0.1" },
  { quorum: "1.000000000000000001" },
  { threshold: "0" },
  { threshold: "0.667" },
  { expeditedThreshold: "0.5" },
  { expeditedThreshold: "1.1" },
  { vetoThreshold: "0" },
  { vetoThreshold: "two thirds" },
  { minInitialDepositRatio: "-0.5" },
  { minInitialDepositRatio: "1.5" },
  { minDepositRatio: "0.009" },
  { minDepositRatio: "1.01" },
  { proposalCancelRatio: "-1" },
  { proposalCancelRatio: "2" },
];

const WITHIN: readonly Partial<Params>[] = [
  {},
  { quorum: "0" },
  { quorum: "1", vetoThreshold: "1" },
  { threshold: "0.000000000000000001" },
  { minInitialDepositRatio: "1", minDepositRatio: "1", proposalCancelRatio: "0" },
  { maxDepositPeriod: seconds(1n), votingPeriod: seconds(1n, 1), expeditedVotingPeriod: seconds(1n) },
  { maxDepositPeriod: seconds(YEAR), votingPeriod: seconds(YEAR) },
  { proposalCancelDest: formatAddress(person(3)) },
];

describe("parameters of governance", () => {
  it("have bounds, each of which is refused beyond and taken within", () => {
    for (const change of BEYOND)
      expect(rejection(() => checkParams({ ...DEFAULT_PARAMS, ...change })), Object.keys(change).join()).to.equal("sdk/18");
    for (const change of WITHIN) checkParams({ ...DEFAULT_PARAMS, ...change });
    expect(rejection(() => checkParams({ ...DEFAULT_PARAMS, proposalCancelDest: "nobody" }))).to.equal("sdk/7");
  });

  it("are changed by governance alone, and hold for what comes after", () => {
    const lab = createStakedLab();
    const update = (authority: string) =>
      anyOf(MsgUpdateParams, { authority, params: Params.create({ ...DEFAULT_PARAMS, minDeposit: uopen(20_000_000n) }) });
    expect(rejection(() => lab.run(update(formatAddress(person(1)))))).to.equal("gov/13");
    lab.run(update(formatAddress(GOV_AUTHORITY)));
    const id = submit(lab, { initialDeposit: uopen(10_000_000n) });
    expect(govState.read(lab.ctx.store("gov")).proposals.get(id)?.status).to.equal(1);
  });
});
