import { merkleRoot } from "../crypto/index.js";
import type { Hash32 } from "../primitives/index.js";
import { ExecTxResult } from "../../proto/gen/tendermint/abci.js";

/** The part of a transaction's result on which all nodes agree; the ABCI `ExecTxResult` has this shape. */
export interface DeterministicResult {
  readonly code: number;
  readonly data: Uint8Array;
  readonly gasWanted: bigint;
  readonly gasUsed: bigint;
}

/** One leaf of LastResultsHash, and the value that `tx` proofs are over: log, info, events and codespace left out. */
export function encodeDeterministicResult({
  code,
  data,
  gasWanted,
  gasUsed,
}: DeterministicResult): Uint8Array {
  return ExecTxResult.encode(ExecTxResult.create({ code, data, gasWanted, gasUsed }));
}

/** LastResultsHash of the next header. */
export function resultsHash(results: readonly DeterministicResult[]): Hash32 {
  return merkleRoot(results.map(encodeDeterministicResult));
}
