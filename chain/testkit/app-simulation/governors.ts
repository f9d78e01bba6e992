import { createModules } from "../../../modules/app.js";
import { MESSAGE_SERVICES } from "../../../modules/message-types.js";
import { MsgCommunityPoolSpend } from "../../../proto/gen/cosmos/distribution/v1beta1.js";
import { MsgExecLegacyContent, MsgSubmitProposal, MsgVote } from "../../../proto/gen/cosmos/gov/v1.js";
import { TextProposal } from "../../../proto/gen/cosmos/gov/v1beta1.js";
import { MsgUpdateParams as MsgUpdateConsensus } from "../../../proto/gen/cosmos/consensus/v1.js";
import { MsgCancelUpgrade, MsgSoftwareUpgrade, Plan } from "../../../proto/gen/cosmos/upgrade/v1beta1.js";
import type { Any } from "../../../proto/gen/google/protobuf.js";
import { MsgVoidAllocations } from "../../../proto/gen/openledger/emission/v1.js";
import { silentSource } from "../../attest/index.js";
import { anyFromJson, formatAddress } from "../../codec/index.js";
import type { AnyCodec } from "../../codec/index.js";
import { GOV_AUTHORITY } from "../../kernel/index.js";
import { oneOf } from "../draw.js";
import type { Draw, Factory } from "../draw.js";
import { anyOf } from "../signer.js";
import { drawParams } from "./params.js";
import { simulatedAccounts } from "./run.js";
import type { State } from "./run.js";

/** Governance that is quick enough for a simulation, and proposals of everything that only governance may do. */

const authority = formatAddress(GOV_AUTHORITY);

/** A module whose parameters one message replaces, with the defaults that the simulation draws from. */
export interface Governed {
  readonly name: string;
  readonly codec: AnyCodec;
  readonly params: unknown;
}

/** All of them but governance itself, which must stay as quick as this simulation needs it. */
export function governedModules(): readonly Governed[] {
  const { modules } = createModules(silentSource);
  return MESSAGE_SERVICES.flatMap(({ typeName, methods }) => {
    const codec = methods.find((m) => m.name === "UpdateParams")?.request;
    const name = typeName.split(".")[1] ?? "";
    const defaults = modules.find((m) => m.name === name)?.genesis.defaults() as Record<string, unknown> | undefined;
    const isWhole = codec?.fields.some((f) => f.name === "params") === true;
    return codec === undefined || !isWhole || name === "gov" ? [] : [{ name, codec, params: defaults?.["params"] }];
  });
}

/** What governance does beside setting parameters. A plan of an upgrade lies far ahead: one that comes due would end the run. */
const ACTS: readonly ((draw: Draw, accounts: readonly string[]) => Any)[] = [
  (draw, accounts) =>
    anyOf(MsgCommunityPoolSpend, { authority, recipient: oneOf(draw, accounts), amount: [{ denom: "uopen", amount: `${1 + draw(9)}` }] }),
  (draw) => anyOf(MsgVoidAllocations, { authority, datanetId: BigInt(1 + draw(3)), fromEpoch: BigInt(draw(4)) }),
  (draw) => anyOf(MsgSoftwareUpgrade, { authority, plan: Plan.create({ name: `next-${draw(3)}`, height: BigInt(100_000 + draw(9)) }) }),
  () => anyOf(MsgCancelUpgrade, { authority }),
  () =>
    anyOf(MsgExecLegacyContent, { authority, content: anyOf(TextProposal, { title: "Title", description: "Description" }) }),
  (draw) =>
    anyOf(MsgUpdateConsensus, {
      authority,
      block: { maxBytes: BigInt(2_000_000 + draw(1_000)), maxGas: -1n },
      evidence: { maxAgeNumBlocks: BigInt(1 + draw(100_000)), maxAgeDuration: { seconds: BigInt(172_800 + draw(1_000)), nanos: 0 }, maxBytes: 1_048_576n },
      validator: { pubKeyTypes: ["ed25519"] },
      abci: undefined,
    }),
];

export interface Governors {
  /** Proposals, and votes on the latest of them. */
  readonly factories: readonly Factory[];
  /** Modules whose parameters a proposal wants to change. */
  readonly proposed: ReadonlySet<string>;
}

/** `turn`: where proposals begin that take turns through everything governance may do, where they are not to be parameters alone. */
export function createGovernors(list: readonly Governed[], turn?: number): Governors {
  const proposed = new Set<string>();
  let submitted = 0;
  const draft = (draw: Draw, accounts: readonly string[]): Any => {
    const place = turn === undefined ? draw(list.length) : (turn + submitted) % (list.length + ACTS.length);
    const { name, codec, params } = list[place] ?? oneOf(draw, list);
    const act = ACTS[place - list.length];
    if (act !== undefined) return act(draw, accounts);
    proposed.add(name);
    return { typeUrl: `/${codec.typeName}`, value: codec.encode(anyFromJson(codec, { authority, params: drawParams(params, draw) }) as never) };
  };
  const submit: Factory = (draw, accounts): Any => {
    submitted++;
    return anyOf(MsgSubmitProposal, {
      messages: [draft(draw, accounts)],
      initialDeposit: [{ denom: "uopen", amount: "1000" }],
      proposer: oneOf(draw, accounts),
      metadata: "",
      title: "t",
      summary: "s",
      expedited: false,
    });
  };
  const vote: Factory = (draw) => {
    // Not every submission succeeds, so the latest id is below their number.
    const proposalId = BigInt(1 + (turn === undefined ? Math.floor((submitted * (2 + draw(4))) / 6) : draw(RUN_OF_PROPOSALS)));
    return anyOf(MsgVote, { proposalId, voter: simulatedAccounts[draw(4)]?.text ?? "", option: 1, metadata: "" });
  };
  return { factories: [submit, vote, vote], proposed };
}

/** One yes of a validator passes a proposal within some blocks. */
const QUICK = { quorum: "0.0", threshold: "0.000000000000000001", voting_period: "100000s", expedited_voting_period: "1s" };
/** So that a proposal of each kind comes to its end in one run. */
export const QUICKER = { ...QUICK, voting_period: "200s" };
/** Proposals that such a run makes, about. */
const RUN_OF_PROPOSALS = 60;

/** A genesis in which proposals cost next to nothing and pass with one vote. */
export function withQuickGovernance(state: State, rules = QUICK): State {
  const { modules } = createModules(silentSource);
  const defaults = modules.find((m) => m.name === "gov")?.genesis.defaults() as State[string];
  const params = { ...(defaults["params"] as object), ...rules, min_deposit: [{ denom: "uopen", amount: "1000" }] };
  return { ...state, gov: { ...defaults, params } };
}
