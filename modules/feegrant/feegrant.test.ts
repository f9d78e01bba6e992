import { expect } from "chai";
import {
  AllowedMsgAllowance,
  BasicAllowance,
  GenesisState,
  MsgGrantAllowance,
  MsgPruneAllowances,
  MsgRevokeAllowance,
  PeriodicAllowance,
  QueryAllowanceRequest,
  QueryAllowanceResponse,
  QueryAllowancesByGranterRequest,
  QueryAllowancesByGranterResponse,
  QueryAllowancesRequest,
  QueryAllowancesResponse,
} from "../../proto/gen/cosmos/feegrant/v1beta1.js";
import { MsgSend } from "../../proto/gen/cosmos/bank/v1beta1.js";
import type { Any } from "../../proto/gen/google/protobuf.js";
import type { ExecTxResult } from "../../chain/abci/index.js";
import { createTypeRegistry, formatAddress, toJson } from "../../chain/codec/index.js";
import type { Codec } from "../../chain/codec/index.js";
import { moduleAddress } from "../../chain/crypto/index.js";
import { moduleTypes } from "../../chain/kernel/index.js";
import { toHeight, toUopen } from "../../chain/primitives/index.js";
import { TEST_CHAIN_ID, TEST_GENESIS_TIME, createTestChain } from "../../chain/testkit/chain.js";
import type { TestChain } from "../../chain/testkit/chain.js";
import { anyOf, createSigner, signTogether } from "../../chain/testkit/signer.js";
import type { Signer } from "../../chain/testkit/signer.js";
import { createCoreModules } from "../app.js";
import { buildGenesis } from "../genesis.js";
import { ALLOWANCE_TYPES, allowanceFromAny, allowanceToAny, feeGrants } from "./index.js";

const alice = createSigner("alice");
const bob = createSigner("bob");
/** Has no coins and, before the first grant, no account. */
const poor = createSigner("poor");
const GENESIS_SECONDS = TEST_GENESIS_TIME / 1_000_000_000n;

const coins = (amount: bigint) => (amount === 0n ? [] : [{ denom: "uopen", amount: amount.toString() }]);

function start(allowances: GenesisState["allowances"] = []): { chain: TestChain; core: ReturnType<typeof createCoreModules> } {
  const core = createCoreModules(["unborn"]);
  const accounts = [alice, bob].map(({ address }) => ({ address, amount: toUopen(1_000_000n), from: "community" as const }));
  const genesis = buildGenesis({ time: TEST_GENESIS_TIME, validators: [], accounts });
  const feegrant = toJson(GenesisState, { allowances }, createTypeRegistry(ALLOWANCE_TYPES));
  const appState = { ...genesis, feegrant };
  return { chain: createTestChain({ modules: core.modules, accounts: core.auth, fees: core.token, feeGrants, appState }), core };
}

function basic(limit = 0n, seconds?: bigint): Any {
  const expiration = seconds === undefined ? undefined : { seconds: GENESIS_SECONDS + seconds, nanos: 0 };
  return anyOf(BasicAllowance, { spendLimit: coins(limit), expiration });
}

const grant = (granter: Signer, grantee: Signer, allowance: Any): Any =>
  anyOf(MsgGrantAllowance, { granter: granter.text, grantee: grantee.text, allowance });
const revoke = (granter: Signer, grantee: Signer): Any =>
  anyOf(MsgRevokeAllowance, { granter: granter.text, grantee: grantee.text });
const prune = anyOf(MsgPruneAllowances, { pruner: bob.text });
const nothing = anyOf(MsgSend, { fromAddress: poor.text, toAddress: bob.text, amount: coins(1n) });

function outcome(result: ExecTxResult | undefined): string {
  return result?.code === 0 ? "ok" : `${result?.codespace ?? ""}/${result?.code ?? ""} ${result?.log ?? ""}`;
}

