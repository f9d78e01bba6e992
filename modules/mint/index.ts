export { createMintModule } from "./module.js";
export { DEFAULT_PARAMS } from "./params.js";
export { MINT_STORE } from "./state.js";
