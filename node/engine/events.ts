/** The typed feed of what the engine did, and the round events derived from a step of the core. */
import type { Core, CoreInput, Step } from "../../chain/consensus/index.js";
import { errorText } from "../errors.js";
import type { Logger } from "../telemetry/log.js";
import type { EngineEvent, RoundEvent, RoundStepName } from "./types.js";

export class EventFeed {
  readonly #listeners = new Set<(event: EngineEvent) => void>();
  readonly #log: Logger;

  constructor(log: Logger) {
    this.#log = log;
  }

  subscribe(listener: (event: EngineEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A listener that throws is a bug of the listener: it is logged and the others still hear the event. */
  emit(event: EngineEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event);
      } catch (error) {
        this.#log.error("an event listener failed", { kind: event.kind, reason: errorText(error) });
      }
    }
  }

  get isIdle(): boolean {
    return this.#listeners.size === 0;
  }
}

const STEP_NAMES: Readonly<Record<Step, string>> = {
  new: "RoundStepNewHeight",
  propose: "RoundStepPropose",
  prevote: "RoundStepPrevote",
  precommit: "RoundStepPrecommit",
  commit: "RoundStepCommit",
};

/** CometBFT's number of a step, for the RPC. */
export const STEP_NUMBERS: Readonly<Record<Step, number>> = {
  new: 1,
  propose: 3,
  prevote: 4,
  precommit: 6,
  commit: 8,
};

/** What CometBFT would publish for this step of the core. */
export function roundEvents(before: Core, input: CoreInput, after: Core): RoundEvent[] {
  const now = after.current;
  if (now === null) return [];
  const was = before.current?.height === now.height ? before.current : null;
  const { round, step } = now.round;
  const names: RoundStepName[] = [];
  if (input.kind === "timeout-elapsed" && input.timeout.kind !== "commit")
    names.push(input.timeout.kind === "propose" ? "TimeoutPropose" : "TimeoutWait");
  if (input.kind === "value-judged" && input.isValid) names.push("CompleteProposal");
  if (was?.round.round !== round) names.push("NewRound");
  if (was?.round.round !== round || was.round.step !== step) names.push("NewRoundStep");
  if (now.round.valid !== null && was?.round.valid?.round !== now.round.valid.round)
    names.push("Polka", "ValidBlock");
  if (now.round.locked !== null && was?.round.locked?.round !== now.round.locked.round)
    names.push(was?.round.locked === null || was === null ? "Lock" : "Relock");
  return names.map((name) => ({ kind: "round", name, height: now.height, round, step: STEP_NAMES[step] }));
}
