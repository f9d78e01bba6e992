export { decodeFinalizeResponse, encodeFinalizeResponse } from "./abci-codec.js";
export { createLocalConnection } from "./local.js";
export { mayHoldEvents } from "./results.js";
export { serveApplication } from "./serve.js";
export type { ServedApplication } from "./serve.js";
export { createThreadedConnection } from "./threaded.js";
export type { ThreadOptions, ThreadedConnection } from "./threaded.js";
export type { AppConnection } from "./types.js";
export { sourceProgram } from "./source-program.js";
