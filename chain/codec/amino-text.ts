import { compareBytes, utf8 } from "../primitives/index.js";
import { CodecError } from "./errors.js";
import { MAX_JSON_DEPTH } from "./json.js";
import type { JsonValue } from "./json.js";

/** Go's encoding/json: these five are escaped beside quotes, backslashes and controls. */
const ESCAPED = /["\\<>&\u0000-\u001f\u2028\u2029]/g;
const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

function quote(text: string): string {
  const escaped = text.replace(
    ESCAPED,
    (c) => SHORT[c] ?? `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `"${escaped}"`;
}

function write(value: JsonValue, depth: number): string {
  // An Any adds two objects for each message, a oneof two more.
  if (depth > 4 * MAX_JSON_DEPTH) throw CodecError.Json("nested too deep");
  if (value === null) return "null";
  if (typeof value === "string") return quote(value);
  if (typeof value !== "object") return String(value);
  if (Array.isArray(value)) return `[${value.map((v: JsonValue) => write(v, depth + 1)).join(",")}]`;
  // eslint-disable-next-line determinism/core -- sorted on the next line
  const entries = Object.entries(value as Readonly<Record<string, JsonValue>>)
    .map(([name, held]) => ({ name, order: utf8(name), held }))
    .sort((a, b) => compareBytes(a.order, b.order));
  return `{${entries.map(({ name, held }) => `${quote(name)}:${write(held, depth + 1)}`).join(",")}}`;
}

/**
 * JSON as amino signs it: names sorted by their bytes, no spaces, `<`, `>`, `&` and the two Unicode line ends escaped.
 *
 * @throws Reject sdk/35 when nested too deep.
 */
export function formatAminoJson(value: JsonValue): string {
  return write(value, 0);
}
