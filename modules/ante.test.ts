import { expect } from "chai";
import fc from "fast-check";
import { BaseAccount, QueryAccountRequest, QueryAccountResponse } from "../proto/gen/cosmos/auth/v1beta1.js";
import { MsgSend } from "../proto/gen/cosmos/bank/v1beta1.js";
import { AuthInfo, TxBody, TxRaw } from "../proto/gen/cosmos/tx/v1beta1.js";
import type { Any } from "../proto/gen/google/protobuf.js";
import { requiredFee } from "../chain/kernel/ante.js";
import { concatBytes, toHeight, toUopen } from "../chain/primitives/index.js";
import { TEST_CHAIN_ID, TEST_GENESIS_TIME, createTestChain } from "../chain/testkit/chain.js";
import type { TestChain } from "../chain/testkit/chain.js";
import { anyOf, createSigner, signTransaction } from "../chain/testkit/signer.js";
import type { SignOptions } from "../chain/testkit/signer.js";
import { createCoreModules } from "./app.js";
import { ECONOMY_ACCOUNTS } from "./economy-accounts.js";
import { buildGenesis } from "./genesis.js";

const alice = createSigner("alice");
const bob = createSigner("bob");

function start(): TestChain {
  const core = createCoreModules();
  const accounts = [{ address: alice.address, amount: toUopen(1_000_000n), from: "community" as const }];
  const appState = buildGenesis({ time: TEST_GENESIS_TIME, validators: [], accounts });
  const minGasPrice = { numerator: 25n, denominator: 1000n };
  return createTestChain({
    modules: core.modules,
    accounts: core.auth,
    fees: core.token,
    appState,
    minGasPrice,
  });
}

const send: Any = anyOf(MsgSend, {
  fromAddress: alice.text,
  toAddress: bob.text,
  amount: [{ denom: "uopen", amount: "1" }],
});

/** Alice is the first account after five buckets and the module accounts. */
const ALICE_NUMBER = BigInt(5 + 2 + ECONOMY_ACCOUNTS.length);

function tx(options: Partial<SignOptions> = {}, messages: readonly Any[] = [send]): Uint8Array {
  const defaults = { chainId: TEST_CHAIN_ID, accountNumber: ALICE_NUMBER, sequence: 0n, gas: 200_000n, fee: 5_000n };
  return signTransaction(alice, messages, { ...defaults, ...options });
}

/** Changes the decoded parts and encodes them again; the signature no longer fits, which is the last check. */
function altered(change: {
  body?: Partial<TxBody>;
  auth?: Partial<AuthInfo>;
  signatures?: readonly Uint8Array[];
}): Uint8Array {
  const raw = TxRaw.decode(tx());
  const body = { ...TxBody.decode(raw.bodyBytes), ...change.body };
  const auth = { ...AuthInfo.decode(raw.authInfoBytes), ...change.auth };
  const signatures = change.signatures ?? raw.signatures;
  return TxRaw.encode({ bodyBytes: TxBody.encode(body), authInfoBytes: AuthInfo.encode(auth), signatures });
}

function check(bytes: Uint8Array, chain = start()): string {
  const { codespace, code } = chain.app.checkTx({ tx: bytes, kind: "new" });
  return code === 0 ? "ok" : `${codespace}/${code}`;
}

