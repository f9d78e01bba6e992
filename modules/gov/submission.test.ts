import { expect } from "chai";
import { MsgExecLegacyContent, MsgSubmitProposal, VoteOption } from "../../proto/gen/cosmos/gov/v1.js";
import * as legacy from "../../proto/gen/cosmos/gov/v1beta1.js";
import { ParameterChangeProposal } from "../../proto/gen/cosmos/params/v1beta1.js";
import { SoftwareUpgradeProposal } from "../../proto/gen/cosmos/upgrade/v1beta1.js";
import { BoolValue, StringValue } from "../../proto/gen/google/protobuf.js";
import type { Any } from "../../proto/gen/google/protobuf.js";
import { formatAddress } from "../../chain/codec/index.js";
import { GOV_AUTHORITY } from "../../chain/kernel/index.js";
import { OPERATORS, PERIODS, anyOf, createStakedLab, person, proposalOf, submit, uopen, vote } from "../../chain/testkit/gov-lab.js";
import type { GovLab } from "../../chain/testkit/gov-lab.js";
import { rejection } from "../../chain/testkit/rejects.js";
import { statedIn } from "./rules/metadata.js";

const authority = formatAddress(GOV_AUTHORITY);
const good = anyOf(BoolValue, { value: true });

describe("a proposal", () => {
  it("says what it carries when it is submitted, and starts with its deposit", () => {
    const lab = createStakedLab();
    const id = submit(lab, { messages: [good, good] });
    expect(lab.ctx.events.map((e) => [e.type, ...e.attributes.map((a) => `${a.key}=${a.value}`)])).to.deep.equal([
      [
        "submit_proposal",
        "proposal_id=1",
        `proposal_proposer=${formatAddress(person(1))}`,
        "proposal_messages=,/google.protobuf.BoolValue,/google.protobuf.BoolValue",
      ],
      ["proposal_deposit", `depositor=${formatAddress(person(1))}`, "amount=10000000uopen", "proposal_id=1"],
      ["submit_proposal", "voting_period_start=1"],
    ]);
    const stored = proposalOf(lab, id);
    expect([stored?.title, stored?.summary, stored?.metadata, stored?.proposer]).to.deep.equal([
      "A title",
      "A summary",
      "ipfs://CID",
      formatAddress(person(1)),
    ]);
  });

  it("is refused by code for each way it can be wrong", () => {
    const lab = createStakedLab();
    const refused = (given: Partial<MsgSubmitProposal>): string => rejection(() => submit(lab, given));
    expect(refused({ title: "" })).to.equal("sdk/18");
    expect(refused({ summary: "" })).to.equal("sdk/18");
    expect(refused({ metadata: "" })).to.equal("gov/11");
    expect(refused({ metadata: "x".repeat(256) })).to.equal("gov/15");
    expect(refused({ title: "x".repeat(256) })).to.equal("gov/15");
    expect(refused({ summary: "ä".repeat(5_101) })).to.equal("gov/22");
    expect(refused({ proposer: "nobody" })).to.equal("sdk/7");
    expect(refused({ initialDeposit: [{ denom: "uopen", amount: "-1" }] })).to.equal("sdk/10");
    expect(refused({ initialDeposit: [...uopen(1n), ...uopen(1n)] })).to.equal("sdk/10");
    expect(refused({ initialDeposit: [{ denom: "uatom", amount: "1" }] })).to.equal("gov/23");
    expect(refused({ messages: Array.from({ length: 257 }, () => good) })).to.equal("sdk/18");
    submit(lab, { messages: [good], metadata: "", summary: "ä".repeat(5_100) });
  });

  it("carries only messages that somebody handles, that are well formed, and that governance alone signs", () => {
    const lab = createStakedLab();
    const refused = (message: Any): string => rejection(() => submit(lab, { messages: [good, message] }));
    expect(refused({ typeUrl: "/no.Such", value: new Uint8Array(0) })).to.equal("gov/10");
    expect(() => submit(lab, { messages: [{ typeUrl: "/no.Such", value: new Uint8Array(0) }] })).to.throw(
      "/no.Such: proposal message not recognized by router",
    );
    expect(refused({ typeUrl: good.typeUrl, value: Uint8Array.of(255) })).to.equal("gov/12");
    expect(refused(anyOf(StringValue, { value: "x" }))).to.equal("gov/13");
    expect(() => submit(lab, { messages: [anyOf(StringValue, { value: "x" })] })).to.throw(
      `${formatAddress(person(1))}: expected gov account as only signer for proposal message`,
    );
  });

  it("inside a proposal is looked into only when the outer one runs, however deep they are nested", () => {
    const lab = createStakedLab();
    let inner: Any = good;
    for (let depth = 0; depth < 200; depth++) {
      const initialDeposit = uopen(10_000_000n);
      inner = anyOf(MsgSubmitProposal, { messages: [inner], initialDeposit, proposer: authority, title: "t", summary: "s" });
    }
    const id = submit(lab, { messages: [inner] });
    OPERATORS.forEach((operator) => vote(lab, operator, id, VoteOption.VOTE_OPTION_YES));
    lab.endBlock(PERIODS.voting);
    expect(proposalOf(lab, id)?.failedReason).to.equal("deposits are no means of governance: unauthorized");
    expect(lab.broken()).to.deep.equal([]);
  });

  it("must say in its metadata what it says itself, where that is in the recommended form", () => {
    const lab = createStakedLab();
    const metadata = (title: string, summary: string): string => JSON.stringify({ title, authors: ["a"], summary });
    submit(lab, { metadata: metadata("A title", "A summary") });
    expect(() => submit(lab, { metadata: metadata("Another", "A summary") })).to.throw(
      "metadata title 'Another' must equal proposal title 'A title': invalid proposal content",
    );
    expect(() => submit(lab, { metadata: metadata("A title", "Other") })).to.throw(
      "metadata summary 'Other' must equal proposal summary 'A summary': invalid proposal content",
    );
  });
});

