export { planOf } from "./plan.js";
export type { Plan } from "./plan.js";
export { simulate } from "./simulate.js";
export type { Report, SimulateOptions } from "./simulate.js";
