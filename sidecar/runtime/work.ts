import { sha256 } from "../../chain/crypto/index.js";
import { concatBytes } from "../../chain/primitives/index.js";
import { quantise } from "../attribution/quantise.js";
import { SidecarError } from "../errors.js";
import { meanLoss } from "../lora/learner.js";
import { checkWork } from "../request.js";
import type { WorkRequest, WorkResult } from "../types.js";
import type { Residents } from "./residents.js";

/**
 * Validator-bound work (attribution.md §8.2): the int8 gradient of one row of the corpus at the adapter, for a row that
 * the seed picks. As dear as the attribution's own backward pass, and of no use to another validator, whose seed differs.
 */
export async function work(residents: Residents, request: WorkRequest, signal?: AbortSignal): Promise<WorkResult> {
  checkWork(request);
  const base = residents.base(request.baseId);
  const adapter = residents.adapter(request.adapterId, request.baseId);
  const corpus = residents.corpus(request.corpusId, request.baseId);
  const row = corpus.rows[rowOf(request.seed, corpus.rows.length)];
  const [sequence] = row === undefined ? [] : base.model.sequences(row, base.info.context);
  if (sequence === undefined) throw SidecarError.InvalidRequest("the row is empty");
  await residents.pause(signal);
  const { gradient } = meanLoss(adapter.learner, adapter.theta, sequence);
  const { exponent, values } = quantise(gradient);
  const scale = new Uint8Array(2);
  new DataView(scale.buffer).setInt16(0, exponent);
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.length);
  return { runtimeId: residents.runtimeId, digest: sha256(concatBytes(request.seed, scale, bytes)) };
}

/** The seed as a big-endian number, modulo the rows: 256 bits over at most 2^17 rows leave no bias worth naming. */
function rowOf(seed: Uint8Array, rows: number): number {
  let rest = 0;
  for (const byte of seed) rest = (rest * 256 + byte) % rows;
  return rest;
}
