import type { Params } from "../../proto/gen/cosmos/auth/v1beta1.js";
import { SdkError } from "../../chain/kernel/index.js";

/** The SDK's defaults (cosmos-formats.md §7.3): wallets estimate fees with them. */
export const DEFAULT_PARAMS: Params = {
  maxMemoCharacters: 256n,
  txSigLimit: 7n,
  txSizeCostPerByte: 10n,
  sigVerifyCostEd25519: 590n,
  sigVerifyCostSecp256k1: 1000n,
};

/** Above these a parameter could only be a mistake. */
const MAXIMA: Params = {
  maxMemoCharacters: 65_536n,
  txSigLimit: 100n,
  txSizeCostPerByte: 10_000n,
  sigVerifyCostEd25519: 1_000_000n,
  sigVerifyCostSecp256k1: 1_000_000n,
};

/** @throws Reject sdk/18 on a parameter that is zero or above its maximum. */
export function checkParams(params: Params): void {
  const check = (name: string, value: bigint, most: bigint): void => {
    if (value < 1n || value > most)
      throw SdkError.InvalidRequest(`${name} must be 1 to ${most}, got ${value}`);
  };
  check("max_memo_characters", params.maxMemoCharacters, MAXIMA.maxMemoCharacters);
  check("tx_sig_limit", params.txSigLimit, MAXIMA.txSigLimit);
  check("tx_size_cost_per_byte", params.txSizeCostPerByte, MAXIMA.txSizeCostPerByte);
  check("sig_verify_cost_ed25519", params.sigVerifyCostEd25519, MAXIMA.sigVerifyCostEd25519);
  check("sig_verify_cost_secp256k1", params.sigVerifyCostSecp256k1, MAXIMA.sigVerifyCostSecp256k1);
}
