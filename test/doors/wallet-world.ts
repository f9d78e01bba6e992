/** A chain on which two people have done what wallets and explorers show: sent, staked, unbonded, proposed, voted, granted. Tests only. */
import { toBase64 } from "@cosmjs/encoding";
import { DirectSecp256k1Wallet, makeAuthInfoBytes } from "@cosmjs/proto-signing";
import type { EncodeObject } from "@cosmjs/proto-signing";
import { SigningStargateClient } from "@cosmjs/stargate";
import { SignMode } from "cosmjs-types/cosmos/tx/signing/v1beta1/signing";
import { AuthInfo, Fee, SignerInfo, TxBody, TxRaw } from "cosmjs-types/cosmos/tx/v1beta1/tx";
import { TextProposal } from "cosmjs-types/cosmos/gov/v1beta1/gov";
import { GenericAuthorization } from "cosmjs-types/cosmos/authz/v1beta1/authz";
import { Timestamp } from "cosmjs-types/google/protobuf/timestamp";
import { createRegistry } from "../../client/registry.js";
import { formatAddress, formatOperatorAddress, parseAddress } from "../../chain/codec/index.js";
import { moduleAddress } from "../../chain/crypto/index.js";
import { LIVE_CHAIN, startLiveNode } from "./live-node.js";
import type { LiveNode } from "./live-node.js";

const OPEN = 1_000_000n;
const FEE = { amount: [{ denom: "uopen", amount: "5000" }], gas: "500000" };
const coin = (amount: bigint): { denom: string; amount: string } => ({ denom: "uopen", amount: amount.toString() });

export interface WalletWorld {
  readonly node: LiveNode;
  /** What fixtures name in braces. */
  readonly names: Readonly<Record<string, string>>;
}

interface Person {
  readonly address: string;
  readonly client: SigningStargateClient;
}

function messageOf(from: string, to: string): EncodeObject {
  return { typeUrl: "/cosmos.bank.v1beta1.MsgSend", value: { fromAddress: from, toAddress: to, amount: [coin(1n)] } };
}

/** Keplr's simulation: amino mode, no public key, 64 zero bytes. */
function keplrTx(message: { typeUrl: string; value: Uint8Array }, sequence: number): Uint8Array {
  const body = TxBody.encode(TxBody.fromPartial({ messages: [message] })).finish();
  const signer = SignerInfo.fromPartial({ modeInfo: { single: { mode: SignMode.SIGN_MODE_LEGACY_AMINO_JSON } }, sequence: BigInt(sequence) });
  const auth = AuthInfo.encode(AuthInfo.fromPartial({ signerInfos: [signer], fee: Fee.fromPartial({ amount: [] }) })).finish();
  return TxRaw.encode(TxRaw.fromPartial({ bodyBytes: body, authInfoBytes: auth, signatures: [new Uint8Array(64)] })).finish();
}

/** The widget's simulation: an ed25519 key without bytes, an empty signature. */
function widgetTx(message: { typeUrl: string; value: Uint8Array }, sequence: number): Uint8Array {
  const body = TxBody.encode(TxBody.fromPartial({ messages: [message] })).finish();
  const pubkey = { typeUrl: "/cosmos.crypto.ed25519.PubKey", value: new Uint8Array() };
  const auth = makeAuthInfoBytes([{ pubkey, sequence }], [coin(2000n)], 200_000, undefined, undefined);
  return TxRaw.encode(TxRaw.fromPartial({ bodyBytes: body, authInfoBytes: auth, signatures: [new Uint8Array()] })).finish();
}

