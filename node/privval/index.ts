export { parseSignerAddress } from "./address.js";
export { openRemoteSigner } from "./remote-signer.js";
export type { RemoteSigner, RemoteSignerOptions, SignerStatus } from "./remote-signer.js";
export { runSigner } from "./signer-process.js";
export type { SignerProcessOptions } from "./signer-process.js";
