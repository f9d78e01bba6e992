import { expect } from "chai";
import {
  GenericAuthorization,
  MsgExec,
  MsgExecResponse,
  MsgGrant,
  MsgRevoke,
  QueryGranteeGrantsRequest,
  QueryGranteeGrantsResponse,
  QueryGranterGrantsRequest,
  QueryGranterGrantsResponse,
  QueryGrantsRequest,
  QueryGrantsResponse,
} from "../../proto/gen/cosmos/authz/v1beta1.js";
import { MsgMultiSend, MsgSend, SendAuthorization } from "../../proto/gen/cosmos/bank/v1beta1.js";
import { TxMsgData } from "../../proto/gen/cosmos/base/abci/v1beta1.js";
import {
  AuthorizationType,
  MsgBeginRedelegate,
  MsgCancelUnbondingDelegation,
  MsgDelegate,
  MsgUndelegate,
  StakeAuthorization,
} from "../../proto/gen/cosmos/staking/v1beta1.js";
import type { Any } from "../../proto/gen/google/protobuf.js";
import type { ExecTxResult } from "../../chain/abci/index.js";
import { formatAddress, formatOperatorAddress } from "../../chain/codec/index.js";
import type { Codec } from "../../chain/codec/index.js";
import { moduleAddress } from "../../chain/crypto/index.js";
import { moduleTypes } from "../../chain/kernel/index.js";
import type { MessageRunner } from "../../chain/kernel/index.js";
import { toHeight, toUopen } from "../../chain/primitives/index.js";
import type { Reject } from "../../chain/primitives/index.js";
import { TEST_CHAIN_ID, TEST_GENESIS_TIME, createTestChain } from "../../chain/testkit/chain.js";
import type { TestChain } from "../../chain/testkit/chain.js";
import { anyOf, createSigner, signTransaction } from "../../chain/testkit/signer.js";
import type { Signer } from "../../chain/testkit/signer.js";
import { createCoreModules } from "../app.js";
import { buildGenesis } from "../genesis.js";
import { authorizationFromAny, authorizationToAny } from "./index.js";
import { parseExec } from "./messages.js";
import { useOfMessage } from "./use-of-message.js";

const alice = createSigner("alice");
const bob = createSigner("bob");
const carol = createSigner("carol");
const operator = createSigner("operator");
const GENESIS_SECONDS = TEST_GENESIS_TIME / 1_000_000_000n;
const SEND = `/${MsgSend.typeName}`;
const EXEC = `/${MsgExec.typeName}`;

const coin = (amount: bigint) => ({ denom: "uopen", amount: amount.toString() });
const operatorText = formatOperatorAddress(operator.address);

interface Started {
  readonly chain: TestChain;
  readonly core: ReturnType<typeof createCoreModules>;
}

function start(): Started {
  const core = createCoreModules(["unborn"]);
  const accounts = [alice, bob].map(({ address }) => ({ address, amount: toUopen(10_000_000n), from: "community" as const }));
  const validator = { operator: operator.address, publicKey: new Uint8Array(32).fill(9), power: 10n, moniker: "one" };
  const appState = buildGenesis({ time: TEST_GENESIS_TIME, validators: [validator], accounts });
  return { chain: createTestChain({ modules: core.modules, accounts: core.auth, fees: core.token, appState }), core };
}

const generic = (msg = SEND): Any => anyOf(GenericAuthorization, { msg });
const sending = (limit: bigint, allowList: readonly string[] = []): Any =>
  anyOf(SendAuthorization, { spendLimit: [coin(limit)], allowList });

function grant(authorization: Any | undefined, seconds?: bigint, [granter, grantee] = [alice, bob]): Any {
  const expiration = seconds === undefined ? undefined : { seconds: GENESIS_SECONDS + seconds, nanos: 0 };
  return anyOf(MsgGrant, { granter: granter.text, grantee: grantee.text, grant: { authorization, expiration } });
}

const revoke = (msgTypeUrl = SEND, granter = alice, grantee = bob): Any =>
  anyOf(MsgRevoke, { granter: granter.text, grantee: grantee.text, msgTypeUrl });
const exec = (msgs: readonly Any[], grantee: Signer = bob): Any => anyOf(MsgExec, { grantee: grantee.text, msgs });
const send = (amount: bigint, from = alice, to = carol): Any =>
  anyOf(MsgSend, { fromAddress: from.text, toAddress: to.text, amount: [coin(amount)] });

function outcome(result: ExecTxResult | undefined): string {
  return result?.code === 0 ? "ok" : `${result?.codespace ?? ""}/${result?.code ?? ""} ${result?.log ?? ""}`;
}

