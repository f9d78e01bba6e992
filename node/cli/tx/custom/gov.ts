import { MsgSubmitProposal, MsgVoteWeighted, VoteOption } from "../../../../proto/gen/cosmos/gov/v1.js";
import { EdgeFailure } from "../../../errors.js";
import { nearest } from "../../../nearest.js";
import { enumChoices } from "../../fields/scalar-json.js";
import { textAt } from "../custom-tx.js";
import type { CustomTx } from "../custom-tx.js";
import { anyOfJson, coinsOf, fieldText, jsonFile, pack, urlOf } from "./pack.js";

const FIELDS = ["messages", "metadata", "deposit", "title", "summary", "expedited"] as const;

/** The file that simd reads. */
export const SUBMIT_PROPOSAL: CustomTx = {
  module: "gov",
  use: "submit-proposal <proposal.json>",
  about: [
    "Submit a proposal along with some messages, metadata and deposit. The file holds",
    '  {"messages": [{"@type": "/cosmos.bank.v1beta1.MsgSend", ...}], "metadata": "ipfs://CID", "deposit": "1000000uopen",',
    '   "title": "...", "summary": "...", "expedited": false}',
  ].join("\n"),
  example: "proposal.json --from ada",
  sends: [urlOf(MsgSubmitProposal)],
  build({ args, sender, sources }) {
    const path = textAt(args, 0);
    const json = jsonFile(sources.file(path), path, FIELDS);
    const { messages = [], expedited = false } = json;
    if (!Array.isArray(messages)) throw new EdgeFailure("malformed", `${path}: "messages" must be a list`);
    if (typeof expedited !== "boolean") throw new EdgeFailure("malformed", `${path}: "expedited" must be true or false`);
    const proposal = pack(MsgSubmitProposal, {
      messages: messages.map((message: unknown, i) => anyOfJson(message, `${path}: message ${i + 1}`)),
      initialDeposit: coinsOf(fieldText(json, "deposit", ""), "deposit"),
      proposer: sender.account,
      metadata: fieldText(json, "metadata", ""),
      title: fieldText(json, "title"),
      summary: fieldText(json, "summary"),
      expedited,
    });
    return Promise.resolve([proposal]);
  },
};

const OPTIONS = enumChoices(VoteOption);

/** "yes=0.6" */
function weighted(text: string): { readonly option: number; readonly weight: string } {
  const [word = "", weight = "1"] = text.trim().split("=");
  const name = OPTIONS.get(word.toLowerCase().replaceAll("_", "-"));
  const choices = [...OPTIONS.keys()].filter((choice) => choice !== "unspecified");
  if (name === undefined || !choices.includes(word.toLowerCase().replaceAll("_", "-"))) {
    throw new EdgeFailure("malformed", `"${word.slice(0, 40)}" is no option; did you mean ${nearest(word, choices)}?`);
  }
  if (!/^[01](\.\d{1,18})?$/.test(weight)) throw new EdgeFailure("malformed", `the weight of ${word} must look like 0.6, got "${weight.slice(0, 40)}"`);
  return { option: VoteOption[name as keyof typeof VoteOption], weight };
}

export const WEIGHTED_VOTE: CustomTx = {
  module: "gov",
  use: "weighted-vote <proposal-id> <weighted-options>",
  about: "Vote for an active proposal with weights that sum to 1, options: yes/no/no-with-veto/abstain",
  example: "1 yes=0.6,no=0.3,abstain=0.1 --from ada",
  sends: [urlOf(MsgVoteWeighted)],
  flags: (command) => void command.option("--metadata <text>", "specify metadata of the weighted vote", ""),
  build({ args, options, sender }) {
    const id = textAt(args, 0);
    if (!/^[1-9]\d{0,18}$/.test(id)) throw new EdgeFailure("malformed", `a proposal is named by its number, got "${id.slice(0, 40)}"`);
    const { metadata = "" } = options as { readonly metadata?: string };
    const votes = textAt(args, 1).split(",").map(weighted);
    return Promise.resolve([pack(MsgVoteWeighted, { proposalId: BigInt(id), voter: sender.account, options: votes, metadata })]);
  },
};
