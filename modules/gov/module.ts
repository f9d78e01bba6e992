import * as v1 from "../../proto/gen/cosmos/gov/v1.js";
import * as v1beta1 from "../../proto/gen/cosmos/gov/v1beta1.js";
import type { Codec } from "../../chain/codec/index.js";
import { toTimestamp } from "../../chain/codec/index.js";
import { genesisRoute, messageRoute, updateParamsRoute } from "../../chain/kernel/index.js";
import type { MessageRoute, MessageRunner, Module, TxContext } from "../../chain/kernel/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { beginGov, endGov } from "./block.js";
import type { BlockPorts } from "./block.js";
import { govGenesis } from "./genesis.js";
import { cancelProposal } from "./handlers/cancel-proposal.js";
import { deposit } from "./handlers/deposit.js";
import { execLegacyContent } from "./handlers/exec-legacy-content.js";
import { submitProposal } from "./handlers/submit-proposal.js";
import { vote } from "./handlers/vote.js";
import { createHooks } from "./hooks.js";
import type { DelegationHooks } from "./hooks.js";
import { govInvariants } from "./invariants.js";
import { parseLegacySubmitProposal, parseLegacyVoteWeighted } from "./legacy.js";
import { legacyQueries } from "./legacy-queries.js";
import {
  parseCancelProposal,
  parseDepositMessage,
  parseExecLegacyContent,
  parseSubmitProposal,
  parseVote,
  parseVoteWeighted,
} from "./messages.js";
import { checkParams } from "./params.js";
import type { Staking, Token } from "./ports.js";
import { govQueries } from "./queries.js";
import { GOV_STORE, openGov } from "./state.js";
import { CONTENT_TYPES } from "./contents.js";
import { MESSAGE_TYPES } from "./types.js";

/** A message whose response says nothing. */
function route<W, M, R>(
  codecs: { readonly request: Codec<W>; readonly response: Codec<R> },
  spec: { parse: (wire: W) => M; signer: (message: M) => Address; handle: (ctx: TxContext, message: M) => void },
): MessageRoute {
  return messageRoute({
    ...codecs,
    parse: spec.parse,
    signers: (message) => [spec.signer(message)],
    handle(ctx, message) {
      spec.handle(ctx, message);
      return codecs.response.create();
    },
  });
}

function submitRoutes(ports: BlockPorts): readonly MessageRoute[] {
  return [
    messageRoute({
      request: v1.MsgSubmitProposal,
      response: v1.MsgSubmitProposalResponse,
      parse: parseSubmitProposal,
      signers: ({ proposer }) => [proposer],
      handle: (ctx, message) => ({ proposalId: submitProposal(ctx, ports, message) }),
    }),
    messageRoute({
      request: v1beta1.MsgSubmitProposal,
      response: v1beta1.MsgSubmitProposalResponse,
      parse: parseLegacySubmitProposal,
      signers: ({ proposer }) => [proposer],
      handle: (ctx, message) => ({ proposalId: submitProposal(ctx, ports, message) }),
    }),
    messageRoute({
      request: v1.MsgCancelProposal,
      response: v1.MsgCancelProposalResponse,
      parse: parseCancelProposal,
      signers: ({ proposer }) => [proposer],
      handle(ctx, message) {
        cancelProposal(ctx, ports, message);
        const { time, height } = ctx.block;
        return { proposalId: message.proposalId, canceledTime: toTimestamp(time), canceledHeight: height };
      },
    }),
  ];
}

function depositRoutes(token: Token): readonly MessageRoute[] {
  const spec = {
    parse: parseDepositMessage,
    signer: (m: { readonly depositor: Address }) => m.depositor,
    handle: (ctx: TxContext, m: ReturnType<typeof parseDepositMessage>) => deposit(ctx, token, m),
  };
  return [
    route({ request: v1.MsgDeposit, response: v1.MsgDepositResponse }, spec),
    route({ request: v1beta1.MsgDeposit, response: v1beta1.MsgDepositResponse }, spec),
  ];
}

function voteRoutes(staking: Staking): readonly MessageRoute[] {
  const spec = {
    signer: (m: { readonly voter: Address }) => m.voter,
    handle: (ctx: TxContext, m: ReturnType<typeof parseVote>) => vote(ctx, staking, m),
  };
  const legacy = (wire: v1beta1.MsgVote) => parseVote({ ...wire, metadata: "" });
  return [
    route({ request: v1.MsgVote, response: v1.MsgVoteResponse }, { ...spec, parse: parseVote }),
    route({ request: v1.MsgVoteWeighted, response: v1.MsgVoteWeightedResponse }, { ...spec, parse: parseVoteWeighted }),
    route({ request: v1beta1.MsgVote, response: v1beta1.MsgVoteResponse }, { ...spec, parse: legacy }),
    route(
      { request: v1beta1.MsgVoteWeighted, response: v1beta1.MsgVoteWeightedResponse },
      { ...spec, parse: parseLegacyVoteWeighted },
    ),
  ];
}

function authorityRoutes(runner: MessageRunner): readonly MessageRoute[] {
  return [
    route(
      { request: v1.MsgExecLegacyContent, response: v1.MsgExecLegacyContentResponse },
      {
        parse: parseExecLegacyContent,
        signer: ({ authority }) => authority,
        handle: (ctx, message) => execLegacyContent(ctx, runner, message),
      },
    ),
    updateParamsRoute<v1.MsgUpdateParams, v1.Params, v1.MsgUpdateParamsResponse>({
      request: v1.MsgUpdateParams,
      response: v1.MsgUpdateParamsResponse,
      check: checkParams,
      set: (ctx, params) => openGov(ctx).params.set(params),
    }),
  ];
}

/** `hooks`: for staking, which must call them. */
export type GovModule = Module & { readonly hooks: DelegationHooks };

/** Proposals, deposits and votes. Stands before staking in genesis order, after auth and token. */
export function createGovModule(ports: BlockPorts): GovModule {
  const { token, staking, runner } = ports;
  return {
    name: GOV_STORE,
    messages: [...submitRoutes(ports), ...depositRoutes(token), ...voteRoutes(staking), ...authorityRoutes(runner)],
    queries: [...govQueries(staking), ...legacyQueries(staking)],
    types: CONTENT_TYPES,
    genesis: genesisRoute(govGenesis(ports), MESSAGE_TYPES),
    beginBlock: (ctx) => beginGov(ctx, staking),
    endBlock(ctx) {
      endGov(ctx, ports);
      return [];
    },
    invariants: govInvariants(token, staking),
    tasks: [],
    hooks: createHooks(staking),
  };
}
