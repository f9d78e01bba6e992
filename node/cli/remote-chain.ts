import { Buffer } from "node:buffer";
import { setTimeout as sleep } from "node:timers/promises";
import { sha256 } from "../../chain/crypto/index.js";
import { toHex } from "../../chain/primitives/index.js";
import { EdgeFailure, isFailure } from "../errors.js";
import type { StateReader } from "../tasks/types.js";
import type { TxDoor, TxOutcome } from "../trainer/index.js";
import { readBase64, readField, readObject } from "./rpc.js";
import type { Rpc } from "./rpc.js";

/** The SDK's code for what a query does not find (cosmos-formats.md §2.1). */
const KEY_NOT_FOUND = 22;
const INCLUSION_MS = 120_000;
const POLL_MS = 400;

/** The committed state of a node, through abci_query. */
export function createRemoteState(rpc: Rpc, signal: AbortSignal): StateReader {
  return {
    async query(path, { request, response }, message) {
      const data = toHex(request.encode(message));
      const result = await rpc.call("abci_query", { path, data, height: "0", prove: false }, signal);
      const answer = readObject(result["response"], "a response");
      const code = Number(answer["code"] ?? 0);
      if (code === 0) return response.decode(readBase64(answer, "value"), { unknown: "ignore" });
      const facts = { path, code, codespace: readField(answer, "codespace") };
      throw new EdgeFailure(code === KEY_NOT_FOUND ? "not-found" : "remote", readField(answer, "log"), facts);
    },
  };
}

export async function remoteChainId(rpc: Rpc, signal: AbortSignal): Promise<string> {
  const status = await rpc.call("status", {}, signal);
  const network = readField(readObject(status["node_info"], "node_info"), "network");
  if (network === "") throw new EdgeFailure("malformed", "the node names no chain");
  return network;
}

function outcomeOf(fields: Record<string, unknown>): TxOutcome {
  const code = Number(fields["code"] ?? 0);
  return { code, codespace: readField(fields, "codespace"), log: readField(fields, "log"), data: readBase64(fields, "data") };
}

async function included(rpc: Rpc, hash: string, signal: AbortSignal): Promise<TxOutcome | undefined> {
  try {
    const found = await rpc.call("tx", { hash, prove: false }, signal);
    return outcomeOf(readObject(found["tx_result"], "tx_result"));
  } catch (error) {
    if (isFailure(error, "remote")) return undefined;
    throw error;
  }
}

/** A node's mempool, and what the block said. */
export function createRemoteDoor(rpc: Rpc): TxDoor {
  return {
    async deliver(tx, signal) {
      const taken = outcomeOf(await rpc.call("broadcast_tx_sync", { tx: Buffer.from(tx).toString("base64") }, signal));
      if (taken.code !== 0) return taken;
      const hash = Buffer.from(sha256(tx)).toString("base64");
      const deadline = Date.now() + INCLUSION_MS;
      while (Date.now() < deadline) {
        const outcome = await included(rpc, hash, signal);
        if (outcome !== undefined) return outcome;
        await sleep(POLL_MS, undefined, { signal });
      }
      throw new EdgeFailure("timeout", "no block took the transaction", { hash });
    },
  };
}
