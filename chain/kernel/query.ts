import type { QueryRequest, QueryResponse } from "../abci/index.js";
import { EMPTY_BYTES, Fault, Reject, toGas, toHeight, utf8 } from "../primitives/index.js";
import type { Height } from "../primitives/index.js";
import { createGasMeter, meterReadStore } from "../store/index.js";
import type { ReadStores } from "../store/index.js";
import { lastBlock } from "./consensus-state.js";
import { SdkError } from "./errors.js";
import type { Router } from "./router.js";
import { appSimulateData, isSimulated } from "./simulate.js";
import type { StateStore } from "./state-port.js";

export interface QueryOptions {
  readonly router: Router;
  readonly state: StateStore;
  /** The last committed state, or genesis before the first commit. */
  readonly latest: () => ReadStores;
  readonly version: string;
  /** Bounds the work of one query. */
  readonly gasLimit: bigint;
}

/** gRPC's names for what went wrong. */
export type GrpcCode = "NotFound" | "InvalidArgument" | "Unauthenticated" | "Unimplemented" | "Unknown";

const INVALID_ARGUMENT = new Set([2, 7, 10, 17, 18, 35]);

/** How a rejection of a query is reported over gRPC (cosmos-formats.md §2.1). */
export function grpcCodeOf(reject: Reject): GrpcCode {
  if (reject.codespace !== "sdk" || isSimulated(reject)) return "Unknown";
  if (reject.code === 38 || reject.code === 22) return "NotFound";
  if (reject.code === 4) return "Unauthenticated";
  return INVALID_ARGUMENT.has(reject.code) ? "InvalidArgument" : "Unknown";
}

/** The SDK's ABCI form of a gRPC status: code, and the text that CosmJS matches on. */
function grpcFailure(reject: Reject): Pick<QueryResponse, "code" | "log"> {
  const status = grpcCodeOf(reject);
  const log = `rpc error: code = ${status} desc = ${reject.message}`;
  if (status === "NotFound") return { code: 22, log: `${log}: key not found` };
  if (status === "InvalidArgument") return { code: 18, log: `${log}: invalid request` };
  if (status === "Unauthenticated") return { code: 4, log: `${log}: unauthorized` };
  return { code: 6, log: `${log}: unknown request` };
}

function respond(height: Height, partial: Partial<QueryResponse>): QueryResponse {
  const empty = {
    code: 0,
    log: "",
    info: "",
    index: 0n,
    key: EMPTY_BYTES,
    value: EMPTY_BYTES,
    proofOps: [],
    codespace: "",
  };
  return { ...empty, height, ...partial };
}

function heightOf(request: QueryRequest, state: StateStore): Height {
  const last = state.last.version;
  if (request.height > last) {
    throw SdkError.InvalidHeight("cannot query with height in the future; please provide a valid height");
  }
  return request.height === 0n ? last : request.height;
}

function queryRoute(request: QueryRequest, options: QueryOptions): QueryResponse {
  const isSimulation = request.path === "/app/simulate";
  const path = isSimulation ? "/cosmos.tx.v1beta1.Service/Simulate" : request.path;
  const route = options.router.query(path);
  if (route === undefined) throw SdkError.UnknownRequest("unknown query path");
  const height = heightOf(request, options.state);
  const stores = height === options.state.last.version ? options.latest() : options.state.at(height);
  const gas = createGasMeter(toGas(options.gasLimit));
  const ctx = { store: (name: string) => meterReadStore(stores.store(name), gas), block: lastBlock(stores) };
  const data = isSimulation ? appSimulateData(request.data) : request.data;
  try {
    return respond(height, { value: route.handle(ctx, data) });
  } catch (error) {
    if (error instanceof Reject) return respond(height, { ...grpcFailure(error), codespace: "sdk" });
    throw error;
  }
}

/** "/store/<name>/key": the bytes under a key, with an ICS23 proof when asked. */
function queryStore(request: QueryRequest, options: QueryOptions): QueryResponse {
  const [, , name = "", kind] = request.path.split("/");
  if (kind !== "key") throw SdkError.UnknownRequest(`${kind ?? ""}: store queries are by key only`);
  if (request.data.length === 0) throw SdkError.TxDecode("query cannot be zero length");
  const height = heightOf(request, options.state);
  if (request.prove) {
    if (height <= 1n)
      throw SdkError.InvalidRequest(
        "cannot query with proof when height <= 1; please provide a valid height",
      );
    const { value = EMPTY_BYTES, ops } = options.state.queryWithProof(name, request.data, height);
    return respond(height, { key: request.data, value, proofOps: ops });
  }
  const value = options.state.at(height).store(name).get(request.data) ?? EMPTY_BYTES;
  return respond(height, { key: request.data, value });
}

function dispatch(request: QueryRequest, options: QueryOptions): QueryResponse {
  if (request.path === "/app/version") {
    return respond(options.state.last.version, { value: utf8(options.version), codespace: "sdk" });
  }
  return request.path.startsWith("/store/") ? queryStore(request, options) : queryRoute(request, options);
}

/** Every query, total: failures are answered with a code. @throws Fault when our own state does not decode. */
export function answerQuery(request: QueryRequest, options: QueryOptions): QueryResponse {
  const height = toHeight(options.state.last.version);
  try {
    return dispatch(request, options);
  } catch (error) {
    if (error instanceof Reject) {
      return respond(height, { code: error.code, codespace: error.codespace, log: error.message });
    }
    if (error instanceof Fault && request.path.startsWith("/store/")) {
      return respond(height, { code: 6, codespace: "sdk", log: "no such store: unknown request" });
    }
    if (error instanceof Fault) throw error;
    return respond(height, { code: 111222, codespace: "undefined", log: "panic" });
  }
}
