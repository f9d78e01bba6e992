import { readFileSync } from "node:fs";
import { encodeSecp256k1Pubkey } from "@cosmjs/amino";
import { fromBase64, toBase64 } from "@cosmjs/encoding";
import { encodePubkey, makeAuthInfoBytes } from "@cosmjs/proto-signing";
import { QueryClient, setupTxExtension } from "@cosmjs/stargate";
import { secp256k1 } from "@noble/curves/secp256k1.js";
import { expect } from "chai";
import { MsgSend as PeerMsgSend } from "cosmjs-types/cosmos/bank/v1beta1/tx";
import { PubKey as PeerPubKey } from "cosmjs-types/cosmos/crypto/secp256k1/keys";
import { SignMode as PeerSignMode } from "cosmjs-types/cosmos/tx/signing/v1beta1/signing";
import { AuthInfo as PeerAuthInfo, Fee as PeerFee, SignerInfo as PeerSignerInfo, TxBody as PeerTxBody, TxRaw as PeerTxRaw } from "cosmjs-types/cosmos/tx/v1beta1/tx";
import { Any as PeerAny } from "cosmjs-types/google/protobuf/any";
import { SimulateRequest, SimulateResponse, TxBody, TxRaw } from "../proto/gen/cosmos/tx/v1beta1.js";
import { toHeight, toUopen } from "../chain/primitives/index.js";
import { TEST_CHAIN_ID, TEST_GENESIS_TIME, createTestChain } from "../chain/testkit/chain.js";
import type { TestChain } from "../chain/testkit/chain.js";
import { createSigner, signTransaction } from "../chain/testkit/signer.js";
import { createCoreModules } from "./app.js";
import { buildGenesis } from "./genesis.js";

/** What wallets send to Simulate (cosmos-formats.md §7.4): to the byte, and made as each makes it. */

const alice = createSigner("alice");
const bob = createSigner("bob");

interface Started {
  readonly chain: TestChain;
  readonly core: ReturnType<typeof createCoreModules>;
}

function start(): Started {
  const core = createCoreModules();
  const accounts = [{ address: alice.address, amount: toUopen(1_000_000n), from: "community" as const }];
  const appState = buildGenesis({ time: TEST_GENESIS_TIME, validators: [], accounts });
  const chain = createTestChain({ modules: core.modules, accounts: core.auth, fees: core.token, appState });
  chain.nextBlock();
  return { chain, core };
}

const amount = [{ denom: "uopen", amount: "7" }];
const message = {
  typeUrl: "/cosmos.bank.v1beta1.MsgSend",
  value: PeerMsgSend.encode({ fromAddress: alice.text, toAddress: bob.text, amount }).finish(),
};
const pubkey = encodeSecp256k1Pubkey(secp256k1.getPublicKey(alice.privateKey, true));
const bodyBytes = PeerTxBody.encode(PeerTxBody.fromPartial({ messages: [message], memo: "" })).finish();

/** Caught from the library itself, on its way to the node. */
async function fromCosmjs(sequence: number): Promise<Uint8Array> {
  let sent = new Uint8Array(0);
  const client = {
    abciQuery: ({ data }: { data: Uint8Array }) => {
      sent = Uint8Array.from(data);
      return Promise.reject(new Error("caught"));
    },
  };
  const query = setupTxExtension(new QueryClient(client as never));
  await query.tx.simulate([message], "", pubkey, sequence).catch(() => undefined);
  return SimulateRequest.decode(sent).txBytes;
}

/** packages/stores/src/account/cosmos.ts, simulateTx: no key, amino's mode, 64 zero bytes. */
function fromKeplr(sequence: number): Uint8Array {
  const signerInfo = PeerSignerInfo.fromPartial({
    modeInfo: { single: { mode: PeerSignMode.SIGN_MODE_LEGACY_AMINO_JSON } },
    sequence: BigInt(sequence),
  });
  return PeerTxRaw.encode({
    bodyBytes,
    authInfoBytes: PeerAuthInfo.encode({ signerInfos: [signerInfo], fee: PeerFee.fromPartial({ amount: [] }) }).finish(),
    signatures: [new Uint8Array(64)],
  }).finish();
}

