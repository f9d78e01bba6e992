export { leafOp, proveKey } from "./prove.js";
export { iavlSpec, simpleSpec } from "./specs.js";
export type { ProofSpec, Side } from "./specs.js";
export { IAVL_OP, SIMPLE_OP, verifyChained, verifyExistence, verifyNonExistence } from "./verify.js";
export type { ProofOp, StoreClaim } from "./verify.js";
