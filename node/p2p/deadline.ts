/**
 * One signal that fires at a deadline or with any of the given signals. `AbortSignal.any` over a signal that lives as
 * long as the node keeps an entry per call (Node 20), so listeners are added and removed here instead.
 */
import { EdgeFailure } from "../errors.js";

export interface Deadline {
  readonly signal: AbortSignal;
  /** The failure to report once the signal has fired. */
  failure(): EdgeFailure;
  /** Must be called when the work is over. */
  dispose(): void;
}

export function createDeadline(ms: number, ...signals: readonly (AbortSignal | undefined)[]): Deadline {
  const controller = new AbortController();
  let failure = new EdgeFailure("timeout", "the deadline passed", { ms });
  const stop = (): void => {
    failure = new EdgeFailure("aborted", "the operation was aborted");
    controller.abort(failure);
  };
  const timer = setTimeout(() => controller.abort(failure), ms);
  for (const signal of signals) {
    if (signal?.aborted === true) stop();
    else signal?.addEventListener("abort", stop);
  }
  return {
    signal: controller.signal,
    failure: () => failure,
    dispose: () => {
      clearTimeout(timer);
      for (const signal of signals) signal?.removeEventListener("abort", stop);
    },
  };
}
