import { expect } from "chai";
import * as bank from "../../proto/gen/cosmos/bank/v1beta1.js";
import { formatAddress } from "../../chain/codec/index.js";
import { moduleAddress } from "../../chain/crypto/index.js";
import { compareBytes, toUopen } from "../../chain/primitives/index.js";
import { ask, deliver } from "../../chain/testkit/deliver.js";
import { rejection, rejectOf } from "../../chain/testkit/rejects.js";
import { createScratchContext } from "../../chain/testkit/scratch-context.js";
import { createSigner } from "../../chain/testkit/signer.js";
import { createAuthService } from "../auth/index.js";
import { createTokenModule } from "./module.js";
import { DEFAULT_PARAMS, OPEN_METADATA } from "./params.js";
import { createTokenService } from "./service.js";
import { BANK_STORE, bankState } from "./state.js";

const [rich, poor, locked] = ["rich", "poor", "locked"].map((name) => createSigner(name)) as [ReturnType<typeof createSigner>, ReturnType<typeof createSigner>, ReturnType<typeof createSigner>];
const coins = (amount: number, denom = "uopen") => [{ denom, amount: amount.toString() }];
const BAD_DENOMS = ["", "ab", "1abc", "a b c", "é€é", "x".repeat(129)];

/** One has 100 uopen; another 30, all locked; a third nothing. Nobody may send to the module "closed". */
function lab() {
  const ctx = createScratchContext();
  const auth = createAuthService();
  const token = createTokenService(auth);
  auth.createVesting(ctx, locked.address, { kind: "permanent", original: toUopen(30n) });
  const { balances, supply, params } = bankState.open(ctx.store(BANK_STORE));
  balances.set(rich.address, toUopen(100n));
  balances.set(locked.address, toUopen(30n));
  supply.set(toUopen(130n));
  params.set(DEFAULT_PARAMS);
  const modules = [createTokenModule(token, auth, ["closed"])];
  /** The answer of bank's Query/<name>. */
  const query = <Q, R>(codecs: readonly [Parameters<typeof ask<Q, R>>[2]["codec"], Parameters<typeof ask<Q, R>>[2]["response"]], message: Partial<Q> = {}): R => {
    const [codec, response] = codecs;
    const name = codec.typeName.slice("cosmos.bank.v1beta1.Query".length, -"Request".length);
    return ask<Q, R>(ctx, modules, { path: `/cosmos.bank.v1beta1.Query/${name}`, codec, message, response });
  };
  return { ctx, token, modules, query, params };
}

const BALANCE = [bank.QueryBalanceRequest, bank.QueryBalanceResponse] as const;
const ALL = [bank.QueryAllBalancesRequest, bank.QueryAllBalancesResponse] as const;
const SPENDABLE = [bank.QuerySpendableBalancesRequest, bank.QuerySpendableBalancesResponse] as const;
const SPENDABLE_OF = [bank.QuerySpendableBalanceByDenomRequest, bank.QuerySpendableBalanceByDenomResponse] as const;
const OWNERS = [bank.QueryDenomOwnersRequest, bank.QueryDenomOwnersResponse] as const;
const OWNERS_BY_QUERY = [bank.QueryDenomOwnersByQueryRequest, bank.QueryDenomOwnersByQueryResponse] as const;
const TOTAL = [bank.QueryTotalSupplyRequest, bank.QueryTotalSupplyResponse] as const;
const SUPPLY_OF = [bank.QuerySupplyOfRequest, bank.QuerySupplyOfResponse] as const;
const ENABLED = [bank.QuerySendEnabledRequest, bank.QuerySendEnabledResponse] as const;
const METADATA = [bank.QueryDenomMetadataRequest, bank.QueryDenomMetadataResponse] as const;
const METADATA_BY_QUERY = [bank.QueryDenomMetadataByQueryStringRequest, bank.QueryDenomMetadataByQueryStringResponse] as const;

