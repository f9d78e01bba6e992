import { equalBytes, toHex } from "../../chain/primitives/index.js";
import type { TrainingJob } from "../../proto/gen/openledger/modelfactory/v1.js";
import { EdgeFailure } from "../errors.js";
import type { SidecarClient } from "../sidecar-client/types.js";

/** Two runtimes, whose bits need not be the same: no difference between their results says anything of honesty. */
export interface OtherRuntime {
  /** The one that the trainer stated, 32 bytes. */
  readonly trained: Uint8Array;
  /** The one of the sidecar at hand. */
  readonly own: Uint8Array;
}

/** What keeps this sidecar from repeating what was trained with `trained`; undefined where nothing does. @throws EdgeFailure */
export async function otherRuntime(sidecar: SidecarClient, trained: Uint8Array, signal: AbortSignal): Promise<OtherRuntime | undefined> {
  const { runtimeId: own } = await sidecar.info(signal);
  return equalBytes(own, trained) ? undefined : { trained, own };
}

/** For whoever goes on with a job of its own. @throws EdgeFailure "config" where this is not the sidecar that it was claimed with. */
export async function checkOwnRuntime(sidecar: SidecarClient, job: TrainingJob, signal: AbortSignal): Promise<void> {
  const other = await otherRuntime(sidecar, job.runtimeId, signal);
  if (other === undefined) return;
  const facts = { job: job.id, claimed: toHex(other.trained), own: toHex(other.own) };
  throw new EdgeFailure("config", "the job was claimed with another runtime; only a sidecar of that one can go on with it", facts);
}
