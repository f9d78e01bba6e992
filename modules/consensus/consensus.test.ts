import { expect } from "chai";
import { DEFAULT_CONSENSUS_PARAMS, consensusParamsToWire } from "../../chain/block/index.js";
import type { ConsensusParams } from "../../chain/block/index.js";
import { formatAddress } from "../../chain/codec/index.js";
import { GOV_AUTHORITY, NO_ATTESTATION, createMessageRunner } from "../../chain/kernel/index.js";
import type { Accounts, AttestHooks, Fees, Module } from "../../chain/kernel/index.js";
import { createRouter } from "../../chain/kernel/router.js";
import { moduleAddress } from "../../chain/crypto/index.js";
import { toHeight } from "../../chain/primitives/index.js";
import { createTestChain } from "../../chain/testkit/chain.js";
import { rejection } from "../../chain/testkit/rejects.js";
import {
  MsgUpdateParams,
  QueryParamsRequest,
  QueryParamsResponse,
} from "../../proto/gen/cosmos/consensus/v1.js";
import { formatParams } from "./format-params.js";
import { consensusModule } from "./module.js";

const gov = formatAddress(GOV_AUTHORITY);
const { block, evidence, validator, abci } = consensusParamsToWire(DEFAULT_CONSENSUS_PARAMS);
const GOOD = MsgUpdateParams.create({ authority: gov, block, evidence, validator });

/** A chain on which the test is the government: messages run in the begin of the next block. */
function governed(params: ConsensusParams = DEFAULT_CONSENSUS_PARAMS) {
  const due: MsgUpdateParams[] = [];
  const outcomes: string[] = [];
  const runner = createMessageRunner(() => createRouter(modules));
  const government: Module = {
    name: "government",
    messages: [],
    queries: [],
    genesis: { defaults: () => ({}), init: () => [], export: () => ({}) },
    beginBlock(ctx) {
      for (const message of due.splice(0)) {
        const run = (): void => {
          const any = { typeUrl: `/${MsgUpdateParams.typeName}`, value: MsgUpdateParams.encode(message) };
          for (const e of runner.run(ctx, runner.parse(any)).events) ctx.emit(e);
        };
        outcomes.push(outcome(run));
      }
    },
    invariants: [],
    tasks: [],
  };
  const modules = [government, consensusModule];
  const nobody: Accounts = { find: () => undefined } as never;
  const extended: bigint[] = [];
  const attest: AttestHooks = { ...NO_ATTESTATION, finalize: (_, { height }) => void extended.push(height) };
  const chain = createTestChain({
    modules,
    accounts: nobody,
    fees: {} as Fees,
    appState: {},
    params,
    attest,
  });
  const next = (...messages: MsgUpdateParams[]) => {
    due.push(...messages);
    return chain.nextBlock([new Uint8Array(0)]);
  };
  const query = (): unknown => {
    const request = {
      path: "/cosmos.consensus.v1.Query/Params",
      data: QueryParamsRequest.encode({}),
      height: toHeight(0n),
      prove: false,
    };
    return QueryParamsResponse.decode(chain.app.query(request).value).params;
  };
  return { next, query, outcomes, extended };
}

function outcome(run: () => void): string {
  try {
    run();
    return "ok";
  } catch (error) {
    return rejection(() => {
      throw error;
    });
  }
}

const changed = (change: Partial<MsgUpdateParams>): MsgUpdateParams => ({ ...GOOD, ...change });

