export { createSidecarClient } from "./client.js";
export type { SidecarClientOptions } from "./client.js";
export type { CorpusTexts, SidecarClient, TrainHandlers } from "./types.js";
