/** Who signs for this node: the key of its home, or a signer that dials in. Part of the composition root. */
import type { Home } from "./config/home.js";
import type { NodeSettings } from "./config/settings.js";
import { loadKey } from "./engine/index.js";
import type { ValidatorKey } from "./engine/index.js";
import type { Address } from "../chain/primitives/index.js";
import { EdgeFailure } from "./errors.js";
import { openRemoteSigner, parseSignerAddress } from "./privval/index.js";
import type { RemoteSigner } from "./privval/index.js";
import type { Logger } from "./telemetry/log.js";

export interface OpenedValidator {
  readonly address: Address;
  /** null where a remote signer holds it. */
  readonly key: ValidatorKey | null;
  readonly signer?: RemoteSigner;
}

/** @throws EdgeFailure "config" on a key or an address that cannot be used, "timeout" when no signer dials in. */
export async function openValidator(home: Home, settings: NodeSettings, chainId: string, log: Logger): Promise<OpenedValidator> {
  if (settings.privValidatorAddress === "") {
    const key = loadKey(home.validatorKey);
    return { address: key.address, key };
  }
  const path = parseSignerAddress(settings.privValidatorAddress);
  if (settings.engine !== "embedded") {
    throw new EdgeFailure("config", "priv_validator_laddr is for engine = embedded; under CometBFT the validator's key stays in the home (docs/validators.md)");
  }
  const signer = await openRemoteSigner({ path, chainId }, log);
  return { address: signer.address, key: null, signer };
}
