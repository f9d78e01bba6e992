/** What is fuzzed: something that takes bytes from somebody else. */
import { Reject } from "../../chain/primitives/index.js";
import { VerifyFailure } from "../../client/verify/errors.js";
import { EdgeFailure } from "../../node/errors.js";
import { QueryError } from "../../node/indexer/query.js";
import { ScanError } from "../../node/indexer/scanner.js";
import { RpcError } from "../../node/rpc/errors.js";

export interface FuzzTarget {
  readonly name: string;
  /** Who can send it. */
  readonly from: "peer" | "client" | "engine" | "sidecar" | "disk";
  readonly form: "bytes" | "text";
  /** Well-formed examples, which are spoiled. Each must be taken as it is. */
  readonly seeds: readonly Uint8Array[];
  /** Takes it, or refuses it with a coded error. Where it returns bytes, these were written from what was read, and must read the same again. */
  readonly run: (input: Uint8Array) => unknown;
}

/** The refusals that bad input may meet; a TypeError, a RangeError or a Fault is a defect. */
export function isRefusal(error: unknown): boolean {
  return [Reject, EdgeFailure, QueryError, ScanError, RpcError, VerifyFailure].some((kind) => error instanceof kind);
}

/** One input. @throws whatever is no refusal, and Error when what was read does not survive being written. */
export async function runOnce({ run }: FuzzTarget, input: Uint8Array): Promise<"taken" | "refused"> {
  try {
    const written: unknown = await run(input);
    if (!(written instanceof Uint8Array)) return "taken";
    const again: unknown = await run(written);
    if (!(again instanceof Uint8Array) || Buffer.compare(written, again) !== 0) throw new Error("what was read changes when it is written and read again");
    return "taken";
  } catch (error) {
    if (isRefusal(error)) return "refused";
    throw error;
  }
}
