import { Argument } from "commander";
import type { Command } from "commander";
import { existsSync, writeFileSync } from "node:fs";
import { parseClientSettings } from "../config/client-settings.js";
import { compareSettings, migrateSettings } from "../config/compare-settings.js";
import { setTomlValue } from "../config/edit-toml.js";
import { readText } from "../config/home.js";
import type { Home } from "../config/home.js";
import { formatOptions, formatValue, optionsOf, placeOf } from "../config/options.js";
import type { ConfigOption, OptionFile, OptionValue } from "../config/options.js";
import { parseSettings } from "../config/settings.js";
import { parseToml } from "../config/table.js";
import { EdgeFailure } from "../errors.js";
import { nearest } from "../nearest.js";
import { homeOf, outerHomeOption, withOutput } from "./common-options.js";
import type { CommandContext, OutputOptions } from "./common-options.js";
import { formatYaml } from "./format-output.js";
import { writeNewFile } from "./new-file.js";

const FILES: readonly OptionFile[] = ["config", "app", "client"];

/** Text of one file; client.toml may be absent. */
function textOf(home: Home, file: OptionFile): string {
  return file === "client" && !existsSync(home.client) ? "" : readText(home[file]);
}

/** @throws EdgeFailure "config" naming the setting that was probably meant. */
function optionAt(file: OptionFile, place: string): ConfigOption {
  const options = optionsOf(file);
  const found = options.find((o) => placeOf(o) === place);
  if (found !== undefined) return found;
  const near = nearest(place, options.map(placeOf));
  throw new EdgeFailure("config", `${file}.toml has no setting "${place}"; did you mean ${near}?`);
}

/** What the file says, or the default. */
function valueOf(text: string, option: ConfigOption): OptionValue {
  const root = parseToml(text, `${option.file}.toml`);
  const table = option.section === "" ? root : root[option.section];
  const value = (table as Record<string, unknown> | undefined)?.[option.name];
  return (value as OptionValue | undefined) ?? option.value;
}

/** TOML of a value given on the command line, by the type of the setting. @throws EdgeFailure "config". */
function tomlOf(option: ConfigOption, text: string): string {
  const place = placeOf(option);
  if (typeof option.value === "string") return formatValue(text);
  if (typeof option.value === "boolean") {
    if (text === "true" || text === "false") return text;
    throw new EdgeFailure("config", `${place} must be true or false, got "${text}"`);
  }
  if (typeof option.value === "number") {
    if (/^\d{1,15}$/.test(text)) return String(Number(text));
    throw new EdgeFailure("config", `${place} must be a whole number, got "${text}"`);
  }
  return formatValue(itemsOf(place, text));
}

/** A list as the file has it, or its items with commas between them. */
function itemsOf(place: string, text: string): readonly string[] {
  if (!text.trimStart().startsWith("[")) return text.split(",").map((item) => item.trim()).filter((item) => item !== "");
  const { list } = parseToml(`list = ${text}`, place);
  if (Array.isArray(list) && list.every((item) => typeof item === "string")) return list;
  throw new EdgeFailure("config", `${place} must be a list of texts, got ${text}`);
}

/** All three files as a node and a command would read them. @throws EdgeFailure "config" naming the setting that is wrong. */
function validate(texts: Readonly<Record<OptionFile, string>>): void {
  parseSettings(texts);
  parseClientSettings(texts.client);
}

function textsOf(home: Home): Record<OptionFile, string> {
  return { config: textOf(home, "config"), app: textOf(home, "app"), client: textOf(home, "client") };
}

/** What is wrong with the files, if anything is. */
function complaintOf(texts: Readonly<Record<OptionFile, string>>): EdgeFailure | undefined {
  try {
    validate(texts);
    return undefined;
  } catch (error) {
    if (error instanceof EdgeFailure) return error;
    throw error;
  }
}

/** The files of a new home, and what it would say to the one setting. */
function complaintAlone(option: ConfigOption, toml: string): EdgeFailure | undefined {
  const fresh = Object.fromEntries(FILES.map((file) => [file, formatOptions(file)])) as Record<OptionFile, string>;
  return complaintOf({ ...fresh, [option.file]: setTomlValue(fresh[option.file], option, toml) });
}

/** Files that several settings make wrong are mended one setting after the other. @throws EdgeFailure "config" on a wrong value. */
function set(home: Home, [file, place, value]: readonly [OptionFile, string, string], { terminal }: CommandContext): void {
  const option = optionAt(file, place);
  const texts = textsOf(home);
  const toml = tomlOf(option, value);
  const changed = setTomlValue(texts[file], option, toml);
  const complaint = complaintOf({ ...texts, [file]: changed });
  if (complaint !== undefined) {
    if (complaintOf(texts) === undefined || complaintAlone(option, toml) !== undefined) throw complaint;
    terminal.err(`${place} is set; another setting is still wrong: ${complaint.message}\n`);
  }
  writeFileSync(home[file], changed);
}