function eventsOf(result: ExecTxResult | undefined, suffix = "feegrant"): string[] {
  return (result?.events ?? []).filter((e) => e.type.endsWith(suffix)).map((e) => e.type);
}

/** A transaction of `signer` whose fee another pays. */
function paidBy(started: ReturnType<typeof start>, signer: Signer, granter: Signer, given: { fee?: bigint; messages?: readonly Any[]; amino?: boolean } = {}) {
  const { chain, core } = started;
  const { number = 0n, sequence = 0n } = core.auth.find(chain.read(), signer.address) ?? {};
  const { fee = 1_000n, messages = [prunedBy(signer)] } = given;
  const amino = given.amino === true ? { amino: moduleTypes(core.modules) } : {};
  const options = { chainId: TEST_CHAIN_ID, gas: 500_000n, fee, granter: granter.text, ...amino };
  return signTogether([{ signer, accountNumber: number, sequence }], messages, options);
}

/** The cheapest message that anybody may send. */
function prunedBy(signer: Signer): Any {
  return anyOf(MsgPruneAllowances, { pruner: signer.text });
}

function query<Q, R>(chain: TestChain, method: string, ask: { request: Codec<Q>; of: Partial<Q>; response: Codec<R> }): R | string {
  const data = ask.request.encode(ask.request.create(ask.of));
  const path = `/cosmos.feegrant.v1beta1.Query/${method}`;
  const { code, log, value } = chain.app.query({ path, data, height: toHeight(0n), prove: false });
  return code === 0 ? ask.response.decode(value) : log;
}

