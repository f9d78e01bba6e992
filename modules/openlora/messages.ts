import { parseAddress, parseUopen } from "../../chain/codec/index.js";
import type { Address, Uopen } from "../../chain/primitives/index.js";
import type { MsgRequestInference, Sampling } from "../../proto/gen/openledger/openlora/v1.js";
import { OpenLoraError } from "./errors.js";

/** Domain messages, and wire to domain with every check that needs no state. */

export interface RequestInference {
  readonly user: Address;
  readonly adapterId: bigint;
  readonly prompt: string;
  readonly maxTokens: number;
  readonly sampling: Sampling;
  readonly maxFee: Uopen;
  readonly clientNonce: string;
}

const NONCE = /^[\x21-\x7e]{1,64}$/;
/** Control characters but line feed and tab. */
const FORBIDDEN = /[^\P{Cc}\n\t]/u;
const MAX_TEMPERATURE_MILLI = 10_000;
const MAX_TOP_K = 1_000;

function checkSampling(sampling: Sampling): void {
  if (sampling.temperatureMilli > MAX_TEMPERATURE_MILLI) {
    throw OpenLoraError.InvalidSampling(`temperature must be 0 to ${MAX_TEMPERATURE_MILLI} thousandths`);
  }
  if (sampling.topK > MAX_TOP_K) throw OpenLoraError.InvalidSampling(`top-k must be 0 to ${MAX_TOP_K}`);
}

/** @throws Reject sdk/7, sdk/18, openlora/2, openlora/3, openlora/4, openlora/8. */
export function parseRequestInference(wire: MsgRequestInference): RequestInference {
  const user = parseAddress(wire.user);
  if (wire.prompt === "" || FORBIDDEN.test(wire.prompt)) throw OpenLoraError.InvalidPrompt();
  if (wire.maxTokens === 0) throw OpenLoraError.InvalidMaxTokens("at least 1");
  checkSampling(wire.sampling);
  if (!NONCE.test(wire.clientNonce)) throw OpenLoraError.InvalidNonce();
  return { ...wire, user, maxFee: parseUopen(wire.maxFee) };
}