function messagesOf(bob: string, alice: string, validator: string): readonly (readonly EncodeObject[])[] {
  const content = { typeUrl: "/cosmos.gov.v1beta1.TextProposal", value: TextProposal.encode({ title: "Say hello", description: "To everybody." }).finish() };
  const authorization = {
    typeUrl: "/cosmos.authz.v1beta1.GenericAuthorization",
    value: GenericAuthorization.encode({ msg: "/cosmos.gov.v1.MsgVote" }).finish(),
  };
  const expiration = Timestamp.fromPartial({ seconds: BigInt(Math.floor(Date.now() / 1000) + 86_400) });
  return [
    [{ typeUrl: "/cosmos.bank.v1beta1.MsgSend", value: { fromAddress: bob, toAddress: alice, amount: [coin(OPEN)] } }],
    [{ typeUrl: "/cosmos.staking.v1beta1.MsgDelegate", value: { delegatorAddress: bob, validatorAddress: validator, amount: coin(500n * OPEN) } }],
    [{ typeUrl: "/cosmos.staking.v1beta1.MsgUndelegate", value: { delegatorAddress: bob, validatorAddress: validator, amount: coin(OPEN) } }],
    [{ typeUrl: "/cosmos.gov.v1beta1.MsgSubmitProposal", value: { content, initialDeposit: [coin(20n * OPEN)], proposer: bob } }],
    [{ typeUrl: "/cosmos.gov.v1beta1.MsgVote", value: { proposalId: 1n, voter: bob, option: 1 } }],
    [{ typeUrl: "/cosmos.authz.v1beta1.MsgGrant", value: { granter: bob, grantee: alice, grant: { authorization, expiration } } }],
  ];
}

async function personOf(seed: number, rpc: string): Promise<Person> {
  const wallet = await walletOf(seed);
  const [account] = await wallet.getAccounts();
  const client = await SigningStargateClient.connectWithSigner(rpc, wallet, { registry: createRegistry(), broadcastPollIntervalMs: 60 });
  return { address: account?.address ?? "", client };
}

/** Not yet sent. Another person's than those whose costs are asked: sending it must not change a sequence they read. */
async function signedByAlice(rpc: string, to: string): Promise<Uint8Array> {
  const { address, client } = await personOf(21, rpc);
  const raw = await client.sign(address, [messageOf(address, to)], FEE, "");
  client.disconnect();
  return TxRaw.encode(raw).finish();
}

function walletOf(seed: number): Promise<DirectSecp256k1Wallet> {
  return DirectSecp256k1Wallet.fromKey(new Uint8Array(32).fill(seed), "open");
}

async function addressOf(seed: number): Promise<string> {
  const [account] = await (await walletOf(seed)).getAccounts();
  return account?.address ?? "";
}

/** @throws Error when a transaction of the story fails. */
export async function createWalletWorld(): Promise<WalletWorld> {
  const [alice, bobAddress] = [await addressOf(21), await addressOf(22)];
  const accounts = [alice, bobAddress].map((address) => ({ address, uopen: 10_000n * OPEN }));
  const node = await startLiveNode({ accounts, operator: alice });
  await node.reached(2n);
  const bob = await personOf(22, node.rpc);
  const validator = formatOperatorAddress(parseAddress(alice));
  let last = { transactionHash: "", height: 0 };
  for (const messages of messagesOf(bob.address, alice, validator)) {
    const result = await bob.client.signAndBroadcast(bob.address, messages, FEE, "for the fixtures");
    if (result.code !== 0) throw new Error(`${messages[0]?.typeUrl ?? ""}: code ${result.code} at ${result.height}`);
    last = result;
  }
  const { sequence } = await bob.client.getSequence(bob.address);
  const send = messageOf(bob.address, alice);
  const packed = { typeUrl: send.typeUrl, value: bob.client.registry.encode(send) };
  const signedTx = await signedByAlice(node.rpc, bob.address);
  await node.reached(BigInt(last.height) + 2n);
  bob.client.disconnect();
  return {
    node,
    names: {
      alice,
      bob: bob.address,
      nobody: formatAddress(moduleAddress("nobody at all")),
      validator,
      chain: LIVE_CHAIN,
      proposal: "1",
      height: last.height.toString(),
      hash: last.transactionHash,
      keplrTx: toBase64(keplrTx(packed, sequence)),
      widgetTx: toBase64(widgetTx(packed, sequence)),
      signedTx: toBase64(signedTx),
    },
  };
}
