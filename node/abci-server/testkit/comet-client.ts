/** What the CometBFT tests ask over its RPC: transactions in, balances and blocks out. */
import { toHex } from "../../../chain/primitives/index.js";
import { QueryAccountInfoRequest, QueryAccountInfoResponse } from "../../../proto/gen/cosmos/auth/v1beta1.js";
import { QueryBalanceRequest, QueryBalanceResponse } from "../../../proto/gen/cosmos/bank/v1beta1.js";
import { EdgeFailure } from "../../errors.js";
import { ALICE, BOB, sendOne } from "./comet-chain.js";
import type { CometProcess } from "./comet-home.js";

interface AbciAnswer {
  readonly response: { readonly code?: number; readonly log?: string; readonly value?: string | null };
}

async function abciQuery(comet: CometProcess, path: string, data: Uint8Array): Promise<Uint8Array> {
  const { response } = (await comet.call("abci_query", { path, data: toHex(data) })) as unknown as AbciAnswer;
  if (response.code !== undefined && response.code !== 0) throw new EdgeFailure("remote", response.log ?? "");
  return new Uint8Array(Buffer.from(response.value ?? "", "base64"));
}

export async function bobsBalance(comet: CometProcess): Promise<bigint> {
  const data = QueryBalanceRequest.encode({ address: BOB.text, denom: "uopen" });
  const { balance } = QueryBalanceResponse.decode(await abciQuery(comet, "/cosmos.bank.v1beta1.Query/Balance", data));
  return BigInt(balance?.amount ?? "0");
}

/** Sends one uopen from Alice to Bob, so many times, each in the next sequence. */
export class Sender {
  #sequence: bigint;
  readonly #first: bigint;
  #number: bigint | undefined;

  /** @param first the sequence that comes next */
  constructor(first = 0n) {
    this.#sequence = first;
    this.#first = first;
  }

  get sent(): bigint {
    return this.#sequence - this.#first;
  }

  /** @throws EdgeFailure "remote" with the log of a transaction that fails CheckTx. */
  async send(comet: CometProcess, count: number): Promise<void> {
    this.#number ??= await accountNumber(comet);
    for (let i = 0; i < count; i++) {
      const tx = Buffer.from(sendOne(this.#sequence, this.#number)).toString("base64");
      const { code, log } = (await comet.call("broadcast_tx_sync", { tx })) as { readonly code: number; readonly log: string };
      if (code !== 0) throw new EdgeFailure("remote", log);
      this.#sequence++;
    }
  }
}

async function accountNumber(comet: CometProcess): Promise<bigint> {
  const data = QueryAccountInfoRequest.encode({ address: ALICE.text });
  const { info } = QueryAccountInfoResponse.decode(await abciQuery(comet, "/cosmos.auth.v1beta1.Query/AccountInfo", data));
  return info?.accountNumber ?? 0n;
}
