/**
 * What the validator signed last, as both engines keep it (priv_validator_state.json). A vote for a block of the height in
 * progress may be a lock, and locks live in the WAL of one engine: such a validator must finish the height where it began it.
 */
import { existsSync, readFileSync } from "node:fs";
import { CanonicalVote } from "../../proto/gen/tendermint/types.js";
import { EdgeFailure } from "../errors.js";

const PROPOSAL = 1;

interface Signed {
  readonly height: bigint;
  readonly step: number;
  readonly signBytes: Uint8Array;
}

function readSigned(path: string): Signed | undefined {
  if (!existsSync(path)) return undefined;
  try {
    const file = JSON.parse(readFileSync(path, "utf8")) as Readonly<Record<string, unknown>>;
    const { height, step, signbytes = "" } = file;
    if (typeof height !== "string" || typeof step !== "number" || typeof signbytes !== "string") throw new SyntaxError("height, step and signbytes are needed");
    return { height: BigInt(height), step, signBytes: new Uint8Array(Buffer.from(signbytes, "hex")) };
  } catch (cause) {
    throw new EdgeFailure("config", "what the validator signed last cannot be read", { path }, cause);
  }
}

/** Cuts off the uvarint length. */
function undelimited(bytes: Uint8Array): Uint8Array {
  let at = 0;
  while (((bytes[at] ?? 0) & 0x80) !== 0) at++;
  return bytes.subarray(at + 1);
}

function isForBlock({ step, signBytes }: Signed): boolean {
  if (step <= PROPOSAL) return false;
  return CanonicalVote.decode(undelimited(signBytes), { unknown: "ignore" }).blockId !== undefined;
}

/**
 * @param path of priv_validator_state.json
 * @param lastHeight of the stores
 * @throws EdgeFailure "config" when the validator may be locked on a block above it.
 */
export function checkNothingInProgress(path: string, lastHeight: bigint): void {
  const signed = readSigned(path);
  if (signed === undefined || signed.height <= lastHeight) return;
  if (signed.height === lastHeight + 1n && !isForBlock(signed)) return;
  const what = `this validator has voted for a block of height ${signed.height}, and its stores end at ${lastHeight}`;
  throw new EdgeFailure("config", `${what}. Start the engine again with halt-height set above, wait until it stands there, and move then (docs/engines.md)`, {
    signed: signed.height,
    lastHeight,
  });
}
