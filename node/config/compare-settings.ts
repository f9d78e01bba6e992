/** What a file of settings says beside its defaults, and the same file as this version would write it. */
import { formatOptions, optionsOf, placeOf } from "./options.js";
import type { ConfigOption, OptionFile, OptionValue } from "./options.js";
import { parseToml } from "./table.js";
import type { Table } from "./table.js";

export interface SettingsDifference {
  /** Settings with another value than the default. */
  readonly changed: readonly { readonly place: string; readonly value: OptionValue; readonly fallback: OptionValue }[];
  /** Settings that the file leaves out, so that their defaults hold. */
  readonly missing: readonly string[];
  /** What is no setting of this version. */
  readonly unknown: readonly string[];
}

function isTable(value: unknown): value is Table {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function valueAt(root: Table, { section, name }: ConfigOption): OptionValue | undefined {
  const table = section === "" ? root : root[section];
  return isTable(table) ? (table[name] as OptionValue | undefined) : undefined;
}

/** Places of all values of a file, "section.name". */
function placesOf(root: Table): readonly string[] {
  return Object.entries(root).flatMap(([name, value]) => (isTable(value) ? Object.keys(value).map((inner) => `${name}.${inner}`) : [name]));
}

/** @throws EdgeFailure "config" on text that is no TOML. */
export function compareSettings(file: OptionFile, text: string): SettingsDifference {
  const root = parseToml(text, `${file}.toml`);
  const options = optionsOf(file);
  const known = new Set(options.map(placeOf));
  const held = options.map((option) => ({ place: placeOf(option), value: valueAt(root, option), fallback: option.value }));
  return {
    changed: held.flatMap(({ place, value, fallback }) => (value === undefined || JSON.stringify(value) === JSON.stringify(fallback) ? [] : [{ place, value, fallback }])),
    missing: held.filter(({ value }) => value === undefined).map(({ place }) => place),
    unknown: placesOf(root).filter((place) => !known.has(place)),
  };
}

/** The file with every setting of this version documented, and the values that it had. What is no setting any more is left out. */
export function migrateSettings(file: OptionFile, text: string): string {
  const { changed } = compareSettings(file, text);
  return formatOptions(file, Object.fromEntries(changed.map(({ place, value }) => [place, value])));
}
