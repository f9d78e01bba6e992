export { ed25519Address, moduleAddress, secp256k1Address } from "./addresses.js";
export { installSha256, ripemd160, sha256, sha512 } from "./hash.js";
export type { Sha256 } from "./hash.js";
export { innerHash, leafHash, merkleProofs, merkleRoot, splitPoint, verifyMerkleProof } from "./merkle.js";
export type { MerkleProof } from "./merkle.js";
export { installVerifier, portableVerifier, verifyEd25519, verifySecp256k1 } from "./signatures.js";
export type { SignatureVerifier } from "./signatures.js";