function view(home: Home, file: OptionFile, format: string | undefined): string {
  const text = textOf(home, file);
  if (format !== "json") return text;
  const all = optionsOf(file).map((option) => [placeOf(option), valueOf(text, option)] as const);
  return `${JSON.stringify(Object.fromEntries(all))}\n`;
}

function printValue(value: OptionValue, format: string | undefined): string {
  return format === "json" ? `${JSON.stringify(value)}\n` : typeof value === "string" ? `${value}\n` : formatYaml(value);
}

/** What differs from the defaults, a line each. */
function difference(home: Home, file: OptionFile, format: string | undefined): string {
  const found = compareSettings(file, textOf(home, file));
  if (format === "json") return `${JSON.stringify(found)}\n`;
  const lines = [
    ...found.changed.map(({ place, value, fallback }) => `~ ${place}: ${formatValue(value)} (default ${formatValue(fallback)})`),
    ...found.missing.map((place) => `- ${place}: left out, so its default holds`),
    ...found.unknown.map((place) => `+ ${place}: no setting of this version`),
  ];
  return lines.map((line) => `${line}\n`).join("");
}

/** Rewrites a file as this version documents it, and keeps the old one beside it. */
function migrate(home: Home, file: OptionFile, { terminal }: CommandContext): void {
  const text = textOf(home, file);
  const { missing, unknown } = compareSettings(file, text);
  const migrated = migrateSettings(file, text);
  validate({ ...textsOf(home), [file]: migrated });
  if (migrated === text) {
    terminal.err(`${home[file]} is as this version writes it\n`);
    return;
  }
  const backup = `${home[file]}.${Date.now()}.old`;
  if (text !== "") writeNewFile(backup, text);
  writeFileSync(home[file], migrated);
  const said = [
    `Wrote ${home[file]}${text === "" ? "" : `; the file before is ${backup}`}`,
    ...missing.map((place) => `added ${place}`),
    ...unknown.map((place) => `dropped ${place}, which is no setting of this version`),
  ];
  terminal.err(`${said.join("\n")}\n`);
}

const FILE_ARGUMENT = (): Argument => new Argument("<file>", "config, app or client").choices(FILES);

function optionsAndHome(self: Command, context: CommandContext): { readonly options: OutputOptions; readonly home: Home } {
  const options = self.optsWithGlobals<OutputOptions>();
  return { options, home: homeOf(options, context) };
}

/** `config`: the three files of settings. */
export function addConfigCommand(program: Command, context: CommandContext): void {
  const { terminal, done } = context;
  const config = program
    .command("config")
    .summary("Utilities for managing application configuration")
    .description("Reads and changes config.toml, app.toml and client.toml. A change that no node could start with is refused.")
    .addOption(outerHomeOption())
    .helpCommand(false);
  withOutput(config.command("get").description("Print one setting, or its default.").addArgument(FILE_ARGUMENT()).argument("<key>", "section.name")).action(
    (file: OptionFile, place: string, _: unknown, self: Command) => {
      const { options, home } = optionsAndHome(self, context);
      terminal.out(printValue(valueOf(textOf(home, file), optionAt(file, place)), options.output));
      done(0);
    },
  );
  withOutput(config.command("set").description("Change one setting, and keep the comments. Lists are given with commas.").addArgument(FILE_ARGUMENT()))
    .argument("<key>", "section.name")
    .argument("<value>")
    .action((...given: readonly unknown[]) => {
      const [file, place, value, , self] = given as readonly [OptionFile, string, string, unknown, Command];
      set(optionsAndHome(self, context).home, [file, place, value], context);
      done(0);
    });
  withOutput(config.command("view").description("Print a whole file; as JSON, every setting with its value.").addArgument(FILE_ARGUMENT())).action(
    (file: OptionFile, _: unknown, self: Command) => {
      const { options, home } = optionsAndHome(self, context);
      terminal.out(view(home, file, options.output));
      done(0);
    },
  );
  withOutput(config.command("diff").description("Print the settings that differ from their defaults, are left out, or are none of this version's.").addArgument(FILE_ARGUMENT())).action(
    (file: OptionFile, _: unknown, self: Command) => {
      const { options, home } = optionsAndHome(self, context);
      terminal.out(difference(home, file, options.output));
      done(0);
    },
  );
  withOutput(config.command("migrate").description("Rewrite a file with every setting of this version documented; values stay, and the old file is kept beside it.").addArgument(FILE_ARGUMENT())).action(
    (file: OptionFile, _: unknown, self: Command) => {
      migrate(optionsAndHome(self, context).home, file, context);
      done(0);
    },
  );
  withOutput(config.command("validate").description("Check all three files, and say which setting is wrong.")).action((_: unknown, self: Command) => {
    const { home } = optionsAndHome(self, context);
    validate(textsOf(home));
    terminal.err(`The settings in ${home.dir} are valid\n`);
    done(0);
  });
  withOutput(config.command("home").description("Print the folder in use.")).action((_: unknown, self: Command) => {
    terminal.out(`${optionsAndHome(self, context).home.dir}\n`);
    done(0);
  });
}
