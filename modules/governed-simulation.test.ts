import { expect } from "chai";
import { silentSource } from "../chain/attest/index.js";
import { anyFromJson, formatAddress } from "../chain/codec/index.js";
import type { AnyCodec } from "../chain/codec/index.js";
import { GOV_AUTHORITY } from "../chain/kernel/index.js";
import { drawParams } from "../chain/testkit/app-simulation/params.js";
import { SIMULATED_KEYS, runSimulation, simulatedAccounts } from "../chain/testkit/app-simulation/run.js";
import type { State } from "../chain/testkit/app-simulation/run.js";
import type { Factory } from "../chain/testkit/draw.js";
import { oneOf } from "../chain/testkit/draw.js";
import { testKey } from "../chain/testkit/validators.js";
import { anyOf } from "../chain/testkit/signer.js";
import { MsgSubmitProposal, MsgVote } from "../proto/gen/cosmos/gov/v1.js";
import type { Any } from "../proto/gen/google/protobuf.js";
import { createModules } from "./app.js";
import { factories as attribution } from "./attribution/simulate.js";
import { factories as datanet } from "./datanet/simulate.js";
import { factories as distribution } from "./distribution/simulate.js";
import { MESSAGE_SERVICES } from "./message-types.js";
import { factories as modelfactory } from "./modelfactory/simulate.js";
import { factories as openlora } from "./openlora/simulate.js";
import { stakingFactories } from "./staking/simulate.js";

const authority = formatAddress(GOV_AUTHORITY);

interface Governed {
  readonly name: string;
  readonly codec: AnyCodec;
  readonly params: unknown;
}

/** Every module whose parameters one message replaces, with the defaults that the simulation draws from. */
function governed(): Governed[] {
  const { modules } = createModules(silentSource);
  return MESSAGE_SERVICES.flatMap(({ typeName, methods }) => {
    const codec = methods.find((m) => m.name === "UpdateParams")?.request;
    const name = typeName.split(".")[1] ?? "";
    const defaults = modules.find((m) => m.name === name)?.genesis.defaults() as Record<string, unknown> | undefined;
    const isWhole = codec?.fields.some((f) => f.name === "params") === true;
    // Governance's own must stay as quick as this simulation needs them.
    return codec === undefined || !isWhole || name === "gov" ? [] : [{ name, codec, params: defaults?.["params"] }];
  });
}

/** Proposals that change parameters of one module, and votes on one of the latest of them. */
function governors(list: readonly Governed[]): { readonly factories: readonly Factory[]; readonly proposed: Set<string> } {
  const proposed = new Set<string>();
  let submitted = 0;
  const submit: Factory = (draw, accounts): Any => {
    const { name, codec, params } = oneOf(draw, list);
    const value = codec.encode(anyFromJson(codec, { authority, params: drawParams(params, draw) }) as never);
    proposed.add(name);
    submitted++;
    return anyOf(MsgSubmitProposal, {
      messages: [{ typeUrl: `/${codec.typeName}`, value }],
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
    const proposalId = BigInt(1 + Math.floor((submitted * (2 + draw(4))) / 6));
    return anyOf(MsgVote, { proposalId, voter: simulatedAccounts[draw(4)]?.text ?? "", option: 1, metadata: "" });
  };
  return { factories: [submit, vote, vote], proposed };
}

/** One yes of a validator passes a proposal within some blocks. */
const QUICK = { quorum: "0.0", threshold: "0.000000000000000001", voting_period: "100000s", expedited_voting_period: "1s" };

function withQuickGovernance(state: State): State {
  const { modules } = createModules(silentSource);
  const defaults = modules.find((m) => m.name === "gov")?.genesis.defaults() as State[string];
  const params = { ...(defaults["params"] as object), ...QUICK, min_deposit: [{ denom: "uopen", amount: "1000" }] };
  return { ...state, gov: { ...defaults, params } };
}

describe("the whole application while governance changes every parameter", () => {
  it("has parameters of every module under governance", () => {
    const names = governed().map((g) => g.name);
    for (const name of ["auth", "bank", "staking", "slashing", "distribution", "mint", "datanet", "modelfactory", "openlora"])
      expect(names, name).to.include(name);
    expect(names).to.include("attribution").and.to.include("attest");
  });

  it("keeps every invariant, and no block's begin or end refuses what governance has decided", () => {
    const list = governed();
    const staking = stakingFactories(Array.from({ length: SIMULATED_KEYS }, (_, i) => testKey(i).publicKey));
    const reached = new Set<string>();
    let passed = 0;
    for (let seed = 21; seed < 24; seed++) {
      const { factories, proposed } = governors(list);
      const modules = [factories, factories, factories, staking, distribution, datanet, modelfactory, openlora, attribution];
      const { chain } = runSimulation({ seed, blocks: 100, factories: modules, prepare: withQuickGovernance });
      for (const name of proposed) reached.add(name);
      const state = chain.app.exportGenesis() as { gov: { proposals: { status: string }[] } };
      passed += state.gov.proposals.filter((p) => p.status === "PROPOSAL_STATUS_PASSED").length;
    }
    expect(passed).to.be.greaterThan(10);
    expect([...reached].sort()).to.deep.equal(list.map((g) => g.name).sort());
  });
});
