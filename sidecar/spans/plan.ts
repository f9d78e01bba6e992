/**
 * Which documents stand in which segment (attribution.md §2.3): a pure function of what was appended and withdrawn, in
 * that order, however it was batched. Documents gather in a tail; a full tail is frozen as a segment of level 0; of
 * `FAN_OUT` neighbours of one level the union becomes one of the next. A document is thus sorted again at most once a level.
 */

/** A row, or a text of the background (no contributor), as tokens. */
export interface SpanRow {
  readonly rowId: string;
  readonly contributor: string;
  readonly tokens: ArrayLike<number>;
}

/** Positions at which the tail is frozen: after the document that reaches them. */
export const TAIL_TOKENS = 1 << 16;
export const FAN_OUT = 8;

export interface Extent {
  readonly level: number;
  readonly rows: readonly SpanRow[];
  /** Numbers, within the extent, of rows taken back since it was frozen. */
  readonly withdrawn: ReadonlySet<number>;
}

export interface Plan {
  /** In the order of their documents. */
  readonly frozen: readonly Extent[];
  readonly tail: readonly SpanRow[];
  /** Tokens and separators of the tail. */
  readonly tailTokens: number;
  /** Extents that the background fills, and that are never merged with what follows: one background, any rows. */
  readonly background: number;
}

export const EMPTY_PLAN: Plan = { frozen: [], tail: [], tailTokens: 0, background: 0 };

const NONE: ReadonlySet<number> = new Set();

/** The plan after appending rows one by one. The background comes before all rows. */
export function appendRows(plan: Plan, rows: readonly SpanRow[]): Plan {
  const frozen = [...plan.frozen];
  let tail = [...plan.tail];
  let { tailTokens, background } = plan;
  const freeze = (): void => {
    if (tail.length > 0) frozen.push({ level: 0, rows: tail, withdrawn: NONE });
    tail = [];
    tailTokens = 0;
    compact(frozen, background);
  };
  for (const row of rows) {
    if (row.contributor !== "" && tail[0]?.contributor === "") freeze();
    if (row.contributor !== "" && frozen.at(-1)?.rows[0]?.contributor === "") background = frozen.length;
    tail.push(row);
    tailTokens += row.tokens.length + 1;
    if (tailTokens >= TAIL_TOKENS) freeze();
  }
  return { frozen, tail, tailTokens, background };
}

/** Replaces the last extents by their union while `FAN_OUT` of one level stand together. Rows taken back are left out. */
function compact(frozen: Extent[], from: number): void {
  for (;;) {
    const last = frozen.slice(from).slice(-FAN_OUT);
    const level = last[0]?.level;
    if (level === undefined || last.length < FAN_OUT || last.some((extent) => extent.level !== level)) return;
    const rows = last.flatMap((extent) => extent.rows.filter((_, i) => !extent.withdrawn.has(i)));
    frozen.splice(frozen.length - FAN_OUT, FAN_OUT);
    if (rows.length > 0) frozen.push({ level: level + 1, rows, withdrawn: NONE });
  }
}

/** The plan after rows are taken back: marked where they are frozen, gone from the tail. Unknown ids are nothing. */
export function withdrawRows(plan: Plan, rowIds: ReadonlySet<string>): Plan {
  const frozen = plan.frozen.map((extent): Extent => {
    const gone = [...extent.rows.keys()].filter((i) => rowIds.has(extent.rows[i]?.rowId ?? ""));
    return gone.length === 0 ? extent : { ...extent, withdrawn: new Set([...extent.withdrawn, ...gone]) };
  });
  const tail = plan.tail.filter(({ rowId }) => !rowIds.has(rowId));
  return { ...plan, frozen, tail, tailTokens: tail.reduce((sum, row) => sum + row.tokens.length + 1, 0) };
}
