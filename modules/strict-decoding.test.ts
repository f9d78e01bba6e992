import { expect } from "chai";
import fc from "fast-check";
import { GenericAuthorization, MsgExec, MsgGrant } from "../proto/gen/cosmos/authz/v1beta1.js";
import { MsgSend } from "../proto/gen/cosmos/bank/v1beta1.js";
import { AuthInfo, TxBody, TxRaw } from "../proto/gen/cosmos/tx/v1beta1.js";
import type { ModeInfo } from "../proto/gen/cosmos/tx/v1beta1.js";
import type { Any } from "../proto/gen/google/protobuf.js";
import { EMPTY_REGISTRY } from "../chain/codec/index.js";
import { createRouter, moduleTypes, parseAccountKey } from "../chain/kernel/index.js";
import { MAX_TX_BYTES, parseTransaction } from "../chain/kernel/transaction.js";
import { Reject, concatBytes, toHex } from "../chain/primitives/index.js";
import { anyOf, createSigner, signTransaction } from "../chain/testkit/signer.js";
import { eachMessage, readTree, writeTree } from "../chain/testkit/wire-tree.js";
import type { WireMessage } from "../chain/testkit/wire-tree.js";
import { createCoreModules } from "./app.js";

/** ADR-027 and ADR-020 of the SDK (cosmos-formats.md §7.1): one transaction has few encodings, and hides nothing. */

const core = createCoreModules();
const router = createRouter(core.modules);
const types = moduleTypes(core.modules);
const alice = createSigner("alice");
const bob = createSigner("bob");

const send = anyOf(MsgSend, { fromAddress: alice.text, toAddress: bob.text, amount: [{ denom: "uopen", amount: "7" }] });
const exec = (msgs: readonly Any[]): Any => anyOf(MsgExec, { grantee: alice.text, msgs });
const authorization = anyOf(GenericAuthorization, { msg: "/x.Y" });
const grant = anyOf(MsgGrant, {
  granter: alice.text,
  grantee: bob.text,
  grant: { authorization, expiration: { seconds: 4_000_000_000n, nanos: 5 } },
});
const body = { memo: "a memo", timeoutHeight: 900n, timeoutTimestamp: { seconds: 4_000_000_000n, nanos: 1 } };
const options = { chainId: "c", accountNumber: 1n, sequence: 300n, gas: 200_000n, fee: 5_000n, body };
const good = signTransaction(alice, [send, exec([send]), grant], options);
const raw = TxRaw.decode(good);

/** 0 when the bytes are a transaction, the code of the Reject otherwise. Anything else that is thrown fails the test. */
function codeOf(bytes: Uint8Array): number {
  try {
    const { authInfo } = parseTransaction(bytes, router);
    // The ante checks read keys, since a simulation may bring ones that are none.
    for (const { publicKey } of authInfo.signerInfos) if (publicKey !== undefined) parseAccountKey(publicKey);
    return 0;
  } catch (error) {
    if (!(error instanceof Reject)) throw error;
    expect(error.codespace).to.equal("sdk");
    return error.code;
  }
}

const parts = {
  body: { tree: readTree(TxBody, raw.bodyBytes, types), in: (bytes: Uint8Array) => TxRaw.encode({ ...raw, bodyBytes: bytes }) },
  auth: { tree: readTree(AuthInfo, raw.authInfoBytes, types), in: (bytes: Uint8Array) => TxRaw.encode({ ...raw, authInfoBytes: bytes }) },
};

/** Every message of body and auth_info, changed one at a time. */
function changed(change: (m: WireMessage) => WireMessage): { at: string; bytes: Uint8Array }[] {
  return Object.entries(parts).flatMap(([name, part]) =>
    eachMessage(part.tree).map((apply, i) => ({ at: `${name} ${i}`, bytes: part.in(writeTree(apply(change))) })),
  );
}

const varint = (no: number) => ({ no, wire: 0, content: Uint8Array.of(1) });

