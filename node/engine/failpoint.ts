/**
 * Places where tests let a node die (performance.md §2.2). In production the hook is undefined and a call costs nothing
 * measurable. A hook that throws stops the engine at that very place, as a crash would.
 */
export const FAIL_POINTS = [
  "decide:before-flush",
  "decide:after-flush",
  "apply:block-saved",
  "apply:before-finalize",
  "apply:finalized",
  "apply:response-saved",
  "apply:before-commit",
  "apply:committed",
  "apply:state-saved",
  "close:before-start-height",
] as const;

export type FailPointName = (typeof FAIL_POINTS)[number];
export type FailPoint = (name: FailPointName) => void;

/** The production hook. */
export const noFailPoint: FailPoint = () => undefined;
