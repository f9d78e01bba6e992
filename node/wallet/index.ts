export { keplrChainInfo, pingPubChain } from "./chain-info.js";
export type { WalletChain } from "./chain-info.js";
export { createWalletPages } from "./handler.js";
export type { WalletPageOptions, WalletPages } from "./handler.js";
