import { createMultisigThresholdPubkey, pubkeyToAddress, pubkeyType } from "@cosmjs/amino";
import { fromBase64 as base64, toBase64 } from "@cosmjs/encoding";
import { makeMultisignedTxBytes } from "@cosmjs/stargate";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { expect } from "chai";
import { MsgMultiSend, MsgSend } from "../proto/gen/cosmos/bank/v1beta1.js";
import { MultiSignature } from "../proto/gen/cosmos/crypto/multisig/v1beta1.js";
import { LegacyAminoPubKey } from "../proto/gen/cosmos/crypto/multisig.js";
import { PubKey } from "../proto/gen/cosmos/crypto/secp256k1.js";
import { SignMode } from "../proto/gen/cosmos/tx/signing/v1beta1.js";
import { AuthInfo, SignDoc, TxBody, TxRaw } from "../proto/gen/cosmos/tx/v1beta1.js";
import type { Any } from "../proto/gen/google/protobuf.js";
import { aminoSignBytes, formatAddress } from "../chain/codec/index.js";
import { sha256 } from "../chain/crypto/index.js";
import { MULTISIG_URL, moduleTypes, parseAccountKey } from "../chain/kernel/index.js";
import { concatBytes, toUopen } from "../chain/primitives/index.js";
import type { Address } from "../chain/primitives/index.js";
import { TEST_CHAIN_ID, TEST_GENESIS_TIME, createTestChain } from "../chain/testkit/chain.js";
import type { TestChain } from "../chain/testkit/chain.js";
import { anyOf, createSigner, signTransaction } from "../chain/testkit/signer.js";
import type { SignOptions } from "../chain/testkit/signer.js";
import { createCoreModules } from "./app.js";
import { buildGenesis } from "./genesis.js";

/** Amino JSON and multisig keys, against CosmJS. */

const core = createCoreModules();
const registry = moduleTypes(core.modules);
const alice = createSigner("alice");
const members = ["one", "two", "three"].map(createSigner);

function start(...addresses: readonly Address[]): TestChain {
  const accounts = addresses.map((address) => ({ address, amount: toUopen(10_000_000n), from: "community" as const }));
  const appState = buildGenesis({ time: TEST_GENESIS_TIME, validators: [], accounts });
  return createTestChain({ modules: core.modules, accounts: core.auth, fees: core.token, appState });
}

function send(from: string): Any {
  return anyOf(MsgSend, { fromAddress: from, toAddress: alice.text, amount: [{ denom: "uopen", amount: "7" }] });
}

function check(chain: TestChain, tx: Uint8Array): string {
  const { codespace, code, log } = chain.app.checkTx({ tx, kind: "new" });
  return code === 0 ? "ok" : `${codespace}/${code} ${log}`;
}

function numberOf(chain: TestChain, address: Address): bigint {
  return core.auth.find(chain.read(), address)?.number ?? -1n;
}

describe("amino JSON signatures", () => {
  const amino = (chain: TestChain, options: Partial<SignOptions> = {}, messages = [send(alice.text)]): Uint8Array =>
    signTransaction(alice, messages, {
      chainId: TEST_CHAIN_ID,
      accountNumber: numberOf(chain, alice.address),
      sequence: 0n,
      gas: 200_000n,
      fee: 5_000n,
      amino: registry,
      ...options,
    });

  it("are taken for one message and for several, with memo, timeouts and payer", () => {
    const chain = start(alice.address);
    const coins = [{ denom: "uopen", amount: "1" }];
    const many = anyOf(MsgMultiSend, {
      inputs: [{ address: alice.text, coins }],
      outputs: [{ address: createSigner("bob").text, coins }],
    });
    const body = { memo: "<to you & me>", timeoutHeight: 9n, timeoutTimestamp: { seconds: 4_000_000_000n, nanos: 5 } };
    expect(check(chain, amino(chain))).to.equal("ok");
    expect(check(start(alice.address), amino(chain, { body, payer: alice.text }, [send(alice.text), many]))).to.equal("ok");
    expect(chain.nextBlock([amino(chain)]).txResults[0]?.code).to.equal(0);
  });

  it("are refused over another chain, account, sequence or text", () => {
    const chain = start(alice.address);
    const raw = TxRaw.decode(amino(chain));
    const body = TxBody.decode(raw.bodyBytes);
    const other = TxRaw.encode({ ...raw, bodyBytes: TxBody.encode({ ...body, memo: "x" }) });
    expect(check(chain, other)).to.match(/^sdk\/4 signature verification failed; please verify account number/);
    expect(check(chain, amino(chain, { chainId: "other" }))).to.match(/^sdk\/4 /);
    expect(check(chain, amino(chain, { accountNumber: 99n }))).to.match(/^sdk\/4 /);
    expect(check(chain, amino(chain, { sequence: 1n }))).to.match(/^sdk\/32 /);
  });

  it("are refused where the body has fields that amino JSON does not show", () => {
    const chain = start(alice.address);
    const raw = TxRaw.decode(amino(chain));
    const hidden = TxRaw.encode({ ...raw, bodyBytes: concatBytes(raw.bodyBytes, Uint8Array.of(0xb0, 0x40, 1)) });
    expect(check(chain, hidden)).to.match(/^sdk\/4 .*unknown/);
    const option = { nonCriticalExtensionOptions: [send(alice.text)] };
    expect(check(chain, amino(chain, { body: option }))).to.match(/^sdk\/4 .*extension options/);
  });

  it("are refused in a mode that nobody knows, as any signature is", () => {
    const chain = start(alice.address);
    const raw = TxRaw.decode(amino(chain));
    const auth = AuthInfo.decode(raw.authInfoBytes);
    const signerInfos = auth.signerInfos.map((info) => ({ ...info, modeInfo: { single: { mode: 2 }, multi: undefined } }));
    const textual = TxRaw.encode({ ...raw, authInfoBytes: AuthInfo.encode({ ...auth, signerInfos }) });
    expect(check(chain, textual)).to.match(/^sdk\/4 .*sign mode 2: feature not supported/);
  });
});

