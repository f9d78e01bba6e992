export { watchChain } from "./chain-metrics.js";
export { watchEconomy } from "./economy-metrics.js";
export { createHealthCheck } from "./health.js";
export type { Health, HealthCheck } from "./health.js";
export { Registry } from "./metrics.js";
export { createTelemetryServer, sendHealth } from "./server.js";
export { watchIndex, watchP2p, watchPool, watchProcess, watchSigner, watchTasks } from "./service-metrics.js";
export { observedDoor, requestObserver, sidecarTimer, timedApplication } from "./timed.js";
export type { Door, RequestObserver } from "./timed.js";