describe("the ante checks", () => {
  it("let a good transaction pass", () => {
    expect(check(tx())).to.equal("ok");
  });

  it("refuse each fault with its code", () => {
    const fee = (amount: string, denom = "uopen") => ({
      amount: [{ denom, amount }],
      gasLimit: 200_000n,
      payer: "",
      granter: "",
    });
    const cases: readonly (readonly [string, string, Uint8Array])[] = [
      ["extension options", "sdk/31", altered({ body: { extensionOptions: [send] } })],
      ["no signature", "sdk/15", altered({ signatures: [] })],
      [
        "two signatures for one signer",
        "sdk/4",
        altered({ signatures: [new Uint8Array(64), new Uint8Array(64)] }),
      ],
      ["no messages", "sdk/18", tx({}, [])],
      ["an unknown message", "sdk/2", tx({}, [{ typeUrl: "/x.Y", value: new Uint8Array(0) }])],
      ["a long memo", "sdk/12", tx({ body: { memo: "x".repeat(257) } })],
      ["an unordered transaction without a timeout", "sdk/18", tx({ body: { unordered: true } })],
      ["a long memo of few characters", "sdk/12", tx({ body: { memo: "é".repeat(129) } })],
      ["a past time", "sdk/42", tx({ body: { timeoutTimestamp: { seconds: 2n, nanos: 0 } } })],
      ["no gas, at the size already", "sdk/11", tx({ gas: 0n })],
      ["too little fee", "sdk/13", tx({ fee: 4_999n })],
      ["more fee than coins", "sdk/5", tx({ fee: 1_000_001n })],
      ["a foreign denom", "sdk/5", altered({ auth: { fee: fee("9", "uatom") } })],
      ["a fee grant where nobody grants", "sdk/18", altered({ auth: { fee: { ...fee("5000"), granter: bob.text } } })],
      ["a tip", "sdk/37", altered({ auth: { tip: { amount: [], tipper: bob.text } } })],
      ["another chain", "sdk/4", tx({ chainId: "other" })],
      ["another account number", "sdk/4", tx({ accountNumber: 8n })],
      ["another sequence", "sdk/32", tx({ sequence: 1n })],
      ["gas beyond int64", "sdk/18", tx({ gas: 1n << 63n })],
      ["little gas", "sdk/11", tx({ gas: 2_000n })],
    ];
    for (const [what, code, bytes] of cases) expect(check(bytes), what).to.equal(code);
  });

  it("count the timeout height as the last that may include the transaction", () => {
    const chain = start();
    chain.nextBlock();
    expect(check(tx({ body: { timeoutHeight: 2n } }), chain)).to.equal("ok");
    chain.nextBlock();
    expect(check(tx({ body: { timeoutHeight: 2n } }), chain)).to.equal("sdk/30");
  });

  it("keep the key that an account's first transaction brings: the next may leave it out, and no other account's key will do", () => {
    const chain = start();
    const keyOf = () => {
      const { value } = chain.app.query({ path: "/cosmos.auth.v1beta1.Query/Account", data: QueryAccountRequest.encode({ address: alice.text }), height: toHeight(0n), prove: false });
      const { account } = QueryAccountResponse.decode(value);
      return account === undefined ? undefined : BaseAccount.decode(account.value).pubKey;
    };
    const keyless = { ...alice, publicKey: undefined } as never as typeof alice;
    const second = { chainId: TEST_CHAIN_ID, accountNumber: ALICE_NUMBER, sequence: 1n, gas: 200_000n, fee: 5_000n };
    chain.nextBlock();
    expect(keyOf()).to.equal(undefined);
    expect(check(signTransaction(keyless, [send], { ...second, sequence: 0n }), chain)).to.equal("sdk/8");
    expect(chain.nextBlock([tx()]).txResults[0]?.code).to.equal(0);
    expect(keyOf()).to.deep.equal(alice.publicKey);
    expect(check(signTransaction(keyless, [send], second), chain)).to.equal("ok");
    const foreign = { ...alice, publicKey: bob.publicKey };
    expect(check(signTransaction(foreign, [send], second), chain)).to.equal("sdk/8");
    expect(chain.nextBlock([signTransaction(keyless, [send], second)]).txResults[0]?.code).to.equal(0);
  });

  it("count a memo in bytes, up to the last that is allowed", () => {
    for (const memo of ["x".repeat(256), "é".repeat(128)]) expect(check(tx({ body: { memo } }))).to.equal("ok");
    for (const memo of ["x".repeat(257), `${"é".repeat(128)}x`]) expect(check(tx({ body: { memo } }))).to.equal("sdk/12");
  });

  it("ask for a fee that is rounded up", () => {
    const third = { numerator: 1n, denominator: 3n };
    expect([0n, 1n, 2n, 3n, 4n].map((gas) => requiredFee(third, gas))).to.deep.equal([0n, 1n, 1n, 1n, 2n]);
    expect(check(tx({ fee: 4_999n }))).to.equal("sdk/13");
    expect(check(tx({ fee: 5_000n }))).to.equal("ok");
  });

  it("leaves the events of CheckTx out for whoever does not read them, and nothing else", () => {
    const [whole, without] = [false, true].map((withoutEvents) => start().app.checkTx({ tx: tx(), kind: "new", withoutEvents }));
    expect(whole?.events).to.have.length.greaterThan(3);
    expect(without).to.deep.equal({ ...whole, events: [] });
  });

  it("ask for the node's price in the mempool only", () => {
    const chain = start();
    expect(chain.nextBlock([tx({ fee: 0n })]).txResults[0]?.code).to.equal(0);
  });

  it("say what fee is missing, in the words wallets parse", () => {
    expect(start().app.checkTx({ tx: tx({ fee: 1n }), kind: "new" }).log).to.equal(
      "insufficient fees; got: 1uopen required: 5000uopen: insufficient fee",
    );
  });

  it("allow unknown fields in the body only, and only non-critical ones", () => {
    const raw = TxRaw.decode(tx());
    const withField = (no: number): Uint8Array =>
      Uint8Array.from([((no << 3) & 127) | 128, (no << 3) >> 7, 1]);
    const encode = (body: Uint8Array, auth: Uint8Array) =>
      TxRaw.encode({ bodyBytes: body, authInfoBytes: auth, signatures: raw.signatures });
    const nonCritical = concatBytes(raw.bodyBytes, withField(1030));
    expect(check(encode(nonCritical, raw.authInfoBytes)), "signature no longer fits").to.equal("sdk/4");
    expect(check(encode(concatBytes(raw.bodyBytes, withField(100)), raw.authInfoBytes))).to.equal("sdk/2");
    expect(check(encode(raw.bodyBytes, concatBytes(raw.authInfoBytes, withField(1030))))).to.equal("sdk/2");
    expect(check(concatBytes(tx(), withField(1030)))).to.equal("sdk/2");
  });

  it("refuse fields out of order and overlong varints", () => {
    const raw = TxRaw.decode(tx());
    const head = TxRaw.encode({ bodyBytes: raw.bodyBytes, authInfoBytes: new Uint8Array(0), signatures: [] });
    const auth = TxRaw.encode({
      bodyBytes: new Uint8Array(0),
      authInfoBytes: raw.authInfoBytes,
      signatures: [],
    });
    const signatures = TxRaw.encode({
      bodyBytes: new Uint8Array(0),
      authInfoBytes: new Uint8Array(0),
      signatures: raw.signatures,
    });
    expect(check(concatBytes(head, auth, signatures))).to.equal("ok");
    expect(check(concatBytes(auth, head, signatures))).to.equal("sdk/2");
    expect(
      check(concatBytes(head, auth, Uint8Array.of(0x1a, 0xc0, 0x00), raw.signatures[0] ?? new Uint8Array(0))),
    ).to.equal("sdk/2");
  });

  it("answer any bytes at all with a code, and never change state by it", () => {
    const chain = start();
    const good = tx();
    const mutation = fc.tuple(fc.nat(good.length - 1), fc.integer({ min: 1, max: 255 }));
    fc.assert(
      fc.property(mutation, ([at, flip]) => {
        const bytes = good.slice();
        bytes[at] = (bytes[at] ?? 0) ^ flip;
        expect(chain.app.checkTx({ tx: bytes, kind: "new" }).code).to.be.greaterThan(0);
      }),
      { numRuns: 200 },
    );
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 200 }),
        (bytes) => chain.app.checkTx({ tx: bytes, kind: "new" }).code > 0,
      ),
    );
    expect(check(good, chain)).to.equal("ok");
  });
});
