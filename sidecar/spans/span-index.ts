import { tokenBytesOf } from "../../modules/attribution/rules/span-commit.js";
import { SpanProof } from "../../proto/gen/openledger/attribution/v1.js";
import type { SpanDocument, SpanSegmentHead } from "../../proto/gen/openledger/attribution/v1.js";
import { SidecarError } from "../errors.js";
import { commitSegment, indexHead, indexTree, openChunks, segmentHead } from "./commit.js";
import type { SegmentTrees } from "./commit.js";
import { creditedPieces, maximalPieces } from "./credit.js";
import type { Piece, SpanSource } from "./credit.js";
import type { MerkleLevels } from "./merkle-levels.js";
import { EMPTY_PLAN, appendRows, withdrawRows } from "./plan.js";
import type { Extent, Plan, SpanRow } from "./plan.js";
import { earliestIn, longestIn, rowAt, segmentText, sortSegment, withoutRows } from "./segment.js";
import type { Run, Searched, Segment } from "./segment.js";

/** Where sorted segments are kept by id, so that indexes over overlapping rows share them. */
export interface SegmentStore {
  get(id: string): Segment | undefined;
  set(id: string, segment: Segment): void;
}

/** A run of an answer's tokens that stands in a row word for word. */
export interface Span {
  /** Token positions in the answer, end exclusive. */
  readonly start: number;
  readonly end: number;
  /** Where it begins in the corpus: tokens, and a separator after each document. */
  readonly position: number;
  readonly rowId: string;
  /** Empty for background text, which earns nothing. */
  readonly contributor: string;
  /** First token of the match in the row. */
  readonly rowStart: number;
  /** Length squared: one long run says more than many short ones. */
  readonly score: bigint;
}

/** A segment in its place in the index. */
interface Placed {
  readonly segment: Segment;
  readonly start: number;
  readonly withdrawn: ReadonlySet<number>;
  readonly searched: Searched;
}

interface Commitment {
  readonly trees: readonly SegmentTrees[];
  readonly heads: readonly SpanSegmentHead[];
  readonly tree: MerkleLevels;
}

const NONE: ReadonlySet<number> = new Set();

/**
 * Every accepted row under suffix arrays, oldest first. Appending only plans; segments are sorted when first asked for, so
 * what would be merged at once is never sorted, and what stands already is never touched.
 */
export class SpanIndex {
  private readonly vocabulary: number;
  private readonly store: SegmentStore | undefined;
  private readonly sorted = new WeakMap<readonly SpanRow[], Segment>();
  private plan: Plan = EMPTY_PLAN;
  private placed: readonly Placed[] | undefined;
  private commitment: Commitment | undefined;

  constructor(vocabulary: number, store?: SegmentStore) {
    this.vocabulary = vocabulary;
    this.store = store;
  }

  /**
   * Adds rows after all others; those of the background (no contributor) come first.
   * @throws Reject sidecar/2 on background after rows, or a token outside the vocabulary.
   */
  append(rows: readonly SpanRow[]): void {
    let isRow = this.plan.tail.at(-1)?.contributor ?? this.plan.frozen.at(-1)?.rows.at(-1)?.contributor ?? "";
    for (const { contributor, tokens } of rows) {
      if (contributor === "" && isRow !== "") throw SidecarError.InvalidRequest("the background stands before all rows");
      for (let i = 0; i < tokens.length; i++) {
        const token = tokens[i] as number;
        if (!(token >= 0 && token < this.vocabulary)) throw SidecarError.InvalidRequest("a token is outside the vocabulary");
      }
      isRow = contributor;
    }
    this.change(appendRows(this.plan, rows));
  }

  /** Takes rows back: they are found no more, and leave when their segment is next rebuilt. Positions change then. */
  withdraw(rowIds: ReadonlySet<string>): void {
    this.change(withdrawRows(this.plan, rowIds));
  }

  /** Does segment by segment what would else be done when first asked for; `turn` lets others work in between. */
  async prepare(turn: () => Promise<void>): Promise<void> {
    const { frozen, tail } = this.plan;
    for (const { rows, withdrawn } of [...frozen, ...(tail.length === 0 ? [] : [{ rows: tail, withdrawn: NONE }])]) {
      const segment = this.segmentOf(rows);
      await turn();
      commitSegment(segment, withdrawn, this.vocabulary);
      await turn();
    }
  }

  /** Ids of the segments, in order. */
  segments(): string[] {
    return this.layout().map(({ segment }) => segment.id);
  }

  /** All maximal matches, those in the background among them, each with the place it was first registered at. */
  find(answer: readonly number[], minimum: number): Span[] {
    return maximalPieces(this.source(answer), minimum).map((piece) => this.spanOf(piece));
  }

