import { expect } from "chai";
import { MsgUpdateParams } from "../../proto/gen/cosmos/bank/v1beta1.js";
import { TextProposal } from "../../proto/gen/cosmos/gov/v1beta1.js";
import * as legacy from "../../proto/gen/cosmos/gov/v1beta1.js";
import { formatAddress } from "../../chain/codec/index.js";
import type { Any } from "../../proto/gen/google/protobuf.js";
import { GOV_AUTHORITY } from "../../chain/kernel/index.js";
import { OPERATORS, PERIODS, anyOf, createGovLab, createStakedLab, person, submit, uopen, vote } from "../../chain/testkit/gov-lab.js";
import { rejection } from "../../chain/testkit/rejects.js";

type Json = Readonly<Record<string, unknown>>;
interface Document extends Json {
  readonly starting_proposal_id: string;
  readonly deposits: readonly Json[];
  readonly votes: readonly Json[];
  readonly proposals: readonly Json[];
}

const authority = formatAddress(GOV_AUTHORITY);
const HELD = 21_000_000n;

/** A proposal waiting for deposits, one in voting with a vote, and one that is over. */
function document(): Document {
  const lab = createStakedLab();
  const update = anyOf(MsgUpdateParams, { authority, params: { sendEnabled: [], defaultSendEnabled: true } });
  submit(lab);
  lab.endBlock(PERIODS.voting);
  submit(lab, { initialDeposit: uopen(1_000_000n) });
  // The lab does not handle bank's message, so that it is put in place of one that it does.
  submit(lab, { metadata: "m" });
  vote(lab, OPERATORS[1], 3n, 1);
  const content: Any = anyOf(TextProposal, { title: "t", description: "d" });
  lab.run(anyOf(legacy.MsgSubmitProposal, { content, initialDeposit: uopen(10_000_000n), proposer: formatAddress(person(1)) }));
  const exported = lab.gov.genesis.export(lab.ctx) as Document;
  const { typeUrl } = update;
  const message = { "@type": typeUrl, authority, params: { send_enabled: [], default_send_enabled: true } };
  const proposals = exported.proposals.map((p) => (p["id"] === "3" ? { ...p, messages: [message] } : p));
  return { ...exported, proposals };
}

describe("genesis of governance", () => {
  it("is what was exported, messages in the SDK's JSON and old content in them", () => {
    const exported = document();
    const lab = createGovLab(exported, HELD);
    expect(lab.gov.genesis.export(lab.ctx)).to.deep.equal(exported);
    expect(lab.broken()).to.deep.equal([]);
    const messages = exported.proposals.flatMap((p) => p["messages"] as Json[]);
    expect(messages.map((m) => m["@type"])).to.deep.equal([
      "/cosmos.bank.v1beta1.MsgUpdateParams",
      "/cosmos.gov.v1.MsgExecLegacyContent",
    ]);
    expect(messages[1]?.["content"]).to.deep.equal({ "@type": "/cosmos.gov.v1beta1.TextProposal", title: "t", description: "d" });
  });

  it("may bring more coins than depositors are owed: what came otherwise is governance's own", () => {
    const lab = createGovLab(document(), HELD + 1n);
    expect(lab.broken()).to.deep.equal([]);
    expect(lab.gov.genesis.export(lab.ctx)).to.deep.equal(document());
  });

  it("has the defaults of a new chain, and an account that may do what it must", () => {
    const lab = createGovLab();
    expect(lab.gov.genesis.export(lab.ctx)).to.deep.equal(lab.gov.genesis.defaults());
    expect(submit(createStakedLab())).to.equal(1n);
  });

  it("goes on where it was: queues, votes and deposits", () => {
    const lab = createGovLab(document(), HELD);
    OPERATORS.forEach((operator, i) => {
      lab.delegate(operator, operator, BigInt(i + 1) * 100_000_000n);
      lab.setTokens(operator, BigInt(i + 1) * 100n);
    });
    lab.beginBlock();
    lab.endBlock(2n * PERIODS.voting);
    const states = (lab.gov.genesis.export(lab.ctx) as Document).proposals.map((p) => [p["id"], p["status"]]);
    expect(states).to.deep.equal([
      ["1", "PROPOSAL_STATUS_REJECTED"],
      ["3", "PROPOSAL_STATUS_REJECTED"],
      ["4", "PROPOSAL_STATUS_REJECTED"],
    ]);
    expect(lab.ledger.moduleBalance(lab.ctx, "gov")).to.equal(0n);
    expect(lab.broken()).to.deep.equal([]);
  });

  it("is refused where it contradicts itself", () => {
    const good = document();
    const [first, ...others] = good.proposals;
    const refused = (change: Partial<Document>, held = HELD): string =>
      rejection(() => createGovLab({ ...good, ...change }, held));
    expect(refused({}, HELD - 1n)).to.equal("gov/8");
    expect(refused({ starting_proposal_id: "0" })).to.equal("gov/8");
    expect(refused({ starting_proposal_id: "4" })).to.equal("gov/8");
    expect(refused({ proposals: [...good.proposals, ...others] })).to.equal("gov/8");
    expect(refused({ proposals: good.proposals.slice(0, 2) })).to.equal("gov/8");
    expect(refused({ proposals: [first, ...others].map((p) => ({ ...p, deposit_end_time: null })) })).to.equal("gov/8");
    expect(refused({ deposits: [...good.deposits, ...good.deposits] })).to.equal("gov/8");
    expect(refused({ votes: [...good.votes, ...good.votes] })).to.equal("gov/8");
    expect(refused({ votes: good.votes.map((v) => ({ ...v, proposal_id: "2" })) })).to.equal("gov/8");
    expect(refused({ votes: good.votes.map((v) => ({ ...v, proposal_id: "9" })) })).to.equal("gov/8");
    expect(refused({ votes: good.votes.map((v) => ({ ...v, options: [] })) })).to.equal("sdk/18");
    expect(refused({ params: null })).to.equal("gov/8");
    expect(refused({ params: { ...(good["params"] as Json), quorum: "2" } })).to.equal("sdk/18");
  });
});