/** A CosmJS multisig key over signers, and the address that CosmJS gives it. */
function cosmjsKey(threshold: number, signers = members) {
  const keys = signers.map((m) => ({
    type: pubkeyType.secp256k1,
    value: toBase64(secp256k1.getPublicKey(m.privateKey, true)),
  }));
  const key = createMultisigThresholdPubkey(keys, threshold, true);
  return { key, text: pubkeyToAddress(key, "open") };
}

/** CosmJS 0.39 reads bech32 with an infinite limit, which @scure/base 2.4 refuses as no integer. */
function withoutLimitOfBech32<T>(run: () => T): T {
  const { isSafeInteger } = Number;
  Number.isSafeInteger = (n) => n === Infinity || isSafeInteger(n);
  try {
    return run();
  } finally {
    Number.isSafeInteger = isSafeInteger;
  }
}

function keyAny(threshold: number, keys: readonly Any[]): Any {
  return { typeUrl: MULTISIG_URL, value: LegacyAminoPubKey.encode({ threshold, publicKeys: keys }) };
}

const twoOfThree = keyAny(2, members.map((m) => m.publicKey));

describe("a multisig key", () => {
  const account = parseAccountKey(twoOfThree);
  const fee = { amount: [{ denom: "uopen", amount: "5000" }], gas: "300000" };

  /** What CosmJS makes of the members' amino signatures. */
  function multisigned(chain: TestChain, signing: readonly number[], sequence = 0, memo = ""): Uint8Array {
    const { key, text } = cosmjsKey(2);
    const body = TxBody.create({ messages: [send(text)], memo });
    const bodyBytes = TxBody.encode(body);
    const gasLimit = BigInt(fee.gas);
    const document = {
      chainId: TEST_CHAIN_ID,
      accountNumber: numberOf(chain, account.address),
      sequence: BigInt(sequence),
      fee: { amount: fee.amount, gasLimit, payer: "", granter: "" },
      body,
    };
    const hash = sha256(aminoSignBytes(document, registry));
    const signatures = signing.map((i): [string, Uint8Array] => {
      const member = members[i] as (typeof members)[number];
      return [member.text, secp256k1.sign(hash, member.privateKey, { prehash: false, lowS: true })];
    });
    return withoutLimitOfBech32(() => makeMultisignedTxBytes(key, sequence, fee, bodyBytes, new Map(signatures)));
  }

  it("has the address that CosmJS gives it, however many its members", () => {
    for (let threshold = 1; threshold <= 3; threshold++) {
      const key = parseAccountKey(keyAny(threshold, members.map((m) => m.publicKey)));
      expect(formatAddress(key.address)).to.equal(cosmjsKey(threshold).text);
    }
    const many = Array.from({ length: 20 }, (_, i) => createSigner(`member ${i}`));
    const key = parseAccountKey(keyAny(11, many.map((m) => m.publicKey)));
    expect(formatAddress(key.address)).to.equal(cosmjsKey(11, many).text);
  });

  it("signs what CosmJS assembles, with any members that suffice, again and again", () => {
    const chain = start(account.address);
    for (const [sequence, signing] of [[0, 1], [1, 2], [0, 2], [0, 1, 2]].entries()) {
      const [result] = chain.nextBlock([multisigned(chain, signing, sequence)]).txResults;
      expect(result?.log).to.equal("");
    }
    expect(core.auth.find(chain.read(), account.address)?.sequence).to.equal(4n);
  });

  it("lists the members' signatures before the one that holds them", () => {
    const chain = start(account.address);
    const tx = multisigned(chain, [0, 2]);
    const [whole = new Uint8Array(0)] = TxRaw.decode(tx).signatures;
    const parts = MultiSignature.decode(whole).signatures;
    const [result] = chain.nextBlock([tx]).txResults;
    const listed = result?.events.flatMap((e) => e.attributes.filter((a) => a.key === "signature"));
    expect(listed?.map((a) => a.value)).to.deep.equal([...parts, whole].map((s) => toBase64(s)));
  });

  it("costs the gas of each signature that is there", () => {
    const used = (signing: readonly number[]): bigint => {
      const chain = start(account.address);
      const tx = multisigned(chain, signing);
      return (chain.nextBlock([tx]).txResults[0]?.gasUsed ?? 0n) - 10n * BigInt(tx.length);
    };
    expect(used([0, 1, 2]) - used([0, 1])).to.equal(1_000n);
  });

  /** The transaction with its mode info and signature changed. */
  function altered(
    tx: Uint8Array,
    change: (multi: { elems: Uint8Array; extra: number; modes: number[]; signatures: Uint8Array[] }) => void,
  ): Uint8Array {
    const raw = TxRaw.decode(tx);
    const auth = AuthInfo.decode(raw.authInfoBytes);
    const multi = auth.signerInfos[0]?.modeInfo?.multi;
    const parts = {
      elems: (multi?.bitarray?.elems ?? new Uint8Array(0)).slice(),
      extra: multi?.bitarray?.extraBitsStored ?? 0,
      modes: (multi?.modeInfos ?? []).map((m) => m.single?.mode ?? 0),
      signatures: [...MultiSignature.decode(raw.signatures[0] ?? new Uint8Array(0)).signatures],
    };
    change(parts);
    const modeInfos = parts.modes.map((mode) => ({ single: { mode }, multi: undefined }));
    const bitarray = { elems: parts.elems, extraBitsStored: parts.extra };
    const signerInfos = auth.signerInfos.map((info) => ({
      ...info,
      modeInfo: { single: undefined, multi: { bitarray, modeInfos } },
    }));
    const signature = MultiSignature.encode({ signatures: parts.signatures });
    return TxRaw.encode({ ...raw, authInfoBytes: AuthInfo.encode({ ...auth, signerInfos }), signatures: [signature] });
  }

  it("is refused with too few signatures, wrong ones, or a shape that does not fit", () => {
    const chain = start(account.address);
    const good = multisigned(chain, [0, 1]);
    expect(check(chain, multisigned(chain, [1]))).to.match(/^sdk\/4 not enough signatures set, have 1, expected 2/);
    const cases: readonly (readonly [string, RegExp, Uint8Array])[] = [
      ["a signature of another member", /^sdk\/4 /, altered(good, (m) => void m.signatures.reverse())],
      ["the bits of other members", /^sdk\/4 /, altered(good, (m) => void (m.elems[0] = 0b0110_0000))],
      ["a bit more than signatures", /^sdk\/4 signature size/, altered(good, (m) => void (m.elems[0] = 0b1110_0000))],
      ["a signature more than bits", /^sdk\/4 signature size/, altered(good, (m) => {
        m.modes.push(SignMode.SIGN_MODE_LEGACY_AMINO_JSON);
        m.signatures.push(new Uint8Array(64));
      })],
      ["modes without signatures", /^sdk\/4 3 sign modes for 2/, altered(good, (m) => void m.modes.push(127))],
      ["too few bits", /^sdk\/4 bit array size/, altered(good, (m) => void (m.extra = 2))],
      ["too many bits", /^sdk\/4 bit array size/, altered(good, (m) => void (m.extra = 4))],
      ["bits beyond the last", /^sdk\/4 bit array has bits/, altered(good, (m) => void (m.elems[0] = 0b1100_0001))],
      ["no bits at all", /^sdk\/4 bit array size/, altered(good, (m) => void (m.elems = new Uint8Array(0)))],
      ["a great many bits", /^sdk\/4 bit array size/, altered(good, (m) => void (m.elems = new Uint8Array(1000)))],
      ["another mode", /^sdk\/4 /, altered(good, (m) => void (m.modes[0] = 1))],
    ];
    for (const [what, expected, tx] of cases) expect(check(chain, tx), what).to.match(expected);
    expect(check(chain, good)).to.equal("ok");
  });

  it("is refused without its members' signatures, or beyond the limit of signatures", () => {
    const chain = start(account.address);
    const raw = TxRaw.decode(multisigned(chain, [0, 1]));
    const auth = AuthInfo.decode(raw.authInfoBytes);
    const single = { single: { mode: SignMode.SIGN_MODE_DIRECT }, multi: undefined };
    const signerInfos = auth.signerInfos.map((info) => ({ ...info, modeInfo: single }));
    const tx = TxRaw.encode({ ...raw, authInfoBytes: AuthInfo.encode({ ...auth, signerInfos }), signatures: [new Uint8Array(64)] });
    expect(check(chain, tx)).to.match(/^sdk\/4 /);

    const eight = Array.from({ length: 8 }, (_, i) => createSigner(`of eight ${i}`));
    const publicKey = keyAny(1, eight.map((m) => m.publicKey));
    const { address } = parseAccountKey(publicKey);
    const crowd = start(address);
    const signer = { ...(eight[0] as (typeof eight)[number]), address, publicKey };
    const options = { chainId: TEST_CHAIN_ID, accountNumber: 0n, sequence: 0n, gas: 300_000n, fee: 0n };
    expect(check(crowd, signTransaction(signer, [send(formatAddress(address))], options))).to.equal(
      "sdk/14 signatures: 8, limit: 7: maximum number of signatures exceeded",
    );
  });
});

