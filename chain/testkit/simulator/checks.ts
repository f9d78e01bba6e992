import { valueKey } from "../../consensus/index.js";
import type { Clause } from "../../consensus/index.js";
import { voteSlot } from "./symbolic.js";
import type { SimEvent } from "./types.js";

/** Watches a run; each broken promise becomes one line. */
export interface Checker {
  observe(event: SimEvent): void;
  readonly violations: readonly string[];
  readonly clauses: ReadonlyMap<Clause, number>;
  /** Reports of equivocation. */
  readonly evidence: number;
  /** Validator indices that honest nodes reported for two votes in one place, and when the first report was. */
  readonly accused: ReadonlyMap<number, number>;
  /** Validator indices against which evidence stands in a decided block. */
  readonly convicted: ReadonlySet<number>;
}

export interface CheckerOptions {
  /** Validator indices that may lie. */
  readonly liars: ReadonlySet<number>;
  /** Ids of nodes that run the rules with a key of their own. */
  readonly honest: ReadonlySet<number>;
  readonly now: () => number;
}

export function createChecker({ liars, honest, now }: CheckerOptions): Checker {
  const violations: string[] = [];
  const clauses = new Map<Clause, number>();
  const decisions = new Map<bigint, string>();
  const signed = new Map<string, string>();
  const seen = new Map<string, Set<string>>();
  /** node -> the height it is voting in; absent once it has decided */
  const voting = new Map<number, bigint>();
  const states = new Map<bigint, string>();
  /** node -> height that its application executed last */
  const executed = new Map<number, bigint>();
  const accused = new Map<number, number>();
  const convicted = new Set<number>();
  let evidence = 0;

  /** Each height once, in order, and to the same state everywhere. */
  function onExecuted({ node, height, hash }: Extract<SimEvent, { kind: "executed" }>): void {
    if (height !== (executed.get(node) ?? 0n) + 1n) violations.push(`execution: node ${node} executed height ${height} out of turn`);
    executed.set(node, height);
    const known = states.get(height);
    if (known !== undefined && known !== hash) violations.push(`application hash: node ${node} differs after height ${height}`);
    states.set(height, known ?? hash);
  }

  function onCommitted({ node, decided: { block } }: Extract<SimEvent, { kind: "committed" }>): void {
    const key = valueKey(block.blockId);
    const known = decisions.get(block.height);
    if (known !== undefined && known !== key)
      violations.push(`agreement: node ${node} decided otherwise at height ${block.height}`);
    decisions.set(block.height, known ?? key);
    for (const { accused: index } of block.evidence) {
      convicted.add(index);
      if (!liars.has(index)) violations.push(`evidence: an honest validator stands convicted at height ${block.height}`);
    }
    if (!block.isValid || block.parent !== (decisions.get(block.height - 1n) ?? "")) {
      violations.push(`validity: node ${node} decided an invalid block at height ${block.height}`);
    }
  }

  function onSigned({ node, slot, key }: Extract<SimEvent, { kind: "signed" }>): void {
    if (!honest.has(node)) return;
    const known = signed.get(slot);
    if (known !== undefined && known !== key) violations.push(`double sign: node ${node} at ${slot}`);
    signed.set(slot, key);
  }

  /** A process that counted two votes of one slot must have reported them in that very step. */
  function onInput(event: Extract<SimEvent, { kind: "input" }>): void {
    for (const clause of event.clauses) clauses.set(clause, (clauses.get(clause) ?? 0) + 1);
    const { input, node, effects } = event;
    if (input.kind === "start-height") {
      forget(node);
      voting.set(node, input.height);
    }
    const isDeciding = effects.some((e) => e.kind === "decide");
    const height = voting.get(node);
    if (isDeciding) voting.delete(node);
    const votes =
      input.kind === "vote" ? [input.vote] : input.kind === "certificate" ? input.certificate.votes : [];
    const isReported = effects.some((e) => e.kind === "report-evidence");
    for (const vote of votes) {
      if (vote.height !== height || vote.round !== 0 || vote.type !== "prevote") continue;
      const slot = `${node}: ${voteSlot(vote)}`;
      const values = seen.get(slot) ?? new Set<string>();
      const before = values.size;
      seen.set(slot, values.add(valueKey(vote.blockId)));
      if (before === 1 && values.size === 2 && !isReported)
        violations.push(`evidence: node ${node} kept silent about ${slot}`);
    }
  }

  function forget(node: number): void {
    voting.delete(node);
    for (const slot of [...seen.keys()]) if (slot.startsWith(`${node}: `)) seen.delete(slot);
  }

  function onEvidence({ node, against }: Extract<SimEvent, { kind: "evidence" }>): void {
    evidence++;
    const index = Number(against.split(" ")[0]);
    if (against.startsWith("proposal")) return;
    if (honest.has(node) && !accused.has(index)) accused.set(index, now());
    if (!liars.has(index))
      violations.push(`evidence: node ${node} accuses the honest: ${against}`);
  }

  return {
    violations,
    clauses,
    accused,
    convicted,
    get evidence() {
      return evidence;
    },
    observe(event) {
      if (event.kind === "violation" && honest.has(event.node))
        violations.push(`node ${event.node}: ${event.what}`);
      if (event.kind === "signed") onSigned(event);
      if (event.kind === "evidence") onEvidence(event);
      if (event.kind === "crash") forget(event.node);
      if (event.kind === "executed" && honest.has(event.node)) onExecuted(event);
      if (event.kind === "committed" && honest.has(event.node)) onCommitted(event);
      if (event.kind === "input" && honest.has(event.node)) onInput(event);
    },
  };
}
