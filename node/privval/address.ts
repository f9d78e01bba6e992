/** Where a node and its signer meet. */
import { isAbsolute } from "node:path";
import { EdgeFailure } from "../errors.js";

/** Longest path of a unix socket (sun_path without its end). */
const MAX_PATH_BYTES = 107;

/** "unix:///run/openledger/signer.sock" to its path. @throws EdgeFailure "config" saying what to do instead. */
export function parseSignerAddress(text: string): string {
  const path = text.startsWith("unix://") ? text.slice("unix://".length) : undefined;
  if (path !== undefined && isAbsolute(path) && Buffer.byteLength(path) <= MAX_PATH_BYTES) return path;
  if (/^(tcp|http):\/\//.test(text)) {
    const instead = "use a unix socket, which `ssh -L` brings to another machine (docs/validators.md)";
    throw new EdgeFailure("config", `priv_validator_laddr: signers over tcp are not supported; ${instead}`);
  }
  throw new EdgeFailure("config", `priv_validator_laddr must look like unix:///run/openledger/signer.sock, got "${text}"`);
}