describe("a fee grant", () => {
  it("lets somebody sign who has no coins, and had no account before it", () => {
    const started = start();
    const { chain, core } = started;
    expect(core.auth.find(chain.read(), poor.address)).to.equal(undefined);
    expect(outcome(chain.deliver(alice, [grant(alice, poor, basic(5_000n))], { fee: 10n }))).to.equal("ok");
    const [result] = chain.nextBlock([paidBy(started, poor, alice)]).txResults;
    expect(outcome(result)).to.equal("ok");
    expect(eventsOf(result)).to.deep.equal(["use_feegrant", "update_feegrant", "prune_feegrant"]);
    const payer = result?.events.flatMap((e) => e.attributes.filter((a) => a.key === "fee_payer").map((a) => a.value));
    expect(payer).to.deep.equal([alice.text]);
    expect(core.token.balance(chain.read(), alice.address)).to.equal(1_000_000n - 10n - 1_000n);
    expect(core.token.balance(chain.read(), poor.address)).to.equal(0n);
    expect(core.auth.find(chain.read(), poor.address)?.sequence).to.equal(1n);
  });

  it("is honoured under amino JSON too", () => {
    const started = start();
    started.chain.deliver(alice, [grant(alice, poor, basic())]);
    const [result] = started.chain.nextBlock([paidBy(started, poor, alice, { amino: true })]).txResults;
    expect(outcome(result)).to.equal("ok");
  });

  it("stays spent when the transaction's message fails", () => {
    const started = start();
    started.chain.deliver(alice, [grant(alice, poor, basic(1_500n))]);
    const [failed] = started.chain.nextBlock([paidBy(started, poor, alice, { messages: [nothing] })]).txResults;
    expect(outcome(failed)).to.match(/^sdk\/5 /);
    const [again] = started.chain.nextBlock([paidBy(started, poor, alice)]).txResults;
    expect(outcome(again)).to.match(/^feegrant\/2 .* does not allow to pay fees for .*basic allowance: fee limit exceeded/);
  });

  it("ends when it is used up, and is gone from every index", () => {
    const started = start();
    started.chain.deliver(alice, [grant(alice, poor, basic(1_000n, 100n))]);
    const [result] = started.chain.nextBlock([paidBy(started, poor, alice)]).txResults;
    expect(eventsOf(result)).to.deep.equal(["revoke_feegrant", "use_feegrant", "prune_feegrant"]);
    const [again] = started.chain.nextBlock([paidBy(started, poor, alice)]).txResults;
    expect(outcome(again)).to.match(/^sdk\/38 .*fee-grant not found: not found/);
  });

  it("is refused to others, after it was revoked, and when the granter cannot pay", () => {
    const started = start();
    const { chain } = started;
    chain.deliver(alice, [grant(alice, poor, basic())]);
    expect(outcome(chain.nextBlock([paidBy(started, bob, alice)]).txResults[0])).to.match(/^sdk\/38 /);
    const much = paidBy(started, poor, alice, { fee: 1_000_001n });
    expect(outcome(chain.nextBlock([much]).txResults[0])).to.match(/^sdk\/5 /);
    chain.deliver(alice, [revoke(alice, poor)]);
    expect(outcome(chain.nextBlock([paidBy(started, poor, alice)]).txResults[0])).to.match(/^sdk\/38 /);
  });

  it("for certain messages pays for these alone, at a price for each comparison", () => {
    const started = start();
    const allowedMessages = [`/${MsgPruneAllowances.typeName}`];
    started.chain.deliver(alice, [grant(alice, poor, anyOf(AllowedMsgAllowance, { allowance: basic(9_000n), allowedMessages }))]);
    expect(outcome(started.chain.nextBlock([paidBy(started, poor, alice)]).txResults[0])).to.equal("ok");
    const other = paidBy(started, poor, alice, { messages: [prunedBy(poor), nothing] });
    expect(outcome(started.chain.nextBlock([other]).txResults[0])).to.match(/^feegrant\/7 /);
  });

  it("to oneself is no grant: the payer pays as always", () => {
    const started = start();
    expect(outcome(started.chain.nextBlock([paidBy(started, alice, alice)]).txResults[0])).to.equal("ok");
  });

  it("needs no fee from whoever pays for a second signer", () => {
    const started = start();
    const { chain, core } = started;
    chain.deliver(alice, [grant(alice, poor, basic())]);
    const signings = [poor, bob].map((signer) => {
      const { number = 0n, sequence = 0n } = core.auth.find(chain.read(), signer.address) ?? {};
      return { signer, accountNumber: number, sequence };
    });
    const options = { chainId: TEST_CHAIN_ID, gas: 500_000n, fee: 700n, payer: bob.text };
    expect(outcome(chain.nextBlock([signTogether(signings, [prunedBy(poor)], options)]).txResults[0])).to.equal("ok");
    expect(core.token.balance(chain.read(), bob.address)).to.equal(1_000_000n - 700n);
    const unsigned = signTogether(signings.slice(0, 1), [prunedBy(poor)], options);
    expect(outcome(chain.nextBlock([unsigned]).txResults[0])).to.match(/^sdk\/4 /);
  });
});

