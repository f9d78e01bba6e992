export { createEngineChain } from "./engine-chain.js";
export type { EngineChainDeps } from "./engine-chain.js";
export { DEFAULT_RPC_OPTIONS } from "./options.js";
export type { RpcOptions, WebSocketOptions } from "./options.js";
export { createRpcServer } from "./server.js";
export type { RpcDeps, RpcServer } from "./server.js";
export { allowOrigin, close, listen, readBody, sendJson, sendText } from "./http.js";
export type { Address, Cors } from "./http.js";
export type {
  BlockEvent,
  ChainEvent,
  ChainReader,
  ChainStatus,
  EventFeed,
  NetInfo,
  NodeIdentity,
  QueryDoor,
  StoredBlock,
  Submission,
  TxPool,
} from "./types.js";
