/** What `status` says of a node, as far as a launcher cares. */
export interface NodeStatus {
  readonly height: number;
  readonly isCatchingUp: boolean;
}

const CALL_MS = 5_000;

function field(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** JSON-RPC over HTTP. @throws Error when nobody answers, or with something else. */
export async function callRpc(endpoint: string, method: string, params: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const response = await fetch(endpoint, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
    signal: AbortSignal.timeout(CALL_MS),
  });
  const answer: unknown = await response.json();
  const result = field(answer, "result");
  if (result === undefined) throw new Error(`${endpoint} ${method}: ${JSON.stringify(field(answer, "error"))}`);
  return result;
}

/** @throws Error when nobody answers, or with something else. */
export async function queryStatus(endpoint: string): Promise<NodeStatus> {
  const info = field(await callRpc(endpoint, "status"), "sync_info");
  const height = Number(field(info, "latest_block_height"));
  if (!Number.isSafeInteger(height)) throw new Error(`${endpoint} status: no height`);
  return { height, isCatchingUp: field(info, "catching_up") === true };
}

/** The block hash of a height, as hex. @throws Error when the node does not have it. */
export async function queryBlockHash(endpoint: string, height: number): Promise<string> {
  const result = await callRpc(endpoint, "commit", { height: height.toString() });
  const hash = field(field(field(field(result, "signed_header"), "commit"), "block_id"), "hash");
  if (typeof hash !== "string") throw new Error(`${endpoint} commit: no block hash at height ${height}`);
  return hash.toUpperCase();
}

/** The application hash in the header of a height, as hex. @throws Error when the node does not have it. */
export async function queryAppHash(endpoint: string, height: number): Promise<string> {
  const result = await callRpc(endpoint, "commit", { height: height.toString() });
  const hash = field(field(field(result, "signed_header"), "header"), "app_hash");
  if (typeof hash !== "string") throw new Error(`${endpoint} commit: no app hash at height ${height}`);
  return hash.toUpperCase();
}
