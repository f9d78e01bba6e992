export { accountFromAny, accountToAny } from "./account.js";
export type { Account, AccountBase } from "./account.js";
export { ACCOUNT_TYPES, createAuthModule } from "./module.js";
export { DEFAULT_PARAMS } from "./params.js";
export { NOTHING_DELEGATED, lockedAt } from "./rules/vesting.js";
export type { Delegated, Schedule } from "./rules/vesting.js";
export { createAuthService } from "./service.js";
export type { AuthService } from "./service.js";
