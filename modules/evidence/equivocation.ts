import type { Misbehavior } from "../../chain/abci/index.js";
import { formatConsensusAddress, formatTimestamp, toTimestamp } from "../../chain/codec/index.js";
import { sha256 } from "../../chain/crypto/index.js";
import { toAddress } from "../../chain/primitives/index.js";
import type { Hash32 } from "../../chain/primitives/index.js";
import { Equivocation } from "../../proto/gen/cosmos/evidence/v1beta1.js";
import { EvidenceError } from "./errors.js";

/** What the engine proved, as the SDK records it: two votes, or a light client deceived, look the same. */
export function equivocationOf({ height, time, validator }: Misbehavior): Equivocation {
  return {
    height,
    time: toTimestamp(time),
    power: validator.power,
    consensusAddress: formatConsensusAddress(toAddress(validator.address)),
  };
}

/** The name of evidence: SHA-256 of its bytes. */
export function hashOf(evidence: Equivocation): Hash32 {
  return sha256(Equivocation.encode(evidence));
}

/** As Go prints a time. */
function goTime(time: Equivocation["time"]): string {
  return formatTimestamp(time).replace("T", " ").replace("Z", " +0000 UTC");
}

/** The SDK's ValidateBasic, with its texts. @throws Reject evidence/3. */
export function checkEquivocation({ time, height, power, consensusAddress }: Equivocation): void {
  const rules: readonly (readonly [boolean, string])[] = [
    [time.seconds > 0n, `invalid equivocation time: ${goTime(time)}`],
    [height >= 1n, `invalid equivocation height: ${height}`],
    [power >= 1n, `invalid equivocation validator power: ${power}`],
    [consensusAddress !== "", "invalid equivocation validator consensus address: "],
  ];
  for (const [holds, what] of rules) {
    if (!holds) throw EvidenceError.InvalidEvidence(`failed basic validation: ${what}`);
  }
}
