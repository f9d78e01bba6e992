/** Transfers that go on whatever happens to the nodes, and a count of what became of them. Tests only. */
import { StargateClient } from "@cosmjs/stargate";
import { toUopen } from "../../../chain/primitives/index.js";
import type { Uopen } from "../../../chain/primitives/index.js";
import { anyOf, createSigner, signTransaction } from "../../../chain/testkit/signer.js";
import type { Signer } from "../../../chain/testkit/signer.js";
import { MsgSend } from "../../../proto/gen/cosmos/bank/v1beta1.js";
import { callRpc } from "../../../testnet/launcher/node-status.js";
import { PERTURBED_CHAIN, pause } from "./network.js";

const SENDERS = 8;
const GAS = 100_000n;
const FEE = 100n;
const AMOUNT = 3n;
const PAUSE_MS = 150;
export const FUNDS: Uopen = toUopen(1_000_000_000n);

const senders = Array.from({ length: SENDERS }, (_, i) => createSigner(`perturbed sender ${i}`));

export const LOAD_ACCOUNTS = senders.map(({ address }) => ({ address, amount: FUNDS, from: "community" as const }));

export interface Load {
  /** Finishes what is under way: transfers that every sender made. */
  stop(): Promise<readonly number[]>;
}

interface Answer {
  readonly code: number;
  readonly log: string;
  readonly hash: string;
}

/** Asks node after node, the sender's own first, until one takes the transaction or knows it. */
async function offer(rpcs: readonly string[], i: number, tx: string): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const rpc = rpcs[(i + attempt) % rpcs.length] ?? "";
    const answer = (await callRpc(rpc, "broadcast_tx_sync", { tx }).catch((error: unknown) => error)) as Answer | Error;
    if (!(answer instanceof Error) && answer.code === 0) return;
    if (answer instanceof Error && answer.message.includes("already exists in cache")) return;
    // 32: a node that is behind does not know the sender's last transfer yet, or this one is in a block already.
    if (!(answer instanceof Error) && answer.code !== 32) throw new Error(`refused: ${answer.code} ${answer.log}`);
    if (!(answer instanceof Error)) return;
    await pause(PAUSE_MS);
  }
}

/** The sequence that some node has of an account. */
async function sequenceOf(rpcs: readonly string[], signer: Signer): Promise<{ readonly accountNumber: bigint; readonly sequence: number }> {
  for (let attempt = 0; ; attempt++) {
    try {
      const client = await StargateClient.connect(rpcs[attempt % rpcs.length] ?? "");
      try {
        return await client.getSequence(signer.text);
      } finally {
        client.disconnect();
      }
    } catch {
      await pause(PAUSE_MS);
    }
  }
}

/** Each sender makes one transfer after the other, and offers each again until it is in a block. */
export function startLoad(rpcs: readonly string[]): Load {
  let isStopping = false;
  const run = async (i: number): Promise<number> => {
    const signer = senders[i] as Signer;
    const to = senders[(i + 1) % SENDERS] as Signer;
    const amount = [{ denom: "uopen", amount: AMOUNT.toString() }];
    const message = anyOf(MsgSend, { fromAddress: signer.text, toAddress: to.text, amount });
    const { accountNumber } = await sequenceOf(rpcs, signer);
    let sequence = 0;
    while (!isStopping) {
      const facts = { chainId: PERTURBED_CHAIN, accountNumber, gas: GAS, fee: FEE };
      const tx = signTransaction(signer, [message], { ...facts, sequence: BigInt(sequence) });
      while ((await sequenceOf(rpcs, signer)).sequence === sequence) {
        await offer(rpcs, i, Buffer.from(tx).toString("base64"));
        await pause(PAUSE_MS);
      }
      sequence++;
    }
    return sequence;
  };
  const running = Promise.all(senders.map((_, i) => run(i)));
  running.catch(() => undefined); // the test sees it at `stop`
  return {
    stop: () => {
      isStopping = true;
      return running;
    },
  };
}

/** What one node says of every sender now: balance and transfers made. */
export async function standing(rpc: string): Promise<readonly { readonly balance: bigint; readonly sequence: number }[]> {
  const client = await StargateClient.connect(rpc);
  try {
    const of = async ({ text }: Signer): Promise<{ balance: bigint; sequence: number }> => ({
      balance: BigInt((await client.getBalance(text, "uopen")).amount),
      sequence: (await client.getSequence(text)).sequence,
    });
    return await Promise.all(senders.map(of));
  } finally {
    client.disconnect();
  }
}

/** What a sender must have when it made `own` transfers and received `received`. */
export function expectedBalance(own: number, received: number): bigint {
  return FUNDS - BigInt(own) * (AMOUNT + FEE) + BigInt(received) * AMOUNT;
}