function query<Q, R>(chain: TestChain, method: string, ask: { request: Codec<Q>; of: Partial<Q>; response: Codec<R> }): R {
  const data = ask.request.encode(ask.request.create(ask.of));
  const path = `/cosmos.authz.v1beta1.Query/${method}`;
  const { code, log, value } = chain.app.query({ path, data, height: toHeight(0n), prove: false });
  if (code !== 0) throw new Error(log);
  return ask.response.decode(value);
}

describe("a grant", () => {
  it("lets another act until it is revoked", () => {
    const { chain, core } = start();
    expect(outcome(chain.deliver(bob, [exec([send(5n)])]))).to.match(/^authz\/2 .*failed to get grant with given granter/);
    expect(outcome(chain.deliver(alice, [grant(generic())]))).to.equal("ok");
    expect(outcome(chain.deliver(bob, [exec([send(5n), send(6n)])]))).to.equal("ok");
    expect(core.token.balance(chain.read(), carol.address)).to.equal(11n);
    expect(outcome(chain.deliver(alice, [revoke()]))).to.equal("ok");
    expect(outcome(chain.deliver(bob, [exec([send(5n)])]))).to.match(/^authz\/2 /);
  });

  it("is for one type of message, and for whom it names alone", () => {
    const { chain } = start();
    chain.deliver(alice, [grant(generic())]);
    const multi = anyOf(MsgMultiSend, { inputs: [{ address: alice.text, coins: [coin(1n)] }], outputs: [{ address: bob.text, coins: [coin(1n)] }] });
    expect(outcome(chain.deliver(bob, [exec([multi])]))).to.match(/^authz\/2 /);
    chain.deliver(alice, [send(100n)]);
    expect(outcome(chain.deliver(carol, [exec([send(1n)], carol)]))).to.match(/^authz\/2 /);
  });

  it("is not needed for one's own messages", () => {
    const { chain, core } = start();
    expect(outcome(chain.deliver(bob, [exec([send(5n, bob)])]))).to.equal("ok");
    expect(core.token.balance(chain.read(), carol.address)).to.equal(5n);
  });

  it("gives the grantee an account, so that it can sign", () => {
    const { chain, core } = start();
    chain.deliver(alice, [grant(generic(), undefined, [alice, carol])]);
    expect(core.auth.find(chain.read(), carol.address)).not.to.equal(undefined);
    expect(outcome(chain.deliver(carol, [exec([send(3n, alice, bob)], carol)]))).to.equal("ok");
  });

  it("ends in time, and is deleted then", () => {
    const { chain } = start();
    chain.deliver(alice, [grant(generic(), 30n)]);
    chain.wait(14n);
    expect(outcome(chain.deliver(bob, [exec([send(1n)])])), "24 s after genesis").to.equal("ok");
    chain.wait(60n);
    expect(outcome(chain.deliver(bob, [exec([send(1n)])]))).to.match(/^authz\/2 /);
    const of = { granter: alice.text };
    const left = query(chain, "GranterGrants", { request: QueryGranterGrantsRequest, of, response: QueryGranterGrantsResponse });
    expect(left.grants).to.deep.equal([]);
  });

  it("replaces the one before it, with its end", () => {
    const { chain } = start();
    chain.deliver(alice, [grant(generic(), 30n)]);
    chain.deliver(alice, [grant(sending(9n))]);
    chain.wait(60n);
    chain.nextBlock();
    expect(outcome(chain.deliver(bob, [exec([send(9n)])]))).to.equal("ok");
    expect(outcome(chain.deliver(bob, [exec([send(1n)])])), "used up").to.match(/^authz\/2 /);
  });
});