  /** The matches that are paid: they share no token of the answer, and none stands in the background (ADR 0091). */
  credit(answer: readonly number[], minimum: number): Span[] {
    return creditedPieces(this.source(answer), minimum)
      .map((piece) => this.spanOf(piece))
      .filter(({ contributor }) => contributor !== "");
  }

  /** 32 bytes that commit to every row, its text and the order of its suffixes; empty for an index without rows. */
  root(): Uint8Array {
    return this.layout().length === 0 ? new Uint8Array(0) : this.commit().tree.root();
  }

  /**
   * That tokens [position, position + length) stand in one row.
   * @throws Reject sidecar/2 where no row holds them all.
   */
  prove(position: number, length: number): SpanProof {
    const { trees, heads, tree } = this.commit();
    const number = this.segmentAt(position);
    const at = this.layout()[number];
    const held = trees[number];
    const head = heads[number];
    if (at === undefined || held === undefined || head === undefined) throw outside();
    const documentIndex = rowAt(at.segment, position - at.start);
    const document = held.documents[documentIndex] as SpanDocument;
    const from = position - at.start - document.start;
    if (!(length >= 1) || from + length > document.tokens) throw outside();
    const tokens = at.segment.rows[documentIndex]?.tokens ?? [];
    return SpanProof.create({
      head: indexHead(heads, this.vocabulary),
      segment: number,
      segmentHead: head,
      segmentPath: tree.path(number),
      chunks: openChunks(tokens, from, from + length, tokenBytesOf(this.vocabulary)),
      document,
      documentIndex,
      documentPath: held.documentTree.path(documentIndex),
    });
  }

  private change(plan: Plan): void {
    this.plan = plan;
    this.placed = undefined;
    this.commitment = undefined;
  }

  private layout(): readonly Placed[] {
    if (this.placed !== undefined) return this.placed;
    const tail: Extent = { level: 0, rows: this.plan.tail, withdrawn: NONE };
    let start = 0;
    const placed = [...this.plan.frozen, ...(tail.rows.length === 0 ? [] : [tail])].map(({ rows, withdrawn }) => {
      const segment = this.segmentOf(rows);
      const at = { segment, start, withdrawn, searched: { text: segment.text, ...withoutRows(segment, withdrawn) } };
      start += segment.text.length;
      return at;
    });
    this.placed = placed;
    return placed;
  }

  private segmentOf(rows: readonly SpanRow[]): Segment {
    const known = this.sorted.get(rows);
    if (known !== undefined) return known;
    const laid = segmentText(rows, this.vocabulary);
    const segment = this.store?.get(laid.id) ?? sortSegment(laid, this.vocabulary);
    this.store?.set(segment.id, segment);
    this.sorted.set(rows, segment);
    return segment;
  }

  private commit(): Commitment {
    if (this.commitment !== undefined) return this.commitment;
    const placed = this.layout();
    const trees = placed.map(({ segment, withdrawn }) => commitSegment(segment, withdrawn, this.vocabulary));
    const heads = placed.map(({ segment, start }, i) => segmentHead(trees[i] as SegmentTrees, start, segment.text.length));
    this.commitment = { trees, heads, tree: indexTree(indexHead(heads, this.vocabulary), heads) };
    return this.commitment;
  }

  private segmentAt(position: number): number {
    return this.layout().findIndex(({ start, segment }) => position >= start && position < start + segment.text.length);
  }

  private spanOf({ start, end, position }: Piece): Span {
    const at = this.layout()[this.segmentAt(position)];
    if (at === undefined) throw outside();
    const index = rowAt(at.segment, position - at.start);
    const { rowId, contributor } = at.segment.rows[index] as SpanRow;
    const rowStart = position - at.start - (at.segment.starts[index] as number);
    return { start, end, position, rowId, contributor, rowStart, score: BigInt(end - start) * BigInt(end - start) };
  }

  /** A token that no row can hold is a symbol that no text holds. */
  private source(answer: readonly number[]): SpanSource {
    const placed = this.layout();
    const symbols = Int32Array.from(answer, (token) => (token >= 0 && token < this.vocabulary ? token + 1 : -1));
    const run = (start: number, end: number): Run => ({ symbols, start, end });
    return {
      length: answer.length,
      longest: (start) => placed.reduce((best, { searched }) => Math.max(best, longestIn(searched, run(start, answer.length))), 0),
      earliest: (start, end) => {
        for (const { searched, start: first } of placed) {
          const position = earliestIn(searched, run(start, end));
          if (position !== undefined) return first + position;
        }
        return undefined;
      },
    };
  }
}

function outside(): Error {
  return SidecarError.InvalidRequest("no row holds all of these positions");
}

/** @param store shared by indexes of one vocabulary whose rows overlap, such as versions of one dataset. */
export function createSpanIndex(vocabulary: number, store?: SegmentStore): SpanIndex {
  return new SpanIndex(vocabulary, store);
}
