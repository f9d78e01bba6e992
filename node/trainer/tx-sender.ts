import { secp256k1 } from "@noble/curves/secp256k1.js";
import type { Codec } from "../../chain/codec/index.js";
import { formatAddress } from "../../chain/codec/index.js";
import { secp256k1Address, sha256 } from "../../chain/crypto/index.js";
import { UOPEN } from "../../chain/primitives/index.js";
import { QueryAccountInfoRequest, QueryAccountInfoResponse } from "../../proto/gen/cosmos/auth/v1beta1.js";
import { PubKey } from "../../proto/gen/cosmos/crypto/secp256k1.js";
import { AuthInfo, SignDoc, SimulateRequest, SimulateResponse, TxBody, TxRaw } from "../../proto/gen/cosmos/tx/v1beta1.js";
import { EdgeFailure } from "../errors.js";
import type { StateReader } from "../tasks/types.js";

/** A result in a block, or the refusal to take the transaction in. */
export interface TxOutcome {
  readonly code: number;
  readonly codespace: string;
  readonly log: string;
  /** Encoded TxMsgData. */
  readonly data: Uint8Array;
}

/** The node's own way to its mempool. */
export interface TxDoor {
  /** Resolves once the transaction is in a block, or was refused. @throws EdgeFailure "timeout", "aborted". */
  deliver(tx: Uint8Array, signal: AbortSignal): Promise<TxOutcome>;
}

export interface SenderOptions {
  readonly chainId: string;
  /** 32-byte secp256k1 key of the operator's account. */
  readonly secretKey: Uint8Array;
  /** Millionths of a uopen per unit of gas. */
  readonly gasPriceMicro: bigint;
}

/** An account of the node that signs its own transactions, one after the other. */
export interface TxSender {
  readonly address: string;
  /** @throws EdgeFailure "remote" with the code and log of a failed transaction. */
  send<T>(codec: Codec<T>, message: T, signal: AbortSignal): Promise<TxOutcome>;
}

const SIGN_MODE_DIRECT = 1;
/** Simulation leaves out what two runs may differ by, the growth of a checkpoint above all; unused gas costs little. */
const GAS_MARGIN = { times: 2n, per: 1n };

interface Account {
  readonly number: bigint;
  readonly sequence: bigint;
}

interface SenderDeps {
  readonly state: StateReader;
  readonly door: TxDoor;
}

async function accountOf(state: StateReader, address: string): Promise<Account> {
  const codecs = { request: QueryAccountInfoRequest, response: QueryAccountInfoResponse };
  const { info } = await state.query("/cosmos.auth.v1beta1.Query/AccountInfo", codecs, { address });
  if (info === undefined) throw new EdgeFailure("not-found", "the operator's account does not exist", { address });
  return { number: info.accountNumber, sequence: info.sequence };
}

function encodeAuthInfo(publicKey: Uint8Array, sequence: bigint, cost: { readonly gas: bigint; readonly fee: bigint }): Uint8Array {
  const amount = cost.fee > 0n ? [{ denom: UOPEN, amount: cost.fee.toString() }] : [];
  return AuthInfo.encode({
    signerInfos: [
      {
        publicKey: { typeUrl: `/${PubKey.typeName}`, value: PubKey.encode({ key: publicKey }) },
        modeInfo: { single: { mode: SIGN_MODE_DIRECT }, multi: undefined },
        sequence,
      },
    ],
    fee: { amount, gasLimit: cost.gas, payer: "", granter: "" },
    tip: undefined,
  });
}

export function createTxSender(options: SenderOptions, deps: SenderDeps): TxSender {
  const publicKey = secp256k1.getPublicKey(options.secretKey, true);
  const address = formatAddress(secp256k1Address(publicKey));
  let tail: Promise<unknown> = Promise.resolve();

  const authInfo = (sequence: bigint, gas: bigint): Uint8Array => {
    const fee = (gas * options.gasPriceMicro + 999_999n) / 1_000_000n;
    return encodeAuthInfo(publicKey, sequence, { gas, fee });
  };

  const sign = (bodyBytes: Uint8Array, authInfoBytes: Uint8Array, accountNumber: bigint): Uint8Array => {
    const doc = SignDoc.encode({ bodyBytes, authInfoBytes, chainId: options.chainId, accountNumber });
    const signature = secp256k1.sign(sha256(doc), options.secretKey, { prehash: false, lowS: true });
    return TxRaw.encode({ bodyBytes, authInfoBytes, signatures: [signature] });
  };

  const gasFor = async (bodyBytes: Uint8Array, sequence: bigint): Promise<bigint> => {
    const txBytes = TxRaw.encode({ bodyBytes, authInfoBytes: authInfo(sequence, 0n), signatures: [new Uint8Array(64)] });
    const codecs = { request: SimulateRequest, response: SimulateResponse };
    const answer = await deps.state.query("/cosmos.tx.v1beta1.Service/Simulate", codecs, SimulateRequest.create({ txBytes }));
    const used = answer.gasInfo?.gasUsed ?? 0n;
    return (used * GAS_MARGIN.times) / GAS_MARGIN.per;
  };

  const sendOne = async <T>(codec: Codec<T>, message: T, signal: AbortSignal): Promise<TxOutcome> => {
    const { number, sequence } = await accountOf(deps.state, address);
    const value = codec.encode(message);
    const bodyBytes = TxBody.encode(TxBody.create({ messages: [{ typeUrl: `/${codec.typeName}`, value }] }));
    const gas = await gasFor(bodyBytes, sequence);
    const outcome = await deps.door.deliver(sign(bodyBytes, authInfo(sequence, gas), number), signal);
    if (outcome.code === 0) return outcome;
    const { code, codespace, log } = outcome;
    throw new EdgeFailure("remote", log, { code, codespace, message: codec.typeName });
  };

  return {
    address,
    send(codec, message, signal) {
      const mine = tail.then(() => sendOne(codec, message, signal));
      tail = mine.catch(() => undefined);
      return mine;
    },
  };
}