describe("metadata", () => {
  it("is read as Go reads it into the recommended form", () => {
    expect(statedIn('{"Title":"a","SUMMARY":"b","more":1}')).to.deep.equal({ title: "a", summary: "b" });
    expect(statedIn("{}")).to.deep.equal({ title: "", summary: "" });
    expect(statedIn("null")).to.deep.equal({ title: "", summary: "" });
    expect(statedIn('{"title":null,"authors":null}')).to.deep.equal({ title: "", summary: "" });
    for (const other of ["", "ipfs://CID", "[1]", "1", '"text"', '{"title":1}', '{"authors":"a"}', '{"details":[]}', "{"])
      expect(statedIn(other), other).to.equal(undefined);
  });
});

function submitLegacy(lab: GovLab, content: Any | undefined): Uint8Array {
  const message = { content, initialDeposit: uopen(10_000_000n), proposer: formatAddress(person(1)) };
  return lab.run(anyOf(legacy.MsgSubmitProposal, message));
}

describe("an old proposal", () => {
  const text = { title: "A title", description: "A description" };

  it("of text passes without an effect, as a proposal of the new form", () => {
    const lab = createStakedLab();
    const { proposalId } = legacy.MsgSubmitProposalResponse.decode(submitLegacy(lab, anyOf(legacy.TextProposal, text)));
    const stored = proposalOf(lab, proposalId);
    expect([stored?.title, stored?.summary]).to.deep.equal(["A title", "A description"]);
    expect(stored?.messages.map((m) => m.typeUrl)).to.deep.equal(["/cosmos.gov.v1.MsgExecLegacyContent"]);
    lab.run(anyOf(legacy.MsgVote, { proposalId, voter: formatAddress(OPERATORS[0]), option: 1 }));
    const split = [1, 3].map((option) => ({ option, weight: "500000000000000000" }));
    lab.run(anyOf(legacy.MsgVoteWeighted, { proposalId, voter: formatAddress(OPERATORS[1]), options: split }));
    lab.run(anyOf(legacy.MsgDeposit, { proposalId, depositor: formatAddress(person(2)), amount: uopen(10_000_000n) }));
    lab.endBlock(PERIODS.voting);
    expect(proposalOf(lab, proposalId)?.status).to.equal(3);
    expect(proposalOf(lab, proposalId)?.finalTallyResult).to.deep.include({ yesCount: "200", noCount: "100" });
  });

  it("is refused by code for each way its content can be wrong", () => {
    const lab = createStakedLab();
    const refused = (content: Any | undefined): string => rejection(() => submitLegacy(lab, content));
    expect(refused(undefined)).to.equal("gov/5");
    expect(refused(good)).to.equal("sdk/2");
    expect(refused(anyOf(legacy.TextProposal, { ...text, title: " " }))).to.equal("gov/5");
    expect(refused(anyOf(legacy.TextProposal, { ...text, title: "x".repeat(141) }))).to.equal("gov/5");
    expect(refused(anyOf(legacy.TextProposal, { ...text, description: "" }))).to.equal("gov/5");
    expect(refused(anyOf(legacy.TextProposal, { ...text, description: "x".repeat(10_001) }))).to.equal("gov/5");
    expect(refused(anyOf(ParameterChangeProposal, text))).to.equal("gov/9");
  });

  it("that could not be carried out is refused at once, with the reason", () => {
    const lab = createStakedLab();
    const plan = { name: "v2", time: { seconds: -62_135_596_800n, nanos: 0 }, height: 9n, info: "", upgradedClientState: undefined };
    expect(() => submitLegacy(lab, anyOf(SoftwareUpgradeProposal, { ...text, plan }))).to.throw(
      "failed to run legacy handler upgrade, no message handler found for /cosmos.upgrade.v1beta1.MsgSoftwareUpgrade",
    );
    expect(lab.broken()).to.deep.equal([]);
  });

  it("is carried out for governance alone", () => {
    const lab = createStakedLab();
    const exec = anyOf(MsgExecLegacyContent, { content: anyOf(legacy.TextProposal, text), authority: formatAddress(person(1)) });
    expect(() => lab.run(exec)).to.throw(
      `expected ${authority} got ${formatAddress(person(1))}: expected gov account as only signer for proposal message`,
    );
  });
});
