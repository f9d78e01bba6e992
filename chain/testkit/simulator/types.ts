import type { BlockId, ExtendedCommit, Proposal, ValidatorSet, Vote } from "../../block/types.js";
import type {
  Clause,
  CoreInput,
  Effect,
  ValueKey,
  VoteCertificate,
  VoteSummary,
} from "../../consensus/index.js";
import type { Random } from "./random.js";

/** Two votes of one validator for one place. */
export interface SimEvidence {
  /** The place: who, what, height and round. */
  readonly key: string;
  /** Validator index. */
  readonly accused: number;
  readonly first: Vote;
  readonly second: Vote;
}

/** A block reduced to what the checkers look at. Its parts travel as one message. */
export interface SimBlock {
  readonly blockId: BlockId;
  readonly height: bigint;
  /** Key of the block before; empty at height 1. */
  readonly parent: ValueKey;
  /** Of the application before it, as its proposer had it. */
  readonly appHash: string;
  readonly evidence: readonly SimEvidence[];
  /** What ProcessProposal says of it. */
  readonly isValid: boolean;
}

export interface Decided {
  readonly block: SimBlock;
  readonly commit: ExtendedCommit;
}

export type SimMessage =
  | { readonly kind: "proposal"; readonly proposal: Proposal }
  | { readonly kind: "vote"; readonly vote: Vote }
  | { readonly kind: "certificate"; readonly certificate: VoteCertificate }
  | { readonly kind: "block"; readonly block: SimBlock }
  | { readonly kind: "want"; readonly key: ValueKey }
  | { readonly kind: "evidence"; readonly evidence: SimEvidence }
  | { readonly kind: "summary"; readonly summary: VoteSummary }
  | { readonly kind: "decided"; readonly decided: Decided };

/** One record of a node's log: an input of the core, or a block that an input names. */
export type WalRecord =
  | { readonly kind: "input"; readonly input: CoreInput }
  | { readonly kind: "block"; readonly block: SimBlock };

/** Mistakes that a host could make. Tests plant them to see that the checkers find them. */
export interface Defects {
  /** Publishes and decides without writing its log through. */
  readonly skipsFlush?: boolean;
  /** A signer that starts anew with the process. */
  readonly forgetsSignatures?: boolean;
  /** Executes the last block again after a crash. */
  readonly executesTwice?: boolean;
  /** Keeps evidence to itself. */
  readonly dropsEvidence?: boolean;
}

/** What a node sees of the simulation. */
export interface World {
  readonly defects: Defects;
  /** The same keys and powers at each height; who proposes goes round. */
  validatorsAt(height: bigint): ValidatorSet;
  readonly random: Random;
  /** Ids of all nodes; twins share a validator index, not an id. */
  readonly nodes: readonly number[];
  now(): number;
  after(delayMs: number, run: () => void): void;
  send(from: number, to: number, message: SimMessage): void;
  /** Asked at each point where a process can die: after a WAL append, after an effect, after a flush. */
  isCrashDue(node: number): boolean;
  observe(event: SimEvent): void;
}

/** What the checkers and the printed run are made of. */
export type SimEvent =
  | {
      readonly kind: "input";
      readonly node: number;
      readonly input: CoreInput;
      readonly clauses: readonly Clause[];
      readonly effects: readonly Effect[];
    }
  | { readonly kind: "signed"; readonly node: number; readonly slot: string; readonly key: string }
  | { readonly kind: "committed"; readonly node: number; readonly decided: Decided }
  | { readonly kind: "executed"; readonly node: number; readonly height: bigint; readonly hash: string }
  | { readonly kind: "evidence"; readonly node: number; readonly against: string }
  | { readonly kind: "crash" | "restart"; readonly node: number }
  | { readonly kind: "violation"; readonly node: number; readonly what: string };
