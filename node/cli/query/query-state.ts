import { toHex } from "../../../chain/primitives/index.js";
import { EdgeFailure } from "../../errors.js";
import { readBase64, readField, readObject } from "../rpc.js";
import type { Rpc } from "../rpc.js";

/** The SDK's codes of what a query can fail with (cosmos-formats.md §2.1). */
const UNKNOWN_REQUEST = 6;
const KEY_NOT_FOUND = 22;

export interface StateQuery {
  /** "/cosmos.bank.v1beta1.Query/Balance" */
  readonly path: string;
  readonly request: Uint8Array;
  /** 0 is the last block. */
  readonly height: bigint;
}

/** The response of a query over a node's committed state. @throws EdgeFailure "not-found" or "remote" in the node's words, "unreachable". */
export async function queryState(rpc: Rpc, { path, request, height }: StateQuery, signal: AbortSignal): Promise<Uint8Array> {
  const params = { path, data: toHex(request), height: height.toString(), prove: false };
  const answer = readObject((await rpc.call("abci_query", params, signal))["response"], "a response");
  const code = Number(answer["code"] ?? 0);
  if (code === 0) return readBase64(answer, "value");
  const log = readField(answer, "log");
  const facts = { query: path, code, codespace: readField(answer, "codespace") };
  if (code === UNKNOWN_REQUEST && /unknown query path/i.test(log)) {
    throw new EdgeFailure("remote", `the node has no query ${path}; it runs another version (\`openledgerd status\` names it)`, facts);
  }
  throw new EdgeFailure(code === KEY_NOT_FOUND ? "not-found" : "remote", log, facts);
}
