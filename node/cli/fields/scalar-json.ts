/** One value as a person types it, as the JSON that the field tables read. */
import { fromBase64OrHex } from "./bytes-text.js";
import type { FieldTable, JsonValue } from "../../../chain/codec/index.js";
import { toBase64 } from "../../../chain/primitives/index.js";
import { EdgeFailure } from "../../errors.js";
import { nearest } from "../../nearest.js";

/** A complaint about a value; the caller says which argument it was. */
export function unfit(why: string): EdgeFailure {
  return new EdgeFailure("malformed", why);
}

/** What all names of an enum begin with: "VOTE_OPTION_". */
function commonPrefix(names: readonly string[]): string {
  const [first = ""] = names;
  let end = 0;
  while (end < first.length && names.every((name) => name[end] === first[end])) end += 1;
  const shared = names.length < 2 ? "" : first.slice(0, end);
  return shared.slice(0, shared.lastIndexOf("_") + 1);
}

/** Short names of an enum, as people type them: yes, no, no-with-veto. What stands for "nothing said" is left out. */
export function enumChoices(names: Readonly<Record<string, number>>): ReadonlyMap<string, string> {
  const all = Object.keys(names);
  const prefix = commonPrefix(all);
  return new Map(all.map((name) => [name.slice(prefix.length).toLowerCase().replaceAll("_", "-"), name]));
}

function enumJson(text: string, names: Readonly<Record<string, number>>): JsonValue {
  if (Object.hasOwn(names, text)) return text;
  if (/^\d{1,9}$/.test(text) && Object.values(names).includes(Number(text))) return Number(text);
  const choices = enumChoices(names);
  const word = text.toLowerCase().replaceAll("_", "-");
  const found = choices.get(word);
  if (found !== undefined) return found;
  const said = [...choices.keys()].filter((choice) => choice !== "unspecified");
  throw unfit(`must be one of ${said.join(", ")}, got "${text.slice(0, 60)}"; did you mean ${nearest(word, said)}?`);
}

function booleanJson(text: string): boolean {
  if (text === "true" || text === "false") return text === "true";
  throw unfit(`must be true or false, got "${text.slice(0, 60)}"`);
}

/** @throws EdgeFailure "malformed" saying what the value should look like. */
export function scalarJson(field: FieldTable, text: string): JsonValue {
  switch (field.kind) {
    case "string":
      if (field.decimal === true && !/^-?\d{1,60}(\.\d{1,18})?$/.test(text)) throw unfit(`must look like 0.1, got "${text.slice(0, 60)}"`);
      if (field.integer === true && !/^-?\d{1,78}$/.test(text)) throw unfit(`must be a whole number, got "${text.slice(0, 60)}"`);
      return text;
    case "bytes":
      return field.decimal === true ? text : toBase64(fromBase64OrHex(text));
    case "bool":
      return booleanJson(text);
    case "enum":
      return enumJson(text, field.names?.() ?? {});
    case "message":
      throw new TypeError(`${field.json} is a message`);
    default:
      if (!/^-?\d{1,20}$/.test(text)) throw unfit(`must be a whole number, got "${text.slice(0, 60)}"`);
      return text;
  }
}
