import { expect } from "chai";
import * as wire from "../../proto/gen/cosmos/auth/v1beta1.js";
import { ContinuousVestingAccount, PeriodicVestingAccount, PermanentLockedAccount } from "../../proto/gen/cosmos/vesting/v1beta1.js";
import { formatAddress, toTimestamp } from "../../chain/codec/index.js";
import { moduleAddress } from "../../chain/crypto/index.js";
import { GOV_AUTHORITY } from "../../chain/kernel/index.js";
import { toAddress, toTimeNs, toUopen } from "../../chain/primitives/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { ask, brokenInvariant, deliver } from "../../chain/testkit/deliver.js";
import { rejectOf, rejection } from "../../chain/testkit/rejects.js";
import { createScratchContext } from "../../chain/testkit/scratch-context.js";
import { createTokenService } from "../token/index.js";
import { accountFromAny, accountToAny } from "./account.js";
import { MAX_FORGOTTEN_PER_BLOCK, beginBlock } from "./block.js";
import { authGenesis } from "./genesis.js";
import { createAuthModule } from "./module.js";
import { DEFAULT_PARAMS, checkParams } from "./params.js";
import { createAuthService } from "./service.js";
import { AUTH_STORE, authState } from "./state.js";

const addressOf = (n: number): Address => toAddress(new Uint8Array(20).fill(n));
const [a, b, c] = [addressOf(1), addressOf(2), addressOf(3)] as const;
const at = (seconds: bigint) => toTimeNs(seconds, 0);

/** Accounts a (0), the module "pool" (1), b (2). */
function lab() {
  const ctx = createScratchContext();
  const accounts = createAuthService();
  const coins = { ...createTokenService(accounts), isBlocked: () => false };
  const modules = [createAuthModule({ accounts, coins, moduleNames: ["pool", "later"] })];
  authState.open(ctx.store(AUTH_STORE)).params.set(DEFAULT_PARAMS);
  accounts.ensure(ctx, a);
  accounts.ensureModule(ctx, "pool", ["burner"]);
  accounts.ensure(ctx, b);
  return { ctx, accounts, modules, state: authState.open(ctx.store(AUTH_STORE)) };
}

describe("the parameters of transactions", () => {
  it("are each from 1 to a maximum", () => {
    const maxima = { maxMemoCharacters: 65_536n, txSigLimit: 100n, txSizeCostPerByte: 10_000n, sigVerifyCostEd25519: 1_000_000n, sigVerifyCostSecp256k1: 1_000_000n };
    for (const [name, most] of Object.entries(maxima)) {
      for (const value of [1n, most]) checkParams({ ...DEFAULT_PARAMS, [name]: value });
      for (const value of [0n, most + 1n]) {
        const refused = rejectOf(() => checkParams({ ...DEFAULT_PARAMS, [name]: value }));
        expect([refused.codespace, refused.code], `${name} ${value}`).to.deep.equal(["sdk", 18]);
        expect(refused.message).to.match(new RegExp(`must be 1 to ${most}, got ${value}`));
      }
    }
  });

  it("are replaced by governance alone", () => {
    const { ctx, modules, accounts } = lab();
    const update = (authority: Address, txSigLimit: bigint) =>
      deliver(ctx, modules, { codec: wire.MsgUpdateParams, message: { authority: formatAddress(authority), params: { ...DEFAULT_PARAMS, txSigLimit } }, response: wire.MsgUpdateParamsResponse });
    expect(rejection(() => update(a, 8n))).to.equal("gov/13");
    expect(rejection(() => update(GOV_AUTHORITY, 101n))).to.equal("sdk/18");
    update(GOV_AUTHORITY, 8n);
    expect(accounts.txParams(ctx).txSigLimit).to.equal(8n);
  });
});

