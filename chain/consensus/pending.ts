import type {
  CancelTimeout,
  CloseHeight,
  Decide,
  Effect,
  JudgeValue,
  RequestValue,
  ScheduleTimeout,
  SignProposal,
  SignVote,
} from "./effects.js";
import type { Timeout } from "./inputs.js";
import type { RoundState } from "./round.js";
import { valueKey } from "./value-key.js";

/** An effect that awaits an answer: what the host must issue again after a replay, in which it performed nothing. */
export type Request =
  SignProposal | SignVote | RequestValue | JudgeValue | ScheduleTimeout | Decide | CloseHeight;

/** Unanswered requests by identity, oldest first. */
export type Pending = ReadonlyMap<string, Request>;

export function timeoutKey(t: Timeout): string {
  return `timeout/${t.kind}/${t.round}`;
}

export function requestValueKey(round: number): string {
  return `value/${round}`;
}

export function judgeKey(blockId: JudgeValue["blockId"]): string {
  return `judge/${valueKey(blockId)}`;
}

export function signProposalKey(round: number): string {
  return `proposal/${round}`;
}

export function signVoteKey(vote: Pick<SignVote["vote"], "type" | "round">): string {
  return `vote/${vote.type}/${vote.round}`;
}

/** Records the requests among these effects. Performing an effect twice is harmless; forgetting one is not. */
export function remember(pending: Pending, effects: readonly Effect[]): Pending {
  const next = new Map(pending);
  for (const effect of effects) {
    const entry = requestOf(effect);
    if (entry !== null) next.set(entry.key, entry.request);
  }
  return next;
}

export function answered(pending: Pending, key: string): Pending {
  if (!pending.has(key)) return pending;
  const next = new Map(pending);
  next.delete(key);
  return next;
}

/** Drops requests that no longer matter in this state; timers among them are cancelled. */
export function retire(
  pending: Pending,
  round: RoundState,
): { readonly pending: Pending; readonly cancelled: readonly CancelTimeout[] } {
  const stale = [...pending].filter(([, request]) => !isLive(request, round));
  if (stale.length === 0) return { pending, cancelled: [] };
  const next = new Map(pending);
  const cancelled: CancelTimeout[] = [];
  for (const [key, request] of stale) {
    next.delete(key);
    if (request.kind === "schedule-timeout")
      cancelled.push({ kind: "cancel-timeout", timeout: request.timeout });
  }
  return { pending: next, cancelled };
}

function requestOf(effect: Effect): { readonly key: string; readonly request: Request } | null {
  switch (effect.kind) {
    case "schedule-timeout":
      return { key: timeoutKey(effect.timeout), request: effect };
    case "request-value":
      return { key: requestValueKey(effect.round), request: effect };
    case "judge-value":
      return { key: judgeKey(effect.blockId), request: effect };
    case "sign-proposal":
      return { key: signProposalKey(effect.proposal.round), request: effect };
    case "sign-vote":
      return { key: signVoteKey(effect.vote), request: effect };
    case "decide":
    case "close-height":
      return { key: effect.kind, request: effect };
    case "publish":
    case "cancel-timeout":
    case "report-evidence":
    case "ask-peers":
    case "resubmit":
      return null;
    default:
      return effect satisfies never;
  }
}

function isLive(request: Request, s: RoundState): boolean {
  switch (request.kind) {
    case "schedule-timeout":
      return isTimeoutLive(request.timeout, s);
    case "request-value":
      return s.step === "propose" && request.round === s.round;
    case "judge-value":
      return s.decision === null;
    case "sign-proposal":
      return s.step === "propose" && request.proposal.round === s.round;
    case "sign-vote":
      if (s.decision !== null)
        return request.vote.type === "precommit" && request.vote.round === s.decision.round;
      return request.vote.round === s.round;
    case "decide":
    case "close-height":
      return true;
    default:
      return request satisfies never;
  }
}

function isTimeoutLive(t: Timeout, s: RoundState): boolean {
  if (t.kind === "commit") return true;
  if (s.decision !== null || t.round !== s.round) return false;
  return t.kind === "precommit" || t.kind === s.step;
}
