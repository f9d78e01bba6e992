export { AUTHORIZATION_TYPES, authorizationFromAny, authorizationToAny } from "./authorization-wire.js";
export { AuthzError } from "./errors.js";
export { createAuthzModule } from "./module.js";
