export { createSidecarClient } from "./client.js";
export type { SidecarClientOptions } from "./client.js";
export type { SidecarClient, TrainHandlers } from "./types.js";