describe("feegrant messages", () => {
  it("are refused by code for each way they can be wrong", () => {
    const { chain } = start();
    chain.deliver(alice, [grant(alice, bob, basic())]);
    const nobody = { ...poor, text: formatAddress(moduleAddress("unborn")) };
    const periodic = (change: Partial<PeriodicAllowance>): Any =>
      anyOf(PeriodicAllowance, {
        basic: BasicAllowance.create(),
        period: { seconds: 1n, nanos: 0 },
        periodSpendLimit: coins(1n),
        periodCanSpend: [],
        periodReset: { seconds: 0n, nanos: 0 },
        ...change,
      });
    const only = (allowedMessages: readonly string[], allowance: Any | undefined = basic()): Any =>
      anyOf(AllowedMsgAllowance, { allowance, allowedMessages });
    const deep = [1, 2, 3, 4].reduce((inner) => only(["/x.Y"], inner), basic());
    const cases: readonly (readonly [string, Any, RegExp])[] = [
      ["granting oneself", grant(alice, alice, basic()), /^sdk\/7 .*cannot self-grant fee authorization: invalid address/],
      ["a second grant", grant(alice, bob, basic()), /^sdk\/18 .*fee allowance already exists/],
      ["a grant to a module without an account", grant(alice, nobody, basic()), /^sdk\/4 .*is not allowed to receive funds/],
      ["an end in the past", grant(alice, poor, basic(1n, 0n)), /^sdk\/18 .*expiration is before current block time/],
      ["an end before 1970", grant(alice, poor, anyOf(BasicAllowance, { spendLimit: [], expiration: { seconds: -1n, nanos: 0 } })), /^feegrant\/4 /],
      ["no allowance", anyOf(MsgGrantAllowance, { granter: alice.text, grantee: poor.text, allowance: undefined }), /^feegrant\/5 /],
      ["something else", grant(alice, poor, nothing), /^sdk\/34 /],
      ["a zero limit", grant(alice, poor, anyOf(BasicAllowance, { spendLimit: [{ denom: "uopen", amount: "0" }], expiration: undefined })), /^sdk\/10 /],
      ["a period that goes back", grant(alice, poor, periodic({ period: { seconds: -1n, nanos: 0 } })), /^feegrant\/4 /],
      ["a period of ages", grant(alice, poor, periodic({ period: { seconds: 10n ** 10n, nanos: 0 } })), /^feegrant\/4 /],
      ["nothing per period", grant(alice, poor, periodic({ periodSpendLimit: [] })), /^sdk\/10 /],
      ["no messages", grant(alice, poor, only([])), /^feegrant\/6 /],
      ["too many messages", grant(alice, poor, only(Array.from({ length: 257 }, () => "/x.Y"))), /^sdk\/18 /],
      ["nesting without end", grant(alice, poor, deep), /^sdk\/18 .*nest deeper/],
      ["revoking nothing", revoke(alice, poor), /^sdk\/38 .*fee-grant not found: not found/],
      ["revoking oneself", revoke(alice, alice), /^sdk\/7 .*addresses must be different/],
    ];
    for (const [what, message, expected] of cases) expect(outcome(chain.deliver(alice, [message])), what).to.match(expected);
  });

  it("emit the SDK's events", () => {
    const { chain } = start();
    const both = (result: ExecTxResult): string[] =>
      result.events
        .filter((e) => e.type.endsWith("feegrant"))
        .map((e) => `${e.type} ${e.attributes.map((a) => `${a.key}=${a.value}`).join(" ")}`);
    expect(both(chain.deliver(alice, [grant(alice, poor, basic())]))).to.deep.equal([
      `set_feegrant granter=${alice.text} grantee=${poor.text} msg_index=0`,
    ]);
    expect(both(chain.deliver(alice, [revoke(alice, poor)]))).to.deep.equal([
      `revoke_feegrant granter=${alice.text} grantee=${poor.text} msg_index=0`,
    ]);
    expect(both(chain.deliver(bob, [prune]))).to.deep.equal([`prune_feegrant pruner=${bob.text} msg_index=0`]);
  });
});

