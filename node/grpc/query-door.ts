/** The one query layer behind all doors: the node's own services first, then the application. */
import type { QueryRequest, QueryResponse } from "../../chain/abci/index.js";
import { EMPTY_BYTES, Reject } from "../../chain/primitives/index.js";
import { errorText } from "../errors.js";
import type { ChainReader, QueryDoor, TxPool } from "../rpc/index.js";
import type { ChainIndex } from "../indexer/index.js";
import type { Logger } from "../telemetry/log.js";
import { cometRoutes } from "./comet-service.js";
import type { BuildInfo } from "./comet-service.js";
import { interfacesRoutes } from "./interfaces-service.js";
import { nodeRoutes } from "./node-service.js";
import type { NodeConfig } from "./node-service.js";
import { StatusError, createNodeServices } from "./service.js";
import type { Handler } from "./service.js";
import type { StatusName } from "./status.js";
import { txCodecRoutes } from "./tx-codec.js";
import { txRoutes } from "./tx-service.js";

export interface QueryDoorDeps {
  readonly chain: ChainReader;
  readonly index: ChainIndex;
  readonly pool: TxPool;
  readonly build: BuildInfo;
  readonly config: NodeConfig;
  readonly log: Logger;
}

/** The SDK's ABCI code and text of a gRPC status (sdk baseapp/abci.go; cosmos-formats.md §2.1). */
const ABCI: Readonly<Partial<Record<StatusName, readonly [code: number, text: string]>>> = {
  NotFound: [22, "key not found"],
  InvalidArgument: [18, "invalid request"],
  FailedPrecondition: [18, "invalid request"],
  Unauthenticated: [4, "unauthorized"],
};

/** The SDK asks this of every service, before it looks at the request. */
const IN_THE_FUTURE: Partial<QueryResponse> = {
  code: 26,
  codespace: "sdk",
  log: "cannot query with height in the future; please provide a valid height: invalid height",
};

function respond(partial: Partial<QueryResponse>, height: QueryResponse["height"]): QueryResponse {
  const none = { code: 0, log: "", info: "", index: 0n, key: EMPTY_BYTES, value: EMPTY_BYTES, proofOps: [], codespace: "" };
  return { ...none, height, ...partial };
}

/** What failed on our side keeps its text: it may name files and addresses. */
function statusOf(error: unknown): StatusError {
  if (error instanceof StatusError) return error;
  if (error instanceof Reject) return new StatusError("InvalidArgument", error.message);
  return new StatusError("Internal", "internal error");
}

function refusal(error: unknown): Partial<QueryResponse> {
  const { status, message } = statusOf(error);
  const [code, text] = ABCI[status] ?? [6, "unknown request"];
  return { code, codespace: "sdk", log: `rpc error: code = ${status} desc = ${message}: ${text}` };
}

export interface NodeQueryDoor extends QueryDoor {
  /** Paths that the node answers itself. */
  readonly ownPaths: readonly string[];
}

/** Answers never reject because of what the caller sent. */
export function createQueryDoor({ chain, index, pool, build, config, log }: QueryDoorDeps): NodeQueryDoor {
  const query = async (request: QueryRequest): Promise<QueryResponse> => {
    const handler = services.find(request.path);
    return handler === undefined ? chain.query(request) : own(handler, request);
  };
  const own = async (handler: Handler, request: QueryRequest): Promise<QueryResponse> => {
    const latest = chain.latestHeight();
    if (request.height > latest) return respond(IN_THE_FUTURE, latest);
    const height = request.height === 0n ? latest : request.height;
    try {
      return respond({ value: await handler(request.data, request.height) }, height);
    } catch (error) {
      if (!(error instanceof StatusError || error instanceof Reject)) {
        log.error("a query failed", { path: request.path, error: errorText(error) });
      }
      return respond(refusal(error), height);
    }
  };
  const door: QueryDoor = { query };
  const services = createNodeServices(
    cometRoutes(chain, build, door),
    txRoutes({ chain, index, pool }),
    txCodecRoutes(),
    interfacesRoutes(),
    nodeRoutes(chain, config),
  );
  return { ...door, ownPaths: services.paths };
}