describe("executing messages", () => {
  it("undoes all of them, and what the grants lost, when one fails", () => {
    const { chain, core } = start();
    chain.deliver(alice, [grant(sending(10n))]);
    expect(outcome(chain.deliver(bob, [exec([send(4n), send(7n)])]))).to.match(/^sdk\/5 .*requested amount is more than spend limit/);
    expect(core.token.balance(chain.read(), carol.address)).to.equal(0n);
    expect(outcome(chain.deliver(bob, [exec([send(4n), send(6n)])]))).to.equal("ok");
  });

  it("keeps the code of the message that fails, and says which", () => {
    const { chain } = start();
    chain.deliver(alice, [grant(generic())]);
    expect(outcome(chain.deliver(bob, [exec([send(10_000_001n)])]))).to.match(
      /^sdk\/5 failed to execute message; message index: 0: failed to execute message; message \/cosmos\.bank\.v1beta1\.MsgSend: spendable balance/,
    );
  });

  it("answers each message, and marks its events", () => {
    const { chain } = start();
    chain.deliver(alice, [grant(generic())]);
    const result = chain.deliver(bob, [exec([send(1n), send(2n)])]);
    const [response] = TxMsgData.decode(result.data).msgResponses;
    expect(MsgExecResponse.decode(response?.value ?? new Uint8Array(0)).results).to.have.length(2);
    const transfers = result.events.filter((e) => e.type === "transfer");
    expect(transfers.map((e) => e.attributes.slice(-2).map((a) => `${a.key}=${a.value}`))).to.deep.equal([
      ["authz_msg_index=0", "msg_index=0"],
      ["authz_msg_index=1", "msg_index=0"],
    ]);
    const first = result.events.find((e) => e.type === "message" && e.attributes.some((a) => a.key === "action"));
    expect(first?.attributes.map((a) => a.value)).to.deep.equal([EXEC, bob.text, "authz", "0"]);
  });

  it("takes gas for each address that it compares, and runs out of it with the transaction's own words", () => {
    const used = (others: number): bigint => {
      const { chain } = start();
      const allowList = [carol.text, ...Array.from({ length: others }, (_, i) => createSigner(`other ${i}`).text)];
      chain.deliver(alice, [grant(sending(10n, allowList))]);
      return chain.deliver(bob, [exec([send(1n)])]).gasUsed;
    };
    expect(used(20) - used(0) >= 200n, "ten each, and what reading more costs").to.equal(true);
    const { chain } = start();
    chain.deliver(alice, [grant(generic())]);
    expect(chain.deliver(bob, [exec([send(1n)])], { gas: 40_000n }).log).to.match(/^failed to execute message; message index: 0: out of gas in location/);
  });

  it("may be nested, each with its own grant, to a depth", () => {
    const { chain } = start();
    chain.deliver(alice, [grant(generic(), undefined, [alice, carol])]);
    const nested = exec([exec([send(1n, alice, bob)], carol)]);
    expect(outcome(chain.deliver(bob, [nested]))).to.match(/^authz\/2 /);
    chain.deliver(carol, [grant(generic(EXEC), undefined, [carol, bob])]);
    expect(outcome(chain.deliver(bob, [nested]))).to.equal("ok");
    const own = (depth: number): Any => (depth === 0 ? send(1n, bob) : exec([own(depth - 1)]));
    expect(outcome(chain.deliver(bob, [own(6)]))).to.equal("ok");
    expect(outcome(chain.deliver(bob, [own(7)], { sequence: 2n }))).to.match(/^sdk\/18 .*messages nest deeper than 6/);
    expect(outcome(chain.deliver(bob, [own(500)], { sequence: 2n })), "no stack is so deep").to.match(/^sdk\/18 /);
  });

  it("is signed in amino JSON too, messages inside and all", () => {
    const { chain, core } = start();
    chain.deliver(alice, [grant(generic())]);
    const { number = 0n, sequence = 0n } = core.auth.find(chain.read(), bob.address) ?? {};
    const options = { chainId: TEST_CHAIN_ID, gas: 500_000n, fee: 0n, accountNumber: number, sequence, amino: moduleTypes(core.modules) };
    const [result] = chain.nextBlock([signTransaction(bob, [exec([send(1n)]), grant(sending(5n, [carol.text]), 600n, [bob, alice])], options)]).txResults;
    expect(outcome(result)).to.equal("ok");
  });
});