describe("allowances that end", () => {
  it("are deleted when their time has come, but not what was granted after them", () => {
    const started = start();
    const { chain } = started;
    chain.deliver(alice, [grant(alice, poor, basic(0n, 30n))]);
    chain.deliver(alice, [revoke(alice, poor), grant(alice, poor, basic(0n))]);
    chain.deliver(alice, [grant(alice, bob, basic(0n, 30n))]);
    chain.wait(60n);
    chain.nextBlock();
    const left = query(chain, "AllowancesByGranter", {
      request: QueryAllowancesByGranterRequest,
      of: { granter: alice.text },
      response: QueryAllowancesByGranterResponse,
    });
    expect(typeof left === "string" ? left : left.allowances.map((a) => a.grantee)).to.deep.equal([poor.text]);
  });

  it("are deleted two hundred a block, and 75 more by a message", () => {
    const many = Array.from({ length: 300 }, (_, i) => createSigner(`grantee ${i}`));
    const { chain } = start(many.map(({ text }) => ({ granter: alice.text, grantee: text, allowance: basic(0n, 1n) })));
    const count = (): number => {
      const of = { granter: alice.text, pagination: { key: new Uint8Array(0), offset: 0n, limit: 1000n, countTotal: false, reverse: false } };
      const found = query(chain, "AllowancesByGranter", { request: QueryAllowancesByGranterRequest, of, response: QueryAllowancesByGranterResponse });
      return typeof found === "string" ? -1 : found.allowances.length;
    };
    chain.deliver(bob, [prune]);
    expect(count()).to.equal(300 - 75 - 200);
    chain.nextBlock();
    expect(count()).to.equal(0);
  });
});

describe("feegrant queries", () => {
  it("find an allowance by both, by grantee and by granter, page by page", () => {
    const { chain } = start();
    chain.deliver(alice, [grant(alice, poor, basic(3n)), grant(alice, bob, basic(4n))]);
    chain.deliver(bob, [grant(bob, poor, basic(5n))]);
    const one = query(chain, "Allowance", {
      request: QueryAllowanceRequest,
      of: { granter: bob.text, grantee: poor.text },
      response: QueryAllowanceResponse,
    });
    expect(typeof one === "string" ? one : one.allowance).to.deep.equal({ granter: bob.text, grantee: poor.text, allowance: basic(5n) });
    const mine = query(chain, "Allowances", { request: QueryAllowancesRequest, of: { grantee: poor.text }, response: QueryAllowancesResponse });
    expect(typeof mine === "string" ? mine : new Set(mine.allowances.map((a) => a.granter))).to.deep.equal(new Set([alice.text, bob.text]));
    const of = { granter: alice.text, pagination: { key: new Uint8Array(0), offset: 0n, limit: 1n, countTotal: true, reverse: false } };
    const page = query(chain, "AllowancesByGranter", { request: QueryAllowancesByGranterRequest, of, response: QueryAllowancesByGranterResponse });
    if (typeof page === "string") throw new Error(page);
    expect([page.allowances.length, page.pagination?.total, page.pagination?.nextKey.length === 0]).to.deep.equal([1, 2n, false]);
  });

  it("say NotFound of what was not granted", () => {
    const { chain } = start();
    chain.nextBlock();
    const of = { granter: bob.text, grantee: poor.text };
    expect(query(chain, "Allowance", { request: QueryAllowanceRequest, of, response: QueryAllowanceResponse })).to.equal(
      "rpc error: code = NotFound desc = fee-grant not found: not found: key not found",
    );
  });
});

describe("feegrant state", () => {
  it("exported and imported again is the same document", () => {
    const periodic = anyOf(PeriodicAllowance, {
      basic: { spendLimit: coins(9n), expiration: { seconds: GENESIS_SECONDS + 1_000n, nanos: 7 } },
      period: { seconds: 60n, nanos: 500 },
      periodSpendLimit: coins(3n),
      periodCanSpend: [],
      periodReset: { seconds: GENESIS_SECONDS, nanos: 0 },
    });
    const { chain } = start();
    const only = anyOf(AllowedMsgAllowance, { allowance: periodic, allowedMessages: ["/x.Y", "/x.Z"] });
    chain.deliver(alice, [grant(alice, poor, only), grant(alice, bob, basic(1n))]);
    const appState = chain.app.exportGenesis();
    const core = createCoreModules();
    const copy = createTestChain({ modules: core.modules, accounts: core.auth, fees: core.token, appState });
    expect(copy.app.exportGenesis()["feegrant"]).to.deep.equal(appState["feegrant"]);
    expect(allowanceToAny(allowanceFromAny(only))).to.deep.equal(only);
  });
});
