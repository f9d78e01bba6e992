/** Changes one value of a TOML file and leaves every comment where it is. */
import { EdgeFailure } from "../errors.js";

interface Place {
  readonly section: string;
  readonly name: string;
}

function sectionOf(line: string): string | undefined {
  return /^\s*\[([^[\]]+)\]\s*(?:#.*)?$/.exec(line)?.[1]?.trim();
}

function isSetting(line: string, name: string): boolean {
  const equals = line.indexOf("=");
  return equals !== -1 && line.slice(0, equals).trim().replace(/^"(.*)"$/, "$1") === name;
}

/** Lines [from, to) of a section's body; undefined when the file has none of this name. */
function bodyOf(lines: readonly string[], section: string): { readonly from: number; readonly to: number } | undefined {
  const from = section === "" ? 0 : lines.findIndex((line) => sectionOf(line) === section) + 1;
  if (section !== "" && from === 0) return undefined;
  const next = lines.findIndex((line, i) => i >= from && sectionOf(line) !== undefined);
  return { from, to: next === -1 ? lines.length : next };
}

/**
 * The text with one setting changed, or added to its section. `value` is TOML.
 *
 * @throws EdgeFailure "config" when the setting's value spans several lines: that is for an editor.
 */
export function setTomlValue(text: string, { section, name }: Place, value: string): string {
  const lines = text.replace(/\n$/, "").split("\n");
  const body = bodyOf(lines, section);
  if (body === undefined) return `${[...lines, "", `[${section}]`, `${name} = ${value}`].join("\n")}\n`;
  const at = lines.findIndex((line, i) => i >= body.from && i < body.to && isSetting(line, name));
  if (at === -1) return `${lines.toSpliced(body.to, 0, `${name} = ${value}`).join("\n")}\n`;
  const old = lines[at] ?? "";
  const rest = old.slice(old.indexOf("=") + 1).trim();
  if (/^(\[(?!.*\])|"""|''')/.test(rest)) throw new EdgeFailure("config", `${name} has a value of several lines; change it with an editor`);
  return `${lines.with(at, `${old.slice(0, old.indexOf("=") + 1)} ${value}`).join("\n")}\n`;
}
