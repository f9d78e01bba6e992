export { createAbciServer } from "./server.js";
export type { AbciApplication, AbciServer, AbciServerDeps, AbciServerOptions } from "./types.js";
