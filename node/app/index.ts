export { createLocalConnection } from "./local.js";
export type { AppConnection } from "./types.js";
