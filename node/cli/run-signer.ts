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
  const signer = openSigner({ key: loadKey(keyFile), statePath: stateFile, chainId });
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => stop.abort());
  await runSigner({ path, chainId }, signer, createLogger({ levels: parseLogLevels("info") }), stop.signal);
  return 0;
}
