export { DEFAULT_REST_OPTIONS } from "./options.js";
export type { RestOptions } from "./options.js";
export type { ApiInfo } from "./openapi.js";
export { createPages } from "./pages.js";
export type { Page } from "./pages.js";
export { createRoutes } from "./routes.js";
export type { RestRoute, RestRoutes } from "./routes.js";
export { createRestServer } from "./server.js";
export type { Mounted, RestServer, RestServerDeps } from "./server.js";
