export type { Attester, Outcome, TaskKind, TaskOpener, TaskView, WeightedValue } from "./types.js";
