export { createAbciServer } from "./server.js";
export type { AbciApplication, AbciServer, AbciServerDeps, AbciServerOptions, AbciSnapshots } from "./types.js";
