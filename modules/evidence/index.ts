export { EvidenceError } from "./errors.js";
export { createEvidenceModule } from "./module.js";