describe("nonces of unordered transactions", () => {
  it("are used once for a signer and a timeout", () => {
    const { ctx, accounts } = lab();
    accounts.useNonce(ctx, a, at(5n));
    expect(rejection(() => accounts.useNonce(ctx, a, at(5n)))).to.equal("sdk/18");
    accounts.useNonce(ctx, b, at(5n));
    accounts.useNonce(ctx, a, at(6n));
  });

  it("are forgotten once their timeout lies before the block, and not in the block at it", () => {
    const { ctx, accounts, state } = lab();
    for (const second of [9n, 10n, 11n]) for (const who of [a, b]) accounts.useNonce(ctx, who, at(second));
    const left = (now: bigint): bigint[] => {
      ctx.block = { ...ctx.block, time: at(now) };
      beginBlock(ctx);
      return [...state.nonces.keys()].map(([time]) => time / 1_000_000_000n);
    };
    expect(left(9n)).to.deep.equal([9n, 9n, 10n, 10n, 11n, 11n]);
    expect(left(10n)).to.deep.equal([10n, 10n, 11n, 11n]);
    expect(left(12n)).to.deep.equal([]);
  });

  it("are forgotten a bounded number a block", () => {
    const { ctx, accounts, state } = lab();
    for (let i = 0; i < MAX_FORGOTTEN_PER_BLOCK + 3; i++) accounts.useNonce(ctx, a, toTimeNs(1n, i));
    beginBlock(ctx);
    expect([...state.nonces.keys()]).to.have.length(3);
    beginBlock(ctx);
    expect([...state.nonces.keys()]).to.have.length(0);
  });
});

describe("a genesis of accounts", () => {
  const base = (address: Address, number: bigint) => accountToAny({ address, publicKey: undefined, number, sequence: 7n, kind: "base" });
  const begin = (change: Partial<ReturnType<typeof authGenesis.defaults>>) => {
    const ctx = createScratchContext();
    authGenesis.init(ctx, { ...authGenesis.defaults(), ...change });
    return ctx;
  };

  it("keeps numbers as they are, goes on after the highest, and exports in their order", () => {
    const ctx = begin({ accounts: [base(a, 9n), base(b, 2n)] });
    const service = createAuthService();
    service.ensure(ctx, c);
    expect([a, b, c].map((address) => service.account(ctx, address)?.number)).to.deep.equal([9n, 2n, 10n]);
    expect(authGenesis.export(ctx).accounts).to.deep.equal([base(b, 2n), base(a, 9n), accountToAny({ address: c, publicKey: undefined, number: 10n, sequence: 0n, kind: "base" })]);
    const fresh = begin({});
    service.ensure(fresh, a);
    expect(service.account(fresh, a)?.number, "the first account").to.equal(0n);
  });

  it("refuses an account or a number that stands twice, and parameters out of bounds", () => {
    expect(rejection(() => begin({ accounts: [base(a, 1n), base(b, 1n)] }))).to.equal("sdk/18");
    expect(rejection(() => begin({ accounts: [base(a, 1n), base(a, 2n)] }))).to.equal("sdk/18");
    expect(rejection(() => begin({ params: { ...DEFAULT_PARAMS, txSigLimit: 0n } }))).to.equal("sdk/18");
  });

  it("carries nonces, each once", () => {
    const nonce = { timeout: toTimestamp(at(5n)), signer: formatAddress(a) };
    const ctx = begin({ unorderedNonces: [nonce] });
    expect(authGenesis.export(ctx).unorderedNonces).to.deep.equal([nonce]);
    expect(rejection(() => createAuthService().useNonce(ctx, a, at(5n)))).to.equal("sdk/18");
    expect(rejection(() => begin({ unorderedNonces: [nonce, nonce] }))).to.equal("sdk/18");
  });
});

describe("the invariant of account numbers", () => {
  it("notices a number that is nobody's, another's, shared, or not below the next", () => {
    const broken = (damage: (state: ReturnType<typeof lab>["state"]) => void): boolean => {
      const { ctx, modules, state } = lab();
      damage(state);
      return brokenInvariant(ctx, modules) !== undefined;
    };
    expect(broken(() => undefined)).to.equal(false);
    expect(broken((s) => s.byNumber.delete(2n))).to.equal(true);
    expect(broken((s) => s.byNumber.set(2n, a))).to.equal(true);
    expect(broken((s) => s.byNumber.set(7n, c))).to.equal(true);
    expect(broken((s) => s.nextNumber.set(2n))).to.equal(true);
    expect(broken((s) => s.accounts.set(b, { ...s.accounts.getOrFail(b), number: 0n }))).to.equal(true);
  });
});

