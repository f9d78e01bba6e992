/**
 * CheckTx of an application small enough to be its own oracle: accounts with sequences, fees, and transactions without order
 * that may be used once. A transaction is `account/sequence/fee/filling`, or `account/u<nonce>/fee/filling`. Tests only.
 */
import type { CheckTxRequest, CheckTxResponse, FinalizeBlockResponse } from "../../../chain/abci/index.js";
import type { AppConnection } from "../../app/index.js";
import { EMPTY_BYTES, parseUtf8, toGas, utf8 } from "../../../chain/primitives/index.js";

export interface PoolTx {
  readonly account: string;
  /** undefined for a transaction without order. */
  readonly sequence: number | undefined;
  readonly nonce: string;
  readonly fee: bigint;
}

export function poolTx(account: string, place: number | `u${number}`, fee: number, filling = ""): Uint8Array {
  return utf8(`${account}/${place}/${fee}/${filling}`);
}

export function readPoolTx(tx: Uint8Array): PoolTx {
  const [account = "", place = "", fee = "0"] = parseUtf8(tx).split("/");
  const isUnordered = place.startsWith("u");
  return { account, sequence: isUnordered ? undefined : Number(place), nonce: `${account}/${place}`, fee: BigInt(fee) };
}

interface State {
  /** account -> next sequence */
  readonly sequences: Map<string, number>;
  readonly nonces: Set<string>;
}

/** The application as the mempool reaches it. */
export function connectionOf(app: PoolApp): Pick<AppConnection, "checkTx"> {
  return { checkTx: (request) => Promise.resolve(app.checkTx(request)) };
}

const copy = ({ sequences, nonces }: State): State => ({ sequences: new Map(sequences), nonces: new Set(nonces) });

export class PoolApp {
  #committed: State = { sequences: new Map(), nonces: new Set() };
  #check: State = copy(this.#committed);
  /** How often CheckTx was asked. */
  asked = 0;

  nextSequence(account: string): number {
    return this.#committed.sequences.get(account) ?? 0;
  }

  hasUsed(nonce: string): boolean {
    return this.#committed.nonces.has(nonce);
  }

  checkTx({ tx }: CheckTxRequest): CheckTxResponse {
    this.asked++;
    const { account, sequence, fee } = readPoolTx(tx);
    const code = apply(this.#check, tx);
    return {
      code,
      data: EMPTY_BYTES,
      log: "",
      gasWanted: toGas(1n),
      gasUsed: toGas(1n),
      events: [],
      codespace: code === 0 ? "" : "sdk",
      sender: account,
      sequence: BigInt(sequence ?? 0),
      isUnordered: sequence === undefined,
      priority: fee,
    };
  }

  /** Executes a block; the check state forgets what waits. */
  commit(txs: readonly Uint8Array[]): FinalizeBlockResponse {
    const txResults = txs.map((tx) => ({
      code: apply(this.#committed, tx),
      data: EMPTY_BYTES,
      log: "",
      info: "",
      gasWanted: toGas(1n),
      gasUsed: toGas(1n),
      events: [],
      codespace: "",
    }));
    this.#check = copy(this.#committed);
    return { events: [], txResults, validatorUpdates: [], consensusParamUpdates: null, appHash: EMPTY_BYTES };
  }
}

function apply({ sequences, nonces }: State, tx: Uint8Array): number {
  const { account, sequence, nonce } = readPoolTx(tx);
  if (sequence === undefined) {
    if (nonces.has(nonce)) return 18;
    nonces.add(nonce);
    return 0;
  }
  if (sequence !== (sequences.get(account) ?? 0)) return 32;
  sequences.set(account, sequence + 1);
  return 0;
}