describe("what bank answers of an account", () => {
  it("is one coin, or an empty list for who has none", () => {
    const { query } = lab();
    expect(query(BALANCE, { address: rich.text, denom: "uopen" }).balance).to.deep.equal({ denom: "uopen", amount: "100" });
    expect(query(BALANCE, { address: poor.text, denom: "uopen" }).balance).to.deep.equal({ denom: "uopen", amount: "0" });
    expect(query(BALANCE, { address: rich.text, denom: "uatom" }).balance).to.deep.equal({ denom: "uatom", amount: "0" });
    const all = [rich, poor].map(({ text }) => query(ALL, { address: text }));
    expect(all.map((a) => [a.balances, a.pagination?.total])).to.deep.equal([[coins(100), 1n], [[], 0n]]);
  });

  it("says what can be spent: nothing of what is locked, and no coin where there is none", () => {
    const { query } = lab();
    const spendable = [rich, locked, poor].map(({ text }) => query(SPENDABLE, { address: text }));
    expect(spendable.map((s) => [s.balances, s.pagination?.total])).to.deep.equal([[coins(100), 1n], [coins(0), 1n], [[], 0n]]);
    const of = [rich, locked, poor].map(({ text }) => query(SPENDABLE_OF, { address: text, denom: "uopen" }).balance?.amount);
    expect(of).to.deep.equal(["100", "0", "0"]);
    expect(query(SPENDABLE_OF, { address: rich.text, denom: "uatom" }).balance?.amount).to.equal("0");
  });

  it("wants an address", () => {
    const { query } = lab();
    const empty = rejectOf(() => query(ALL, { address: "" }));
    expect([empty.codespace, empty.code, empty.message]).to.deep.equal(["sdk", 18, "address cannot be empty: invalid request"]);
    for (const codecs of [ALL, SPENDABLE] as const) expect(rejection(() => query<{ address: string }, unknown>(codecs as never, { address: "open1x" }))).to.equal("sdk/7");
  });
});

describe("what bank answers of its coin", () => {
  it("is the supply, whole or by its name", () => {
    const { query } = lab();
    const { supply, pagination } = query(TOTAL);
    expect([supply, pagination?.total]).to.deep.equal([coins(130), 1n]);
    expect(["uopen", "uatom"].map((denom) => query(SUPPLY_OF, { denom }).amount.amount)).to.deep.equal(["130", "0"]);
  });

  it("lists who has it, page by page, and nobody for another", () => {
    const { query } = lab();
    const owners = [rich, locked].toSorted((x, y) => compareBytes(x.address, y.address));
    const sorted = owners.map((s) => ({ address: s.text, balance: { denom: "uopen", amount: s === rich ? "100" : "30" } }));
    expect(query(OWNERS, { denom: "uopen" }).denomOwners).to.deep.equal(sorted);
    expect(query(OWNERS_BY_QUERY, { denom: "uopen" }).denomOwners).to.deep.equal(sorted);
    const page = { key: new Uint8Array(0), offset: 0n, limit: 1n, countTotal: true, reverse: false };
    const first = query(OWNERS, { denom: "uopen", pagination: page });
    expect([first.denomOwners, first.pagination?.total, (first.pagination?.nextKey.length ?? 0) > 0]).to.deep.equal([sorted.slice(0, 1), 2n, true]);
    const none = query(OWNERS, { denom: "uatom" });
    expect([none.denomOwners, none.pagination?.total]).to.deep.equal([[], 0n]);
  });

  it("is its metadata, once however often it is asked for, and none of others", () => {
    const { query } = lab();
    expect(query([bank.QueryDenomsMetadataRequest, bank.QueryDenomsMetadataResponse])).to.deep.include({ metadatas: [OPEN_METADATA] });
    expect(query([bank.QueryDenomsMetadataRequest, bank.QueryDenomsMetadataResponse]).pagination?.total).to.equal(1n);
    expect(query(METADATA, { denom: "uopen" }).metadata).to.deep.equal(OPEN_METADATA);
    expect(query(METADATA_BY_QUERY, { denom: "uopen" }).metadata).to.deep.equal(OPEN_METADATA);
    expect(rejection(() => query(METADATA, { denom: "uatom" }))).to.equal("sdk/38");
  });

  it("says whether it may be sent", () => {
    const { ctx, query, params } = lab();
    const asked = () => {
      const { sendEnabled, pagination } = query(ENABLED, { denoms: ["uatom", "uopen", "uopen"] });
      return [sendEnabled, pagination?.total];
    };
    expect(asked()).to.deep.equal([[{ denom: "uopen", enabled: true }], 1n]);
    params.set({ ...DEFAULT_PARAMS, defaultSendEnabled: false });
    expect(asked()).to.deep.equal([[{ denom: "uopen", enabled: false }], 1n]);
    expect(query(ENABLED, {}).sendEnabled).to.deep.equal([]);
    expect(query([bank.QueryParamsRequest, bank.QueryParamsResponse]).params).to.deep.equal(bankState.read(ctx.store(BANK_STORE)).params.getOrFail());
  });

  it("refuses what is no name of a coin", () => {
    const { query } = lab();
    for (const denom of BAD_DENOMS) {
      for (const codecs of [SUPPLY_OF, OWNERS, METADATA, OWNERS_BY_QUERY, METADATA_BY_QUERY] as const) expect(rejection(() => query<{ denom: string }, unknown>(codecs, { denom })), denom).to.equal("sdk/18");
      for (const codecs of [BALANCE, SPENDABLE_OF] as const) expect(rejection(() => query<{ address: string; denom: string }, unknown>(codecs, { address: rich.text, denom })), denom).to.equal("sdk/18");
    }
    expect(query(SUPPLY_OF, { denom: "ibc/27394FB092D2ECCD56123C74F36E4C1F926001CEADA9CA97EA622B25F41E5EB2" }).amount.amount).to.equal("0");
  });
});

