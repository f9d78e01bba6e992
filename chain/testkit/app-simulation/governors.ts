import { createModules } from "../../../modules/app.js";
import { proposalOf } from "../../../modules/gov/rules/ballot.js";
import { govState } from "../../../modules/gov/state.js";
import { MESSAGE_SERVICES } from "../../../modules/message-types.js";
import { MsgUpdateParams as MsgUpdateConsensus } from "../../../proto/gen/cosmos/consensus/v1.js";
import { MsgCommunityPoolSpend } from "../../../proto/gen/cosmos/distribution/v1beta1.js";
import { MsgExecLegacyContent, MsgSubmitProposal, MsgVote } from "../../../proto/gen/cosmos/gov/v1.js";
import { TextProposal } from "../../../proto/gen/cosmos/gov/v1beta1.js";
import { MsgCancelUpgrade, MsgSoftwareUpgrade, Plan } from "../../../proto/gen/cosmos/upgrade/v1beta1.js";
import type { Any } from "../../../proto/gen/google/protobuf.js";
import { MsgVoidAllocations } from "../../../proto/gen/openledger/emission/v1.js";
import { silentSource } from "../../attest/index.js";
import { anyFromJson, formatAddress } from "../../codec/index.js";
import type { AnyCodec, Codec } from "../../codec/index.js";
import { GOV_AUTHORITY, createMessageRunner } from "../../kernel/index.js";
import { createRouter } from "../../kernel/router.js";
import type { TestChain } from "../chain.js";
import { oneOf } from "../draw.js";
import type { Draw, Factory } from "../draw.js";
import { anyOf } from "../signer.js";
import { drawParams } from "./params.js";
import { simulatedAccounts } from "./run.js";
import type { Simulation, State } from "./run.js";
import { TRIES, wouldPass } from "./traffic.js";

/** Governance that is quick enough for a simulation, and proposals of everything that only governance may do. */

const authority = formatAddress(GOV_AUTHORITY);

/** A message that only governance may send. */
export interface Act {
  readonly typeUrl: string;
  draft(draw: Draw, accounts: readonly string[]): Any;
}

function act<T>(codec: Codec<T>, fill: (draw: Draw, accounts: readonly string[]) => T): Act {
  return { typeUrl: `/${codec.typeName}`, draft: (draw, accounts) => anyOf(codec, fill(draw, accounts)) };
}

type Json = State[string];

/** One yes of a validator passes a proposal within some blocks. */
const QUICK: Json = {
  quorum: "0.0",
  threshold: "0.000000000000000001",
  voting_period: "200s",
  expedited_voting_period: "1s",
  min_deposit: [{ denom: "uopen", amount: "1000" }],
};

/** What governance may change of itself and stay quick; one cancellation in four would cost more than there is. */
function drawQuick(defaults: unknown, draw: Draw): Json {
  const cancel = oneOf(draw, ["0.0", "0.3", "1.0", "1.1"]);
  return { ...(defaults as Json), ...QUICK, proposal_cancel_ratio: cancel, burn_vote_quorum: draw(2) === 0, burn_proposal_deposit_prevote: draw(2) === 0 };
}

/** The genesis that a module has when it is given none. */
export function defaultsOf(name: string): Json {
  const { modules } = createModules(silentSource);
  return modules.find((m) => m.name === name)?.genesis.defaults() as Json;
}

/** A module whose parameters one message replaces. */
export interface Governed extends Act {
  readonly name: string;
}

function governed(name: string, codec: AnyCodec): Governed {
  const [defaults, drawn] = [defaultsOf(name)["params"], name === "gov" ? drawQuick : drawParams];
  const typeUrl = `/${codec.typeName}`;
  const draft: Act["draft"] = (draw) => ({ typeUrl, value: codec.encode(anyFromJson(codec, { authority, params: drawn(defaults, draw) }) as never) });
  return { name, typeUrl, draft };
}

/** Every MsgUpdateParams { authority, params }, with parameters drawn from the module's defaults. */
export function governedModules(): readonly Governed[] {
  return MESSAGE_SERVICES.flatMap(({ typeName, methods }) => {
    const codec = methods.find((m) => m.name === "UpdateParams")?.request;
    return codec?.fields.some((f) => f.name === "params") === true ? [governed(typeName.split(".")[1] ?? "", codec)] : [];
  });
}

