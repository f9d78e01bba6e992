import { SdkError } from "../../chain/kernel/index.js";
import { DEC_ONE, MAX_INT64, mulDecInt, parseDec, parseScaledDec, parseUtf8, roundInt, utf8 } from "../../chain/primitives/index.js";
import type { Dec } from "../../chain/primitives/index.js";
import type { Params } from "../../proto/gen/cosmos/slashing/v1beta1.js";

const NS_PER_SECOND = 1_000_000_000n;
/** A window of this many blocks takes 122 kB for each validator; clearing it is the longest step a block may have to do here. */
export const MAX_WINDOW = 1_000_000n;

/** The parameters in the units that rules work with. */
export interface Rules {
  /** Blocks that are looked at. */
  readonly window: bigint;
  /** Blocks of the window that may be missed. */
  readonly maxMissed: bigint;
  readonly jailNs: bigint;
  readonly doubleSignFraction: Dec;
  readonly downtimeFraction: Dec;
}

const wireDec = (text: string): Uint8Array => utf8(parseDec(text).toString());
const decOf = (bytes: Uint8Array): Dec => parseScaledDec(parseUtf8(bytes));

/** The SDK's: half of 100 blocks, ten minutes of jail, 1 % for downtime, 5 % for a double sign. */
export const DEFAULT_PARAMS: Params = {
  signedBlocksWindow: 100n,
  minSignedPerWindow: wireDec("0.5"),
  downtimeJailDuration: { seconds: 600n, nanos: 0 },
  slashFractionDoubleSign: wireDec("0.05"),
  slashFractionDowntime: wireDec("0.01"),
};

/** Of a checked set of parameters. Blocks that must be signed are rounded half to even, as the SDK rounds. */
export function rulesOf(params: Params): Rules {
  const { signedBlocksWindow: window, downtimeJailDuration: jail } = params;
  return {
    window,
    maxMissed: window - roundInt(mulDecInt(decOf(params.minSignedPerWindow), window)),
    jailNs: jail.seconds * NS_PER_SECOND + BigInt(jail.nanos),
    doubleSignFraction: decOf(params.slashFractionDoubleSign),
    downtimeFraction: decOf(params.slashFractionDowntime),
  };
}

function checkFraction(bytes: Uint8Array, name: string): void {
  const value = decOf(bytes);
  if (value < 0n) throw SdkError.InvalidRequest(`${name} cannot be negative`);
  if (value > DEC_ONE) throw SdkError.InvalidRequest(`${name} too large`);
}

/** The SDK's bounds, and an upper one for the window. @throws Reject sdk/18. */
export function checkParams(params: Params): void {
  const { signedBlocksWindow: window, downtimeJailDuration: jail } = params;
  if (window <= 0n) throw SdkError.InvalidRequest(`signed blocks window must be positive: ${window}`);
  if (window > MAX_WINDOW) throw SdkError.InvalidRequest(`signed blocks window must be at most ${MAX_WINDOW}: ${window}`);
  checkFraction(params.minSignedPerWindow, "min signed per window");
  const isDuration = jail.seconds >= 0n && jail.nanos >= 0 && jail.nanos < 1_000_000_000;
  const ns = jail.seconds * NS_PER_SECOND + BigInt(jail.nanos);
  if (!isDuration || ns <= 0n || ns > MAX_INT64) throw SdkError.InvalidRequest("downtime jail duration must be positive");
  checkFraction(params.slashFractionDoubleSign, "double sign slash fraction");
  checkFraction(params.slashFractionDowntime, "downtime slash fraction");
}
