import type { Vote } from "../../block/types.js";
import { valueKey } from "../../consensus/index.js";
import { isVoteSigned, voteSlot } from "./symbolic.js";
import type { SimBlock, SimEvidence } from "./types.js";

/** Two votes of one validator for one place, the lesser value first: whoever finds them makes the same evidence. */
export function evidenceOf(a: Vote, b: Vote): SimEvidence {
  const [first, second] = valueKey(a.blockId) < valueKey(b.blockId) ? [a, b] : [b, a];
  return { key: voteSlot(first), accused: first.index, first, second };
}

/** Whether it convicts anybody. */
export function isEvidenceGood({ key, accused, first, second }: SimEvidence): boolean {
  const isOnePlace = voteSlot(first) === key && voteSlot(second) === key && first.index === accused;
  return isOnePlace && valueKey(first.blockId) !== valueKey(second.blockId) && isVoteSigned(first) && isVoteSigned(second);
}

const MAX_PENDING = 256;
const MAX_IN_BLOCK = 8;

/** Evidence on its way into a block. On disk: what a node has seen it does not forget by dying. */
export interface EvidencePool {
  /** False for what is known, committed or convicts nobody. */
  add(evidence: SimEvidence): boolean;
  /** What a proposer puts into its block. */
  pending(): readonly SimEvidence[];
  /** What a block brings must be good and new. */
  isFit(block: SimBlock): boolean;
  committed(block: SimBlock): void;
}

export function createEvidencePool(): EvidencePool {
  const pending = new Map<string, SimEvidence>();
  const done = new Set<string>();
  return {
    add(evidence) {
      const { key } = evidence;
      if (done.has(key) || pending.has(key) || pending.size >= MAX_PENDING || !isEvidenceGood(evidence)) return false;
      pending.set(key, evidence);
      return true;
    },
    pending: () => [...pending.values()].slice(0, MAX_IN_BLOCK),
    isFit: ({ evidence }) =>
      evidence.length <= MAX_IN_BLOCK &&
      new Set(evidence.map((e) => e.key)).size === evidence.length &&
      evidence.every((e) => isEvidenceGood(e) && !done.has(e.key)),
    committed(block) {
      for (const { key } of block.evidence) {
        pending.delete(key);
        done.add(key);
      }
    },
  };
}
