import { hash } from "node:crypto";
import { installSha256 } from "../chain/crypto/index.js";

/** OpenSSL's SHA-256 behind the port of chain/crypto: every step hashes megabytes of state. */
export function installNativeHash(): void {
  installSha256((data) => new Uint8Array(hash("sha256", data, "buffer")));
}
