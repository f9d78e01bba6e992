/** Messages that only governance may send go into a proposal. */
import type { Command } from "commander";
import { UOPEN } from "../../../chain/primitives/index.js";
import { MsgSubmitProposal } from "../../../proto/gen/cosmos/gov/v1.js";
import type { Any } from "../../../proto/gen/google/protobuf.js";
import { parseCoinsArgument } from "../coins-argument.js";
import type { Sender } from "./signer.js";

export interface ProposalOptions {
  readonly title: string;
  readonly summary: string;
  readonly deposit?: string;
  readonly metadata: string;
  readonly expedited: boolean;
}

/** Flags that say what a proposal is about. */
export const PROPOSAL_FLAGS: readonly string[] = ["title", "summary", "deposit", "metadata", "expedited"];

export function addProposalFlags(command: Command): void {
  command
    .requiredOption("--title <text>", "title of the proposal")
    .requiredOption("--summary <text>", "summary of the proposal")
    .option("--deposit <coins>", "deposit of the proposal; voting begins once it is large enough (`query gov params`)")
    .option("--metadata <text>", "metadata of the proposal, like ipfs://CID", "")
    .option("--expedited", "ask for a shorter vote with a higher threshold", false);
}

/** @throws EdgeFailure "malformed" on a deposit that is no amount. */
export function proposalOf(messages: readonly Any[], { account }: Sender, options: ProposalOptions): Any {
  const { title, summary, deposit, metadata, expedited } = options;
  const initialDeposit = deposit === undefined ? [] : [{ denom: UOPEN, amount: parseCoinsArgument(deposit, "--deposit").toString() }];
  const proposal = MsgSubmitProposal.create({ messages, initialDeposit, proposer: account, metadata, title, summary, expedited });
  return { typeUrl: `/${MsgSubmitProposal.typeName}`, value: MsgSubmitProposal.encode(proposal) };
}