/** ping-pub/widget, lib/wallet/UniClient.ts: an empty key of a kind that nobody signs with, the real fee, no signature. */
function fromPingPub(sequence: number): Uint8Array {
  const key = PeerAny.fromPartial({ typeUrl: "/cosmos.crypto.ed25519.PubKey", value: new Uint8Array() });
  const fee = [{ denom: "uopen", amount: "2000" }];
  const authInfoBytes = makeAuthInfoBytes([{ pubkey: key, sequence }], fee, 200_000, undefined, undefined);
  return PeerTxRaw.encode(PeerTxRaw.fromPartial({ bodyBytes, authInfoBytes, signatures: [new Uint8Array()] })).finish();
}

const WALLETS: readonly (readonly [string, (sequence: number) => Uint8Array | Promise<Uint8Array>])[] = [
  ["CosmJS", fromCosmjs],
  ["Keplr", fromKeplr],
  ["ping.pub", fromPingPub],
];

function simulate({ chain }: Started, txBytes: Uint8Array): { gas: bigint; log: string } {
  const path = "/cosmos.tx.v1beta1.Service/Simulate";
  const data = SimulateRequest.encode({ tx: undefined, txBytes });
  const { code, log, value } = chain.app.query({ path, data, height: toHeight(0n), prove: false });
  return { gas: code === 0 ? (SimulateResponse.decode(value).gasInfo?.gasUsed ?? 0n) : 0n, log };
}

describe("simulation", () => {
  it("takes what each wallet sends, and never says less than delivery needs", async () => {
    for (const [name, request] of WALLETS) {
      const started = start();
      for (const sequence of [0, 1]) {
        const { gas, log } = simulate(started, await request(sequence));
        expect(log, `${name}, transaction ${sequence}`).to.equal("");
        const { number = 0n } = started.core.auth.find(started.chain.read(), alice.address) ?? {};
        const options = { chainId: TEST_CHAIN_ID, accountNumber: number, sequence: BigInt(sequence), gas, fee: 2_000n };
        const [result] = started.chain.nextBlock([signTransaction(alice, TxBody.decode(bodyBytes).messages, options)]).txResults;
        expect(result?.log, `${name}, delivery ${sequence} with ${gas} gas`).to.equal("");
        expect(gas - (result?.gasUsed ?? 0n) < 40_000n, `${name}: not wildly more, ${gas} for ${result?.gasUsed}`).to.equal(true);
      }
    }
  });

  it("takes these very bytes, which CosmJS, Keplr and ping.pub sent", async () => {
    const recorded = JSON.parse(readFileSync(new URL("vectors/wallet-simulations.json", import.meta.url), "utf8")) as Record<string, string>;
    for (const [name, request] of WALLETS) {
      const bytes = fromBase64(recorded[name] ?? "");
      expect(toBase64(await request(0)), name).to.equal(toBase64(bytes));
      expect(simulate(start(), bytes).log, name).to.equal("");
    }
  });

  it("checks the sequence, and reports it in the words that Hermes and wallets parse", async () => {
    for (const [name, request] of WALLETS) {
      expect(simulate(start(), await request(5)).log, name).to.match(
        /^rpc error: code = Unknown desc = account sequence mismatch, expected 0, got 5: incorrect account sequence with gas used: '\d+'/,
      );
    }
  });

  it("needs no right key and no right signature, but an account", async () => {
    const other = encodePubkey(encodeSecp256k1Pubkey(secp256k1.getPublicKey(bob.privateKey, true)));
    const raw = TxRaw.decode(await fromCosmjs(0));
    const withKey = (key: PeerAny): Uint8Array => {
      const auth = PeerAuthInfo.decode(raw.authInfoBytes);
      const signerInfos = auth.signerInfos.map((info) => ({ ...info, publicKey: key }));
      return TxRaw.encode({ ...raw, authInfoBytes: PeerAuthInfo.encode({ ...auth, signerInfos }).finish() });
    };
    expect(simulate(start(), withKey(other)).log).to.equal("");
    const broken = { typeUrl: other.typeUrl, value: PeerPubKey.encode({ key: new Uint8Array(7) }).finish() };
    expect(simulate(start(), withKey(broken)).log).to.equal("");
    expect(simulate(start(), withKey({ typeUrl: "/x.Y", value: new Uint8Array(0) })).log).to.equal("");
    const foreign = PeerMsgSend.encode({ fromAddress: bob.text, toAddress: alice.text, amount }).finish();
    const body = TxBody.encode(TxBody.create({ messages: [{ typeUrl: message.typeUrl, value: foreign }] }));
    expect(simulate(start(), TxRaw.encode({ ...raw, bodyBytes: body })).log).to.match(/does not exist/);
  });
});