describe("the engine's limits", () => {
  it("are those of the genesis document until governance changes them, then the engine is told once", () => {
    const { next, query, outcomes } = governed();
    expect(next().consensusParamUpdates).to.equal(null);
    const response = next(changed({ block: { maxBytes: 2_000_000n, maxGas: 50_000_000n } }));
    expect(outcomes).to.deep.equal(["ok"]);
    expect(response.consensusParamUpdates).to.deep.equal({
      ...DEFAULT_CONSENSUS_PARAMS,
      block: { maxBytes: 2_000_000n, maxGas: 50_000_000n },
      version: { app: 1n },
    });
    expect(next().consensusParamUpdates).to.equal(null);
    expect(query()).to.deep.include({
      block: { maxBytes: 2_000_000n, maxGas: 50_000_000n },
      version: { app: 1n },
    });
  });

  it("are not told when a change is taken back in the same block, or is none", () => {
    const { next, outcomes } = governed();
    const small = changed({ block: { maxBytes: 2_000_000n, maxGas: -1n } });
    expect(next(small, GOOD).consensusParamUpdates).to.equal(null);
    expect(next(GOOD).consensusParamUpdates).to.equal(null);
    expect(outcomes).to.deep.equal(["ok", "ok", "ok"]);
  });

  it("act from the next height on: extensions enabled for height 3 come with block 4", () => {
    const { next, extended } = governed();
    next(changed({ abci: { voteExtensionsEnableHeight: 3n } }));
    for (let i = 0; i < 4; i++) next();
    expect(extended).to.deep.equal([4n, 5n]);
  });

  it("keep the program's version, and stay without what a message leaves out", () => {
    const extended = {
      ...DEFAULT_CONSENSUS_PARAMS,
      version: { app: 7n },
      abci: { voteExtensionsEnableHeight: 900n },
    };
    const { next } = governed(extended);
    const update = next(changed({ block: { maxBytes: 2_000_000n, maxGas: -1n } })).consensusParamUpdates;
    expect(update).to.deep.include({ version: { app: 7n }, abci: { voteExtensionsEnableHeight: 900n } });
  });

  it("are refused to anybody but governance, in part, and with values that CometBFT refuses", () => {
    const { next, outcomes } = governed();
    const refuse = (change: Partial<MsgUpdateParams>): string => {
      expect(next(changed(change)).consensusParamUpdates).to.equal(null);
      return outcomes.pop() ?? "";
    };
    expect(refuse({ authority: formatAddress(moduleAddress("stranger")) })).to.equal("gov/13");
    for (const part of [{ block: undefined }, { evidence: undefined }, { validator: undefined }])
      expect(refuse(part)).to.equal("sdk/18");
    const bad: readonly Partial<MsgUpdateParams>[] = [
      { block: { maxBytes: 0n, maxGas: -1n } },
      { block: { maxBytes: -2n, maxGas: -1n } },
      { block: { maxBytes: 104_857_601n, maxGas: -1n } },
      { block: { maxBytes: 22_020_096n, maxGas: -2n } },
      { evidence: { ...evidence!, maxAgeNumBlocks: 0n } },
      { evidence: { ...evidence!, maxAgeDuration: { seconds: 0n, nanos: 0 } } },
      { evidence: { ...evidence!, maxBytes: 22_020_097n } },
      { evidence: { ...evidence!, maxBytes: -1n } },
      { validator: { pubKeyTypes: [] } },
      { validator: { pubKeyTypes: ["secp256k1"] } },
      { abci: { voteExtensionsEnableHeight: -1n } },
      { abci: { voteExtensionsEnableHeight: 1n } },
    ];
    for (const change of bad) expect(refuse(change), formatParams(changed(change))).to.equal("comet/14");
    expect(refuse({ evidence: { ...evidence!, maxAgeDuration: { seconds: -1n, nanos: 0 } } })).to.equal(
      "comet/4",
    );
  });

  it("always leave room for a block with a transaction in it, by which they can be changed again", () => {
    const { next, outcomes } = governed();
    const said = (maxBytes: bigint, maxGas: bigint): string | undefined => {
      next(changed({ block: { maxBytes, maxGas }, evidence: { ...evidence!, maxBytes: 0n } }));
      return outcomes.pop();
    };
    expect([
      said(1n, -1n),
      said(1_048_575n, -1n),
      said(22_020_096n, 0n),
      said(22_020_096n, 9_999_999n),
    ]).to.deep.equal(Array(4).fill("sdk/18"));
    expect([said(-1n, -1n), said(1_048_576n, 10_000_000n)]).to.deep.equal(["ok", "ok"]);
  });

  it("let vote extensions be put off or called off before they begin, never after", () => {
    const from = (voteExtensionsEnableHeight: bigint) => changed({ abci: { voteExtensionsEnableHeight } });
    const { next, outcomes } = governed();
    next(from(5n), from(9n), from(0n), from(2n));
    next(from(2n), from(7n), from(0n));
    expect(outcomes).to.deep.equal(["ok", "ok", "ok", "ok", "ok", "comet/14", "comet/14"]);
  });

  it("have no genesis of their own", () => {
    const init = (json: unknown) => outcome(() => void consensusModule.genesis.init({} as never, json));
    expect([init({}), init(null), init({ params: {} }), init([1])]).to.deep.equal([
      "ok",
      "ok",
      "sdk/35",
      "sdk/35",
    ]);
    expect(consensusModule.genesis.export({} as never)).to.deep.equal(consensusModule.genesis.defaults());
  });
});

describe("the event of new limits", () => {
  it("carries them in Go's text, as String() of CometBFT 0.38.26 prints it", () => {
    const message = changed({
      block: { maxBytes: 22_020_096n, maxGas: -1n },
      evidence: { maxAgeNumBlocks: 100_000n, maxAgeDuration: { seconds: 172_800n, nanos: 5 }, maxBytes: 0n },
      validator: { pubKeyTypes: ["ed25519", "x"] },
    });
    const head =
      "block:<max_bytes:22020096 max_gas:-1 > evidence:<max_age_num_blocks:100000 max_age_duration:<seconds:172800 nanos:5 > > " +
      'validator:<pub_key_types:"ed25519" pub_key_types:"x" > version:<> ';
    expect(formatParams(message)).to.equal(head);
    expect(formatParams({ ...message, abci: { voteExtensionsEnableHeight: 0n } })).to.equal(
      `${head}abci:<> `,
    );
    expect(formatParams({ ...message, abci: { voteExtensionsEnableHeight: 7n } })).to.equal(
      `${head}abci:<vote_extensions_enable_height:7 > `,
    );
  });

  it("is emitted with who said so", () => {
    const { next } = governed();
    const events = next(changed({ abci })).events.filter((e) => e.type === "update_consensus_params");
    expect(events[0]?.attributes.slice(0, 2).map((a) => [a.key, a.value])).to.deep.equal([
      ["authority", gov],
      ["parameters", formatParams(changed({ abci }))],
    ]);
  });
});