/** Pay that is held back is taken back, where emission is on. */
export const VOID: Act = act(MsgVoidAllocations, (draw) => ({ authority, datanetId: BigInt(1 + draw(3)), fromEpoch: BigInt(draw(4)) }));

/** What governance does beside setting parameters. A plan of an upgrade lies far ahead: one that comes due would end the run. */
export const ACTS: readonly Act[] = [
  act(MsgCommunityPoolSpend, (draw, accounts) => ({ authority, recipient: oneOf(draw, accounts), amount: [{ denom: "uopen", amount: `${1 + draw(9)}` }] })),
  act(MsgSoftwareUpgrade, (draw) => ({ authority, plan: Plan.create({ name: `next-${draw(3)}`, height: BigInt(100_000 + draw(9)) }) })),
  act(MsgCancelUpgrade, () => ({ authority })),
  act(MsgExecLegacyContent, () => ({ authority, content: anyOf(TextProposal, { title: "Title", description: "Description" }) })),
  act(MsgUpdateConsensus, (draw) => ({
    authority,
    block: { maxBytes: BigInt(2_000_000 + draw(1_000)), maxGas: -1n },
    evidence: { maxAgeNumBlocks: BigInt(1 + draw(100_000)), maxAgeDuration: { seconds: BigInt(172_800 + draw(1_000)), nanos: 0 }, maxBytes: 1_048_576n },
    validator: { pubKeyTypes: ["ed25519"] },
    abci: undefined,
  })),
];

export interface Governors {
  /** Proposals, and votes on those that are open. */
  readonly factories: readonly Factory[];
  /** Has them see what is proposed. */
  readonly around: NonNullable<Simulation["around"]>;
}

/** Proposals that can be voted on, in the last committed state; those that nobody voted on, while there are any. */
function openProposals(chain: TestChain): readonly bigint[] {
  const { open, votes } = govState.read(chain.read().store("gov"));
  const all = [...open.keys()];
  const untouched = all.filter((ballot) => [...votes.keys({ prefix: [ballot], limit: 1 })].length === 0);
  return (untouched.length > 0 ? untouched : all).map(proposalOf);
}

/** Proposals take turns through `acts`, from the one at `turn`; two in three are drawn until they would succeed if they were carried out now. */
export function createGovernors(acts: readonly Act[], turn = 0): Governors {
  const runner = createMessageRunner(() => createRouter(createModules(silentSource).modules));
  let submitted = turn;
  let chain: TestChain | undefined;
  const drafted = (draw: Draw, accounts: readonly string[]): Any => {
    const { draft } = acts[submitted++ % acts.length] ?? oneOf(draw, acts);
    let message = draft(draw, accounts);
    const tries = draw(3) === 0 || chain === undefined ? 0 : TRIES;
    for (let i = 0; i < tries && chain !== undefined && !wouldPass(runner, chain, message); i++) message = draft(draw, accounts);
    return message;
  };
  const submit: Factory = (draw, accounts): Any =>
    anyOf(MsgSubmitProposal, {
      messages: [drafted(draw, accounts)],
      initialDeposit: [{ denom: "uopen", amount: "1000" }],
      proposer: oneOf(draw, accounts),
      metadata: "",
      title: "t",
      summary: "s",
      expedited: false,
    });
  const vote: Factory = (draw) => {
    const ids = chain === undefined ? [] : openProposals(chain);
    const proposalId = ids.length === 0 ? 1n : oneOf(draw, ids);
    return anyOf(MsgVote, { proposalId, voter: simulatedAccounts[draw(4)]?.text ?? "", option: 1, metadata: "" });
  };
  const around: Governors["around"] = (at, _txs, run) => {
    chain = at;
    return run();
  };
  return { factories: [submit, vote, vote], around };
}

/** A genesis in which proposals cost next to nothing and pass with one vote. */
export function withQuickGovernance(state: State): State {
  const gov = state["gov"] ?? defaultsOf("gov");
  return { ...state, gov: { ...gov, params: { ...(gov["params"] as Json), ...QUICK } } };
}
