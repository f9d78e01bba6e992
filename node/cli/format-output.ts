/** Results as people and programs want them: YAML as Cosmos daemons print it, or one line of JSON. */

/** Plain data: what JSON can hold. */
export type Printable = string | number | boolean | null | readonly Printable[] | { readonly [name: string]: Printable };

export type OutputFormat = "text" | "json";
export const OUTPUT_FORMATS: readonly OutputFormat[] = ["text", "json"];

/** Scalars that YAML would read as something other than this text. */
const OTHER_MEANING = /^(?:|~|null|true|false|yes|no|on|off|y|n|[-+.]?\d[\d.,_eE+-]*|0x[\da-f]+)$/i;
const PLAIN = /^[A-Za-z0-9/_][A-Za-z0-9/_.@+-]*(?:[ :][A-Za-z0-9/_.@+-]+)*$/;

function scalar(value: string | number | boolean | null): string {
  if (typeof value !== "string") return String(value);
  if (PLAIN.test(value) && !OTHER_MEANING.test(value)) return value;
  const isPrintable = !/[\u0000-\u001f\u007f]/.test(value);
  return isPrintable && value.includes('"') ? `'${value.replaceAll("'", "''")}'` : JSON.stringify(value);
}

function isScalar(value: Printable): value is string | number | boolean | null {
  return typeof value !== "object" || value === null;
}

function lines(value: Printable): string[] {
  if (isScalar(value)) return [scalar(value)];
  if (Array.isArray(value)) {
    const items = value as readonly Printable[];
    if (items.length === 0) return ["[]"];
    return items.flatMap((item) => lines(item).map((line, i) => `${i === 0 ? "- " : "  "}${line}`));
  }
  const entries = Object.entries(value);
  if (entries.length === 0) return ["{}"];
  return entries.flatMap(([name, inner]) => {
    const below = lines(inner);
    const isShort = isScalar(inner) || (below.length === 1 && /^(\[\]|\{\})$/.test(below[0] ?? ""));
    if (isShort) return [`${scalar(name)}: ${below[0] ?? ""}`];
    return [`${scalar(name)}:`, ...below.map((line) => (Array.isArray(inner) ? line : `  ${line}`))];
  });
}

/** Ends with a line break. */
export function formatYaml(value: Printable): string {
  return `${lines(value).join("\n")}\n`;
}

/** Ends with a line break. */
export function formatResult(value: Printable, format: OutputFormat): string {
  return format === "json" ? `${JSON.stringify(value)}\n` : formatYaml(value);
}
