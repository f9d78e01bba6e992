export { createAbciServer } from "./server.js";
export type { AbciServer, AbciServerDeps, AbciServerOptions } from "./types.js";