describe("keys of keys", () => {
  it("parse to a depth, with a threshold that can be met", () => {
    const codeOf = (any: Any): unknown => {
      try {
        return parseAccountKey(any).kind;
      } catch (error) {
        return (error as { code?: unknown }).code;
      }
    };
    const nested = (levels: number): Any => (levels === 0 ? alice.publicKey : keyAny(1, [nested(levels - 1)]));
    expect(codeOf(nested(4))).to.equal("multisig");
    expect(codeOf(nested(5))).to.equal(8);
    expect(codeOf(keyAny(0, [alice.publicKey]))).to.equal(8);
    expect(codeOf(keyAny(2, [alice.publicKey]))).to.equal(8);
    expect(codeOf(keyAny(1, Array.from({ length: 101 }, () => alice.publicKey)))).to.equal(8);
    const tens = Array.from({ length: 11 }, () => keyAny(1, Array.from({ length: 10 }, () => alice.publicKey)));
    expect(codeOf(keyAny(1, tens)), "110 keys in groups").to.equal(8);
    expect(codeOf({ typeUrl: "/cosmos.crypto.secp256r1.PubKey", value: PubKey.encode({ key: base64("AA==") }) })).to.equal(8);
  });

  it("sign when a member is a multisig itself", () => {
    const inner = keyAny(1, [alice.publicKey, createSigner("deputy").publicKey]);
    const publicKey = keyAny(2, [inner, (members[0] as (typeof members)[number]).publicKey]);
    const { address } = parseAccountKey(publicKey);
    const chain = start(address);
    const text = formatAddress(address);
    const single = { single: { mode: SignMode.SIGN_MODE_DIRECT }, multi: undefined };
    const innerMode = { single: undefined, multi: { bitarray: { extraBitsStored: 2, elems: Uint8Array.of(0x80) }, modeInfos: [single] } };
    const modeInfo = { single: undefined, multi: { bitarray: { extraBitsStored: 2, elems: Uint8Array.of(0xc0) }, modeInfos: [innerMode, single] } };
    const bodyBytes = TxBody.encode(TxBody.create({ messages: [send(text)] }));
    const authInfoBytes = AuthInfo.encode({
      signerInfos: [{ publicKey, modeInfo, sequence: 0n }],
      fee: { amount: [], gasLimit: 300_000n, payer: "", granter: "" },
      tip: undefined,
    });
    const direct = (signer: typeof alice): Uint8Array => {
      const options = { chainId: TEST_CHAIN_ID, accountNumber: numberOf(chain, address) };
      return signDirect(signer, { bodyBytes, authInfoBytes, ...options });
    };
    const innerSignature = MultiSignature.encode({ signatures: [direct(alice)] });
    const signatures = [MultiSignature.encode({ signatures: [innerSignature, direct(members[0] as typeof alice)] })];
    expect(check(chain, TxRaw.encode({ bodyBytes, authInfoBytes, signatures }))).to.equal("ok");
    const wrong = [MultiSignature.encode({ signatures: [innerSignature, direct(alice)] })];
    expect(check(start(address), TxRaw.encode({ bodyBytes, authInfoBytes, signatures: wrong }))).to.match(/^sdk\/4 /);
  });
});

function signDirect(signer: typeof alice, document: Parameters<typeof SignDoc.encode>[0]): Uint8Array {
  return secp256k1.sign(sha256(SignDoc.encode(document)), signer.privateKey, { prehash: false, lowS: true });
}