describe("transfers by message", () => {
  const closed = formatAddress(moduleAddress("closed"));
  const send = (to: string, amount = 1) => ({ codec: bank.MsgSend, message: { fromAddress: rich.text, toAddress: to, amount: coins(amount) }, response: bank.MsgSendResponse });
  const multi = (...to: readonly string[]) => {
    const outputs = to.map((address) => ({ address, coins: coins(1) }));
    return { codec: bank.MsgMultiSend, message: { inputs: [{ address: rich.text, coins: coins(to.length) }], outputs }, response: bank.MsgMultiSendResponse };
  };

  it("do not reach accounts of modules that are closed to them, one receiver among many included", () => {
    const { ctx, modules, token } = lab();
    const refused = rejectOf(() => deliver(ctx, modules, send(closed)));
    expect([refused.codespace, refused.code, refused.message]).to.deep.equal(["sdk", 4, `${closed} is not allowed to receive funds: unauthorized`]);
    expect(rejection(() => deliver(ctx, modules, multi(poor.text, closed)))).to.equal("sdk/4");
    expect(token.balance(ctx, rich.address)).to.equal(100n);
    deliver(ctx, modules, send(formatAddress(moduleAddress("open"))));
    deliver(ctx, modules, multi(poor.text, poor.text));
    expect([token.balance(ctx, rich.address), token.balance(ctx, poor.address)]).to.deep.equal([97n, 2n]);
  });

  it("are switched off together", () => {
    const { ctx, modules, params } = lab();
    params.set({ ...DEFAULT_PARAMS, defaultSendEnabled: false });
    expect([rejection(() => deliver(ctx, modules, send(poor.text))), rejection(() => deliver(ctx, modules, multi(poor.text)))]).to.deep.equal(["bank/5", "bank/5"]);
  });

  it("are for their payer to sign", () => {
    const { modules } = lab();
    const signers = [send(poor.text), multi(poor.text)].map(({ codec, message }) => {
      const route = modules[0]?.messages.find((r) => r.typeUrl === `/${codec.typeName}`);
      return route?.parse((codec as typeof bank.MsgSend).encode((codec as typeof bank.MsgSend).create(message as never))).signers;
    });
    expect(signers).to.deep.equal([[rich.address], [rich.address]]);
  });
});
