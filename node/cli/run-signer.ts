import { existsSync } from "node:fs";
import { EdgeFailure } from "../errors.js";
import { installNativeCrypto } from "../crypto/native.js";
import { loadKey, openSigner } from "../engine/index.js";
import { parseSignerAddress, runSigner } from "../privval/index.js";
import { createLogger } from "../telemetry/log.js";
import { parseLogLevels } from "../telemetry/log-levels.js";
import type { SignerOptions } from "./signer-command.js";

/** Signs until it is told to stop. @throws EdgeFailure "config" on an address, a key or a state that cannot be used. */
export async function runSignerProgram({ address, chainId, keyFile, stateFile }: SignerOptions): Promise<number> {
  installNativeCrypto();
  const path = parseSignerAddress(address);
  if (!existsSync(stateFile)) {
    const why = `${stateFile} is missing: it says what was signed last, and without it the key could sign twice for one height`;
    throw new EdgeFailure("config", `${why}; bring it from the node's data folder`);
  }
  const signer = openSigner({ key: loadKey(keyFile), statePath: stateFile, chainId });
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort());
  await runSigner({ path, chainId }, signer, createLogger({ levels: parseLogLevels("info") }), stop.signal);
  return 0;
}
