import { MsgUpdateParams as MsgUpdateAuthParams } from "../../proto/gen/cosmos/auth/v1beta1.js";
import { MsgSend } from "../../proto/gen/cosmos/bank/v1beta1.js";
import { CommunityPoolSpendProposal } from "../../proto/gen/cosmos/distribution/v1beta1.js";
import * as v1 from "../../proto/gen/cosmos/gov/v1.js";
import * as v1beta1 from "../../proto/gen/cosmos/gov/v1beta1.js";
import type { Any } from "../../proto/gen/google/protobuf.js";
import { formatAddress } from "../../chain/codec/index.js";
import { GOV_AUTHORITY } from "../../chain/kernel/index.js";
import { DEFAULT_PARAMS } from "./params.js";
import type { Draw, Factory } from "../../chain/testkit/draw.js";

const authority = formatAddress(GOV_AUTHORITY);
const oneOf = <T>(draw: Draw, list: readonly T[], fallback: T): T => list[draw(list.length)] ?? fallback;
const accountOf = (draw: Draw, accounts: readonly string[]): string => oneOf(draw, accounts, "");
const message = <M>(codec: { readonly typeName: string; encode(m: M): Uint8Array }, value: M): Any => ({
  typeUrl: `/${codec.typeName}`,
  value: codec.encode(value),
});
const coins = (amount: number) => [{ denom: "uopen", amount: amount.toString() }];
/** Proposals are few, so that votes meet. */
const proposalOf = (draw: Draw): bigint => BigInt(1 + draw(8));
/** Mostly yes, so that some proposals pass. */
const optionOf = (draw: Draw): number => oneOf(draw, [1, 1, 1, 1, 1, 2, 3, 4, 0], 1);

/** Parameters of governance itself, mostly within bounds: shorter periods make the simulation livelier. */
const governGov: Factory = (draw) =>
  message(v1.MsgUpdateParams, {
    authority,
    params: {
      ...DEFAULT_PARAMS,
      votingPeriod: { seconds: BigInt(60 + draw(200_000)), nanos: draw(1_000) },
      expeditedVotingPeriod: { seconds: BigInt(1 + draw(100)), nanos: 0 },
      burnVoteQuorum: draw(2) === 0,
      burnProposalDepositPrevote: draw(2) === 0,
      proposalCancelRatio: `0.${1 + draw(9)}`,
      quorum: draw(5) === 0 ? "1.1" : `0.${draw(6)}`,
    },
  });

const governAuth: Factory = (draw) =>
  message(MsgUpdateAuthParams, {
    authority,
    params: {
      maxMemoCharacters: BigInt(draw(600)),
      txSigLimit: 7n,
      txSizeCostPerByte: BigInt(1 + draw(20)),
      sigVerifyCostEd25519: 590n,
      sigVerifyCostSecp256k1: 1000n,
    },
  });

/** Governance has no coins but those of depositors, so this one fails when it passes. */
const spend: Factory = (draw, accounts) =>
  message(MsgSend, { fromAddress: authority, toAddress: accountOf(draw, accounts), amount: coins(1 + draw(5)) });

/** Somebody else's message, which is refused when it is proposed. */
const foreign: Factory = (draw, accounts) =>
  message(MsgSend, { fromAddress: accountOf(draw, accounts), toAddress: accountOf(draw, accounts), amount: coins(1) });

const PROPOSABLE: readonly Factory[] = [governGov, governGov, governAuth, governAuth, spend, foreign];

const submit: Factory = (draw, accounts) => {
  const expedited = draw(4) === 0;
  return message(v1.MsgSubmitProposal, {
    messages: Array.from({ length: draw(3) }, () => oneOf(draw, PROPOSABLE, governAuth)(draw, accounts)),
    initialDeposit: coins((expedited ? 50_000_000 : 10_000_000) - draw(2) * 1_000_000),
    proposer: accountOf(draw, accounts),
    metadata: draw(2) === 0 ? "ipfs://CID" : "",
    title: "Title",
    summary: draw(10) === 0 ? "" : "Summary",
    expedited,
  });
};

const submitLegacy: Factory = (draw, accounts) => {
  const said = { title: "Title", description: "Description" };
  const text = message(v1beta1.TextProposal, said);
  const pool = message(CommunityPoolSpendProposal, { ...said, recipient: accountOf(draw, accounts), amount: coins(1 + draw(100)) });
  return message(v1beta1.MsgSubmitProposal, {
    content: draw(2) === 0 ? text : pool,
    initialDeposit: coins(5_000_000 + draw(2) * 5_000_000),
    proposer: accountOf(draw, accounts),
  });
};

const deposit: Factory = (draw, accounts) => {
  const given = { proposalId: proposalOf(draw), depositor: accountOf(draw, accounts), amount: coins(draw(20) * 500_000) };
  return draw(2) === 0 ? message(v1.MsgDeposit, given) : message(v1beta1.MsgDeposit, given);
};

const vote: Factory = (draw, accounts) => {
  const given = { proposalId: proposalOf(draw), voter: accountOf(draw, accounts), option: optionOf(draw) };
  return draw(3) > 0 ? message(v1.MsgVote, { ...given, metadata: "" }) : message(v1beta1.MsgVote, given);
};

const voteWeighted: Factory = (draw, accounts) => {
  const hundredths = 1 + draw(99);
  const parts = [hundredths, 100 - hundredths + (draw(10) === 0 ? 1 : 0)];
  const given = { proposalId: proposalOf(draw), voter: accountOf(draw, accounts) };
  if (draw(3) === 0) {
    const options = parts.map((part, i) => ({ option: i + 1, weight: (BigInt(part) * 10n ** 16n).toString() }));
    return message(v1beta1.MsgVoteWeighted, { ...given, options });
  }
  const options = parts.map((part, i) => {
    return { option: 2 * i + 1, weight: part === 100 ? "1" : `0.${part.toString().padStart(2, "0")}` };
  });
  return message(v1.MsgVoteWeighted, { ...given, options, metadata: "" });
};

const cancel: Factory = (draw, accounts) =>
  message(v1.MsgCancelProposal, { proposalId: proposalOf(draw), proposer: accountOf(draw, accounts) });

/** Votes are the most frequent, so that proposals have some. */
export const factories: readonly Factory[] = [submit, submit, submitLegacy, deposit, vote, vote, vote, vote, vote, voteWeighted, cancel];