describe("authorizations of stake", () => {
  const staking = (given: Partial<StakeAuthorization>): Any =>
    anyOf(StakeAuthorization, StakeAuthorization.create({ authorizationType: AuthorizationType.AUTHORIZATION_TYPE_DELEGATE, ...given }));
  const delegate = (amount: bigint): Any =>
    anyOf(MsgDelegate, { delegatorAddress: alice.text, validatorAddress: operatorText, amount: coin(amount) });

  it("delegate up to their limit to those they allow", () => {
    const { chain } = start();
    chain.deliver(alice, [grant(staking({ maxTokens: coin(10n), allowList: { address: [operatorText] } }))]);
    expect(outcome(chain.deliver(bob, [exec([delegate(4n)])]))).to.equal("ok");
    expect(outcome(chain.deliver(bob, [exec([delegate(7n)])]))).to.match(/^sdk\/5 /);
    expect(outcome(chain.deliver(bob, [exec([delegate(6n)])]))).to.equal("ok");
    expect(outcome(chain.deliver(bob, [exec([delegate(1n)])]))).to.match(/^authz\/2 /);
    chain.deliver(alice, [grant(staking({ denyList: { address: [operatorText] } }))]);
    expect(outcome(chain.deliver(bob, [exec([delegate(1n)])]))).to.match(/^sdk\/4 .*cannot delegate\/undelegate to/);
  });

  it("look at the validator where the stake will be", () => {
    const other = formatOperatorAddress(bob.address);
    const amount = coin(3n);
    const delegatorAddress = alice.text;
    const cases: readonly (readonly [Any, Uint8Array])[] = [
      [delegate(3n), operator.address],
      [anyOf(MsgUndelegate, { delegatorAddress, validatorAddress: other, amount }), bob.address],
      [anyOf(MsgBeginRedelegate, { delegatorAddress, validatorSrcAddress: operatorText, validatorDstAddress: other, amount }), bob.address],
      [anyOf(MsgCancelUnbondingDelegation, { delegatorAddress, validatorAddress: other, amount, creationHeight: 1n }), bob.address],
    ];
    for (const [message, target] of cases) expect(useOfMessage(message)).to.deep.equal({ target, amount: 3n });
    expect(useOfMessage(exec([]))).to.equal(undefined);
  });

  it("read back from the Any that they are kept as", () => {
    const kinds = [
      staking({ maxTokens: coin(0n), allowList: { address: [operatorText] } }),
      staking({ denyList: { address: [operatorText] }, authorizationType: AuthorizationType.AUTHORIZATION_TYPE_REDELEGATE }),
      staking({ authorizationType: AuthorizationType.AUTHORIZATION_TYPE_CANCEL_UNBONDING_DELEGATION }),
      sending(9n, [alice.text, bob.text]),
      generic("/x.Y"),
    ];
    for (const any of kinds) expect(authorizationToAny(authorizationFromAny(any))).to.deep.equal(any);
  });
});