describe("strict decoding", () => {
  it("reads what is written, through every Any", () => {
    expect(codeOf(good)).to.equal(0);
    expect(eachMessage(parts.body.tree).length).to.be.greaterThan(12);
    for (const part of Object.values(parts)) expect(part.in(writeTree(part.tree))).to.deep.equal(good);
  });

  it("refuses unknown fields in every message, but for non-critical ones of the body itself, outside of its messages", () => {
    for (const { at, bytes } of changed((m) => [...m, varint(77)])) expect(codeOf(bytes), at).to.equal(2);
    const nonCritical = (m: WireMessage): WireMessage => [...m, varint(1_100)];
    const ofBody = readTree(TxBody, raw.bodyBytes, EMPTY_REGISTRY);
    const allowed = new Set(eachMessage(ofBody).map((apply) => toHex(parts.body.in(writeTree(apply(nonCritical))))));
    expect(allowed.size, "body, Anys, timeout").to.equal(5);
    for (const { at, bytes } of changed(nonCritical)) expect(codeOf(bytes), at).to.equal(allowed.has(toHex(bytes)) ? 0 : 2);
    const [inRaw] = eachMessage(readTree(TxRaw, good, types));
    expect(codeOf(writeTree((inRaw as NonNullable<typeof inRaw>)((m) => [...m, varint(1_100)])))).to.equal(2);
  });

  it("refuses a field that stands twice, in every message", () => {
    const repeated = new Set(["body 0"]);
    for (const { at, bytes } of changed((m) => [...m, ...m.slice(0, 1)])) {
      if (repeated.has(at)) continue;
      expect([0, 2, 4, 5, 10, 18].includes(codeOf(bytes)), at).to.equal(true);
    }
    const memo = parts.body.tree.filter((f) => f.no === 2);
    expect(codeOf(parts.body.in(writeTree([...parts.body.tree, ...memo])))).to.equal(2);
    const fee = parts.auth.tree.filter((f) => f.no === 2);
    expect(codeOf(parts.auth.in(writeTree([...parts.auth.tree, ...fee])))).to.equal(2);
  });

  it("refuses another wire type in every field", () => {
    for (const { at, bytes } of changed((m) => m.map((f, i) => (i === 0 ? { no: f.no, wire: f.wire === 0 ? 5 : 0, content: f.wire === 0 ? new Uint8Array(4) : Uint8Array.of(1) } : f))))
      expect(codeOf(bytes), at).to.equal(2);
  });

  it("refuses fields of the transaction out of order", () => {
    const tree = readTree(TxRaw, good, types);
    for (const order of [[1, 0, 2], [0, 2, 1], [2, 1, 0], [2, 0, 1]]) {
      expect(codeOf(writeTree(order.map((i) => tree[i] as WireMessage[number]))), order.join()).to.equal(2);
    }
  });

  it("refuses varints that are longer than they need be, wherever they stand", () => {
    const padded = (bytes: Uint8Array): Uint8Array => {
      const out = Uint8Array.from([...bytes, 0]);
      out[bytes.length - 1] = (bytes.at(-1) ?? 0) | 128;
      return out;
    };
    const overlong = (m: WireMessage): WireMessage => {
      const i = m.findIndex((f) => f.wire === 0);
      const field = m[i];
      return field?.content instanceof Uint8Array ? m.with(i, { ...field, content: padded(field.content) }) : m;
    };
    const found = changed(overlong).filter(({ bytes }) => bytes.length !== good.length);
    expect(found.length).to.be.greaterThan(4);
    for (const { at, bytes } of found) expect(codeOf(bytes), at).to.equal(2);
    const [first = 0] = raw.bodyBytes;
    const longTag = concatBytes(Uint8Array.of(first | 128, 0), raw.bodyBytes.slice(1));
    expect(codeOf(TxRaw.encode({ ...raw, bodyBytes: longTag }))).to.equal(2);
    const longLength = concatBytes(good.slice(0, -66), Uint8Array.of(0x1a, 0xc0, 0x00), good.slice(-64));
    expect(codeOf(longLength)).to.equal(2);
  });

  it("gives back the very bytes of what it accepts, whatever is done to them", () => {
    const cut = fc.tuple(fc.nat(good.length), fc.nat(8), fc.uint8Array({ maxLength: 8 }));
    let accepted = 0;
    fc.assert(
      fc.property(fc.array(cut, { minLength: 1, maxLength: 3 }), (cuts) => {
        const bytes = cuts.reduce((b, [at, out, put]) => concatBytes(b.slice(0, at), put, b.slice(at + out)), good);
        if (codeOf(bytes) !== 0) return;
        accepted++;
        expect(TxRaw.encode(TxRaw.decode(bytes))).to.deep.equal(bytes);
      }),
      { numRuns: 3_000 },
    );
    expect(accepted).to.be.greaterThan(0);
  });

  it("answers changed trees with a code, and its own errors never", () => {
    const flips = fc.tuple(fc.constantFrom("body" as const, "auth" as const), fc.nat(), fc.nat(), fc.uint8Array({ maxLength: 40 }));
    fc.assert(
      fc.property(flips, ([name, which, field, content]) => {
        const messages = eachMessage(parts[name].tree);
        const apply = messages[which % messages.length];
        const tree = apply?.((m) => (m.length === 0 ? m : m.with(field % m.length, { ...(m[field % m.length] as WireMessage[number]), wire: 2, content })));
        const code = codeOf(parts[name].in(writeTree(tree ?? [])));
        expect(code).to.be.within(0, 42);
      }),
      { numRuns: 3_000 },
    );
  });

  it("bounds what nests: sign modes, messages in messages, Anys in Anys", () => {
    let modeInfo: ModeInfo = { single: { mode: 1 }, multi: undefined };
    for (let i = 0; i < 200; i++) modeInfo = { single: undefined, multi: { bitarray: undefined, modeInfos: [modeInfo] } };
    const auth = AuthInfo.decode(raw.authInfoBytes);
    const deep = { ...auth, signerInfos: auth.signerInfos.map((info) => ({ ...info, modeInfo })) };
    expect(codeOf(TxRaw.encode({ ...raw, authInfoBytes: AuthInfo.encode(deep) }))).to.equal(2);
    let nested = send;
    for (let i = 0; i < 2_000; i++) nested = exec([nested]);
    expect(codeOf(signTransaction(alice, [nested], options))).to.equal(18);
  });

  it("bounds how much there is: bytes, messages, memo's encoding", () => {
    expect(codeOf(new Uint8Array(MAX_TX_BYTES + 1))).to.equal(21);
    expect(codeOf(new Uint8Array(0))).to.equal(2);
    expect(codeOf(signTransaction(alice, Array.from({ length: 257 }, () => send), options))).to.equal(18);
    expect(codeOf(signTransaction(alice, Array.from({ length: 256 }, () => send), options))).to.equal(0);
    const memo = parts.body.tree.map((f) => (f.no === 2 ? { ...f, content: Uint8Array.of(0xff, 0xfe) } : f));
    expect(codeOf(parts.body.in(writeTree(memo))), "no UTF-8").to.be.oneOf([2, 18]);
  });
});
