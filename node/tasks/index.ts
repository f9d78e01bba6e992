export { createTaskValues } from "./source.js";
export type { SourceOptions, TaskValues } from "./source.js";
export type { StateReader, TaskStats } from "./types.js";
export { createTaskWorker } from "./worker.js";
export type { TaskWorker, WorkerDeps } from "./worker.js";
export { readBlob } from "./blob-reader.js";
export { readDatasets } from "./dataset.js";
export { Models } from "./models.js";