describe("what auth answers", () => {
  const PATH = "/cosmos.auth.v1beta1.Query";

  it("of an account by its number, by the field of old or of new", () => {
    const { ctx, modules } = lab();
    const byId = (message: Partial<wire.QueryAccountAddressByIDRequest>) =>
      ask(ctx, modules, { path: `${PATH}/AccountAddressByID`, codec: wire.QueryAccountAddressByIDRequest, message, response: wire.QueryAccountAddressByIDResponse }).accountAddress;
    expect([byId({}), byId({ accountId: 2n }), byId({ id: 2n }), byId({ id: 2n, accountId: 1n })]).to.deep.equal([formatAddress(a), formatAddress(b), formatAddress(b), formatAddress(moduleAddress("pool"))]);
    expect(byId({ id: -1n }), "no number is negative").to.equal(formatAddress(a));
    expect(rejection(() => byId({ accountId: 3n }))).to.equal("sdk/38");
  });

  it("of modules: those that have an account, by names that are modules'", () => {
    const { ctx, modules, accounts } = lab();
    const list = () => ask(ctx, modules, { path: `${PATH}/ModuleAccounts`, codec: wire.QueryModuleAccountsRequest, response: wire.QueryModuleAccountsResponse }).accounts;
    const byName = (name: string) =>
      ask(ctx, modules, { path: `${PATH}/ModuleAccountByName`, codec: wire.QueryModuleAccountByNameRequest, message: { name }, response: wire.QueryModuleAccountByNameResponse }).account;
    const pool = accountToAny({ address: moduleAddress("pool"), publicKey: undefined, number: 1n, sequence: 0n, kind: "module", name: "pool", permissions: ["burner"] });
    expect([list(), byName("pool")]).to.deep.equal([[pool], pool]);
    accounts.ensureModule(ctx, "hidden", []);
    for (const name of ["later", "hidden", ""]) expect(rejection(() => byName(name)), name).to.equal("sdk/38");
    accounts.ensureModule(ctx, "later", []);
    expect(list()).to.have.length(2);
  });
});

describe("accounts with a schedule, as they come in", () => {
  const base = { address: formatAddress(a), pubKey: undefined, accountNumber: 0n, sequence: 0n };
  const of = (over: object = {}) => ({ baseAccount: base, originalVesting: [{ denom: "uopen", amount: "10" }], delegatedFree: [], delegatedVesting: [], endTime: 50n, ...over });
  const coins = (amount: number) => [{ denom: "uopen", amount: amount.toString() }];
  const read = <M>(codec: { readonly typeName: string; encode(m: M): Uint8Array }, message: M) => accountFromAny({ typeUrl: `/${codec.typeName}`, value: codec.encode(message) });

  it("begin and end in no negative second, and never lock more stake than there was", () => {
    const linear = (startTime: bigint, over: object = {}) => () => read(ContinuousVestingAccount, { baseVestingAccount: of(over), startTime });
    for (const good of [linear(0n), linear(40n, { endTime: 0n }), linear(0n, { delegatedVesting: coins(10), delegatedFree: coins(99) })]) expect(good().kind).to.equal("vesting");
    for (const bad of [linear(-1n), linear(0n, { endTime: -1n }), linear(0n, { delegatedVesting: coins(11) })]) expect(rejection(bad)).to.equal("sdk/18");
  });

  it("have no end when they are locked for ever", () => {
    const permanent = (endTime: bigint) => () => read(PermanentLockedAccount, { baseVestingAccount: of({ endTime }) });
    expect(permanent(0n)().kind).to.equal("vesting");
    expect(rejection(permanent(1n))).to.equal("sdk/18");
  });

  it("have periods that make up their coins and their end, and not too many", () => {
    const periodic = (lengths: readonly bigint[], over: object = {}, startTime = 0n) => () => {
      const vestingPeriods = lengths.map((length) => ({ length, amount: coins(1) }));
      const end = lengths.reduce((sum, n) => sum + n, startTime);
      return read(PeriodicVestingAccount, { baseVestingAccount: of({ originalVesting: coins(lengths.length), endTime: end, ...over }), startTime, vestingPeriods });
    };
    for (const good of [periodic([50n]), periodic([0n, 50n]), periodic(Array<bigint>(256).fill(1n)), periodic([1n], {}, 7n)]) expect(good().kind).to.equal("vesting");
    const bad = [periodic([-1n, 51n]), periodic(Array<bigint>(257).fill(1n)), periodic([1n], {}, -1n), periodic([50n], { endTime: 51n }), periodic([50n], { originalVesting: coins(2) })];
    for (const one of bad) expect(rejection(one)).to.equal("sdk/18");
  });

  it("are made where no account is, and nowhere else", () => {
    const { ctx, accounts } = lab();
    expect(() => accounts.createVesting(ctx, a, { kind: "permanent", original: toUopen(1n) })).to.throw("a schedule for an account that exists");
  });
});
