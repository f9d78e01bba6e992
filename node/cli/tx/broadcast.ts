/** Hands a signed transaction to a node. */
import { sha256 } from "../../../chain/crypto/index.js";
import { toBase64, toUpperHex } from "../../../chain/primitives/index.js";
import { TxResponse } from "../../../proto/gen/cosmos/base/abci/v1beta1.js";
import { EdgeFailure, isFailure } from "../../errors.js";
import type { CommandContext, OutputOptions } from "../common-options.js";
import { printMessage } from "../print-message.js";
import { readField } from "../rpc.js";
import type { Rpc } from "../rpc.js";
import type { BroadcastMode } from "./tx-options.js";

/** CometBFT's refusals that the SDK turns into codes of its own (cosmos-formats.md §7.3). */
const REFUSALS: readonly { readonly says: RegExp; readonly code: number }[] = [
  { says: /already exists in cache/, code: 19 },
  { says: /mempool is full/, code: 20 },
  { says: /tx too large/i, code: 21 },
];

/** What the mempool says. A refusal of the transaction is an answer with a code. @throws EdgeFailure "unreachable", "remote". */
export async function broadcast(rpc: Rpc, bytes: Uint8Array, mode: BroadcastMode, signal: AbortSignal): Promise<TxResponse> {
  const txhash = toUpperHex(sha256(bytes));
  try {
    const said = await rpc.call(`broadcast_tx_${mode}`, { tx: toBase64(bytes) }, signal);
    const code = Number(said["code"] ?? 0);
    return TxResponse.create({ txhash, code, codespace: readField(said, "codespace"), rawLog: readField(said, "log"), data: readField(said, "data") });
  } catch (error) {
    if (!isFailure(error, "remote")) throw error;
    const known = REFUSALS.find(({ says }) => says.test(error.message));
    if (known === undefined) throw error;
    return TxResponse.create({ txhash, code: known.code, codespace: "sdk", rawLog: error.message.replace(/^broadcast_tx_a?sync: /, "") });
  }
}

/** What most often helps, by the SDK's codes. */
function adviceFor({ code, codespace }: TxResponse): string {
  if (codespace !== "sdk") return "";
  switch (code) {
    case 4:
      return "; is --chain-id that of the node, and the account number right?";
    case 5:
      return "; `openledgerd query bank spendable-balances ADDRESS` says what the account can pay";
    case 11:
      return "; raise --gas, or --gas-adjustment";
    case 13:
      return "; pay more with --gas-prices or --fees";
    case 19:
      return "; it was sent before: `openledgerd query wait-tx HASH` waits for its block";
    case 32:
      return "; another transaction of this account is on its way: wait for it with `openledgerd query wait-tx HASH`, or give --sequence";
    default:
      return "";
  }
}

/** Prints the answer. @throws EdgeFailure "remote" when the node did not take the transaction. */
export function reportBroadcast(answer: TxResponse, options: OutputOptions, context: CommandContext): void {
  printMessage(TxResponse, answer, options, context);
  if (answer.code === 0) return;
  throw new EdgeFailure("remote", `the node refused the transaction: ${answer.rawLog} (${answer.codespace} ${answer.code})${adviceFor(answer)}`);
}