describe("authz messages", () => {
  it("are refused by code for each way they can be wrong", () => {
    const { chain } = start();
    const stake = (given: Partial<StakeAuthorization>): Any => grant(anyOf(StakeAuthorization, StakeAuthorization.create(given)));
    const unborn = { ...carol, text: formatAddress(moduleAddress("unborn")) };
    const twoSigners = exec([exec([], alice)]);
    const cases: readonly (readonly [string, Any, RegExp])[] = [
      ["granting oneself", grant(generic(), undefined, [alice, alice]), /^authz\/7 /],
      ["granting a module without an account", grant(generic(), undefined, [alice, unborn]), /^sdk\/4 /],
      ["an end that has come", grant(generic(), 0n), /^authz\/3 .*expiration must be after the current block time \(2026-01-01T00:0\d:\d\dZ\), got 2026-01-01T00:00:00Z: expiration time/],
      ["nothing granted", grant(undefined), /^sdk\/29 .*authorization is nil/],
      ["no authorization", grant(send(1n)), /^sdk\/29 /],
      ["a message that nobody handles", grant(generic("/x.Y")), /^sdk\/29 .*\/x\.Y doesn't exist\.: invalid type/],
      ["no message", grant(generic("")), /^sdk\/18 /],
      ["a long name", grant(generic(`/${"x".repeat(300)}`)), /^sdk\/18 /],
      ["no limit of sending", grant(anyOf(SendAuthorization, { spendLimit: [], allowList: [] })), /^sdk\/10 /],
      ["a zero limit of sending", grant(sending(0n)), /^sdk\/10 /],
      ["an address twice", grant(sending(1n, [bob.text, bob.text])), /^bank\/8 /],
      ["no address", grant(sending(1n, ["bob"])), /^sdk\/7 /],
      ["no kind of staking", stake({}), /^authz\/4 /],
      ["a negative stake", stake({ authorizationType: 1, maxTokens: { denom: "uopen", amount: "-1" } }), /^authz\/12 /],
      ["allowing and denying", stake({ authorizationType: 1, allowList: { address: [] }, denyList: { address: [] } }), /^sdk\/(18|2) /],
      ["revoking nothing", revoke(), /^authz\/2 /],
      ["revoking no message", revoke(""), /^sdk\/18 .*missing msg method name/],
      ["revoking oneself", revoke(SEND, alice, alice), /^authz\/7 /],
      ["executing nothing", exec([], alice), /^sdk\/18 .*messages cannot be empty/],
      ["executing nothing inside", twoSigners, /^sdk\/18 msg 0: messages cannot be empty/],
      ["executing the unknown", exec([{ typeUrl: "/x.Y", value: new Uint8Array(0) }], alice), /^sdk\/6 msg 0: no message handler found for \/x\.Y/],
      ["executing too much", exec(Array.from({ length: 257 }, () => send(1n)), alice), /^sdk\/18 /],
    ];
    for (const [what, message, expected] of cases) {
      const signer = message.typeUrl === EXEC && message === twoSigners ? bob : alice;
      expect(outcome(chain.deliver(signer, [message])), what).to.match(expected);
    }
  });

  it("may not carry what several must sign, or nobody", () => {
    const signedBy = (...signers: readonly Signer[]): unknown => {
      const runner: MessageRunner = {
        handles: () => true,
        parse: ({ typeUrl }) => ({ typeUrl, responseTypeUrl: "", signers: signers.map((s) => s.address), parsed: { signers: [], handle: () => new Uint8Array(0) } }),
        run: () => ({ response: send(1n), events: [] }),
      };
      try {
        return parseExec({ grantee: bob.text, msgs: [send(1n)] }, runner).actions.length;
      } catch (error) {
        return `${(error as Reject).codespace}/${(error as Reject).code}`;
      }
    };
    expect([signedBy(), signedBy(alice), signedBy(alice, bob)]).to.deep.equal(["authz/9", 1, "authz/9"]);
  });

  it("emit the SDK's typed events", () => {
    const { chain } = start();
    const typed = (result: ExecTxResult): string[] =>
      result.events
        .filter((e) => e.type.startsWith("cosmos.authz"))
        .map((e) => `${e.type} ${e.attributes.map((a) => `${a.key}=${a.value}`).join(" ")}`);
    const attributes = `grantee="${bob.text}" granter="${alice.text}" msg_type_url="${SEND}" msg_index=0`;
    expect(typed(chain.deliver(alice, [grant(sending(2n))]))).to.deep.equal([`cosmos.authz.v1beta1.EventGrant ${attributes}`]);
    expect(typed(chain.deliver(bob, [exec([send(2n)])]))).to.deep.equal([`cosmos.authz.v1beta1.EventRevoke ${attributes}`]);
    chain.deliver(alice, [grant(sending(2n))]);
    expect(typed(chain.deliver(alice, [revoke()]))).to.deep.equal([`cosmos.authz.v1beta1.EventRevoke ${attributes}`]);
  });
});

describe("authz queries", () => {
  it("find grants by both, by message, by granter and by grantee", () => {
    const { chain } = start();
    chain.deliver(alice, [grant(sending(3n)), grant(generic(EXEC), 900n), grant(generic(), undefined, [alice, carol])]);
    const of = { granter: alice.text, grantee: bob.text };
    const grants = (more: Partial<QueryGrantsRequest>): QueryGrantsResponse =>
      query(chain, "Grants", { request: QueryGrantsRequest, of: { ...of, ...more }, response: QueryGrantsResponse });
    expect(grants({}).grants.map((g) => g.authorization)).to.deep.equal([generic(EXEC), sending(3n)]);
    expect(grants({ msgTypeUrl: SEND }).grants).to.deep.equal([{ authorization: sending(3n), expiration: undefined }]);
    expect(() => grants({ msgTypeUrl: "/x.Y" })).to.throw("authorization not found for /x.Y type: authorization not found");
    const granted = query(chain, "GranterGrants", { request: QueryGranterGrantsRequest, of: { granter: alice.text }, response: QueryGranterGrantsResponse });
    expect(granted.grants.map((g) => g.grantee).filter((g) => g === bob.text)).to.have.length(2);
    expect(granted.grants).to.have.length(3);
    const mine = query(chain, "GranteeGrants", { request: QueryGranteeGrantsRequest, of: { grantee: carol.text }, response: QueryGranteeGrantsResponse });
    expect(mine.grants).to.deep.equal([{ granter: alice.text, grantee: carol.text, authorization: generic(), expiration: undefined }]);
  });
});

describe("authz state", () => {
  it("exported and imported again is the same document", () => {
    const { chain } = start();
    chain.deliver(alice, [grant(sending(3n, [carol.text]), 700n), grant(generic(EXEC)), grant(generic(), 9n, [alice, carol])]);
    const appState = chain.app.exportGenesis();
    const core = createCoreModules();
    const copy = createTestChain({ modules: core.modules, accounts: core.auth, fees: core.token, appState });
    expect(copy.app.exportGenesis()["authz"]).to.deep.equal(appState["authz"]);
    copy.nextBlock();
    copy.wait(30n);
    copy.nextBlock();
    const left = query(copy, "GranteeGrants", { request: QueryGranteeGrantsRequest, of: { grantee: carol.text }, response: QueryGranteeGrantsResponse });
    expect(left.grants).to.deep.equal([]);
  });
});
