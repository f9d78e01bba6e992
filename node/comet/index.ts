export { BINARY_VARIABLE, INSTALL_COMMAND, findCometBft, requireCometBft } from "./binary.js";
export type { CometBinary } from "./binary.js";
export { createCometEngine } from "./engine.js";
export type { CometEngine, CometEngineDeps, CometEngineOptions } from "./engine.js";
export { PORT_OFFSET, cometIdOf, cometPeerOf } from "./peers.js";
