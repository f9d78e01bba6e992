export { BankError } from "./errors.js";
export { createTokenModule } from "./module.js";
export { DEFAULT_PARAMS, OPEN_METADATA } from "./params.js";
export { COMMUNITY_POOL, FEE_COLLECTOR, createCommunityPool, createTokenService } from "./service.js";
export type { CommunityPool, TokenService } from "./service.js";
