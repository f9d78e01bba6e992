import type { Check } from "./checks.js";
import type { AnswerReport, QuotedRow, ShareLine } from "./report.js";

const UOPEN_PER_OPEN = 1_000_000n;

/** 1234567n as "1,234,567". */
export function formatCount(value: bigint): string {
  const digits = (value < 0n ? -value : value).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  return value < 0n ? `-${digits}` : digits;
}

/** uopen as OPEN with all six places: nothing is rounded. */
export function formatOpen(uopen: bigint): string {
  const rest = (uopen % UOPEN_PER_OPEN).toString().padStart(6, "0");
  return `${formatCount(uopen / UOPEN_PER_OPEN)}.${rest}`;
}

/** 123456 ppm as "12.3456 %". */
export function formatPpm(ppm: number): string {
  return `${Math.floor(ppm / 10_000)}.${(ppm % 10_000).toString().padStart(4, "0")} %`;
}

type Align = "left" | "right";

interface Column {
  readonly title: string;
  readonly align: Align;
}

/** Lines of equal width; cells are padded, never cut. */
export function renderTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map(({ title }, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    columns
      .map(({ align }, i) => {
        const width = widths[i] ?? 0;
        return align === "left" ? (cells[i] ?? "").padEnd(width) : (cells[i] ?? "").padStart(width);
      })
      .join("  ")
      .trimEnd();
  return [line(columns.map((column) => column.title)), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)];
}

const SHARES: readonly Column[] = [
  { title: "contributor", align: "left" },
  { title: "influence", align: "right" },
  { title: "share (ppm)", align: "right" },
  { title: "share", align: "right" },
  { title: "earned (OPEN)", align: "right" },
];

const PAYOUTS: readonly Column[] = [
  { title: "paid as", align: "left" },
  { title: "to", align: "left" },
  { title: "uopen", align: "right" },
  { title: "OPEN", align: "right" },
];

function shareCells({ contributor, influence, ppm, amount }: ShareLine): string[] {
  return [contributor, formatCount(influence), formatCount(BigInt(ppm)), formatPpm(ppm), formatOpen(amount)];
}

/** Text of a model may hold anything: what would move a terminal's cursor is shown as a space. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, " ");
}

const QUOTE_LENGTH = 150;

function quote(text: string): string {
  const clean = printable(text);
  return clean.length > QUOTE_LENGTH ? `${clean.slice(0, QUOTE_LENGTH - 3)}...` : clean;
}

function rowLines({ contributor, contributionId, row, text, span }: QuotedRow): string[] {
  const what = span === undefined ? "pulled towards this answer" : `has the words "${printable(span)}"`;
  return [`  ${contributor}, contribution ${contributionId}, row ${row}, ${what}:`, `    "${quote(text)}"`];
}

const INDENT = (line: string): string => `  ${line}`;

/** One answer: what was asked and said, who shaped it and why, who was paid. */
export function renderAnswer(answer: AnswerReport, number: number): string[] {
  const { verification: v, agreement } = answer;
  const sum = answer.payouts.reduce((total, payout) => total + payout.amount, 0n);
  const payouts = answer.payouts.map(({ role, who, amount }) => [role, who, formatCount(amount), formatOpen(amount)]);
  const basis = `from proofs under header ${v.header.height}, scores included`;
  const verdict = v.equal ? "equal to the last uopen" : `${v.differences.length} DIFFERENCES`;
  return [
    `Question ${number}: "${printable(answer.prompt)}"`,
    `Answer:     "${printable(answer.answer)}"`,
    "",
    "  Who shaped it",
    ...renderTable(SHARES, answer.shares.map(shareCells)).map(INDENT),
    "",
    "  Why",
    ...answer.rows.flatMap(rowLines),
    "",
    "  Who was paid",
    ...renderTable(PAYOUTS, [...payouts, ["sum", "", formatCount(sum), formatOpen(sum)]]).map(INDENT),
    `  The fee is ${formatCount(v.fee)} uopen${sum === v.fee ? ": the sum equals it" : ", THE SUM DOES NOT EQUAL IT"}.` +
      ` Of ${formatOpen(v.escrow)} OPEN in escrow, ${formatOpen(v.refund)} went back.`,
    `  Validators with ${formatCount(agreement.agreeing)} of ${formatCount(agreement.committee)} voting power agreed on these scores.`,
    `  The client library recomputed every payout ${basis}: ${verdict}.`,
  ];
}

const INFLUENCE =
  "Influence is not topical similarity: it measures how much a contributor's rows, through training, made this very answer likelier.";

/** Everything that the story ends with. */
export function renderReport(answers: readonly AnswerReport[], checks: readonly Check[]): string {
  const parts = answers.flatMap((answer, i) => [...renderAnswer(answer, i + 1), ""]);
  const verdicts = checks.map(({ name, holds, found }) => `  ${holds ? "ok    " : "FAILED"}  ${name} (${found})`);
  return ["", ...parts, INFLUENCE, "", "Checks", ...verdicts, ""].join("\n");
}
