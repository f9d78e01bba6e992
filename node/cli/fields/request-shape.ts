/** Which arguments and flags a request has on the command line, and the request that they make. */
import { Argument, Option } from "commander";
import type { Command } from "commander";
import type { AnyCodec, FieldTable, JsonValue } from "../../../chain/codec/index.js";
import { EdgeFailure, isFailure } from "../../errors.js";
import { kebabCase, withAccounts } from "../commands/types.js";
import type { MethodCommand } from "../commands/types.js";
import { fieldJson, valueHint } from "./field-json.js";
import type { FieldSources } from "./field-json.js";
import { enumChoices } from "./scalar-json.js";

interface Positional {
  /** As commander writes it: "<address>", "[denom]", "<coins...>". */
  readonly word: string;
  readonly field: FieldTable;
}

interface FieldFlag {
  /** Without the dashes. */
  readonly name: string;
  readonly about: string;
  readonly field: FieldTable;
}

export interface RequestShape {
  readonly codec: AnyCodec;
  readonly positional: readonly Positional[];
  readonly flags: readonly FieldFlag[];
  /** The field of a PageRequest. */
  readonly paging: FieldTable | undefined;
}

const PAGE_REQUEST = "cosmos.base.query.v1beta1.PageRequest";

function aboutOf(field: FieldTable, isRepeated = field.repeated === true): string {
  const repeats = isRepeated ? "; may be repeated" : "";
  if (field.kind !== "enum") return `${field.json.replaceAll("_", " ")}${repeats}`;
  const choices = [...enumChoices(field.names?.() ?? {}).keys()].filter((choice) => choice !== "unspecified");
  return `${field.json.replaceAll("_", " ")}: ${choices.join(", ")}${repeats}`;
}

function flagOf(field: FieldTable, { flags = {} }: MethodCommand, taken: ReadonlySet<string>): FieldFlag {
  const given = flags[field.json];
  const name = given?.name ?? kebabCase(field.json);
  return { name: taken.has(name) ? `request-${name}` : name, about: given?.about ?? aboutOf(field), field };
}

export interface ShapeLimits {
  /** Fields that are filled in another way, such as the signer. */
  readonly hidden?: readonly string[];
  /** Flags that the command has anyway; a field of such a name gets a prefix. */
  readonly taken: ReadonlySet<string>;
}

/** @throws TypeError on a table that does not fit the message. */
export function shapeOf(codec: AnyCodec, command: MethodCommand, { hidden = [], taken }: ShapeLimits): RequestShape {
  const [, ...words] = command.use.split(" ");
  const { args = [] } = command;
  const { fields } = withAccounts(codec, command);
  if (words.length !== args.length) throw new TypeError(`${command.use}: ${args.length} fields for ${words.length} arguments`);
  const positional = words.map((word, i) => {
    const field = fields.find((f) => f.json === args[i]);
    if (field === undefined) throw new TypeError(`${codec.typeName} has no field ${args[i] ?? ""}`);
    return { word, field };
  });
  const rest = fields.filter((field) => !args.includes(field.json) && !hidden.includes(field.json));
  const paging = rest.find((field) => field.type?.().typeName === PAGE_REQUEST);
  const flags = rest.filter((field) => field !== paging).map((field) => flagOf(field, command, taken));
  return { codec, positional, flags, paging };
}

function collect(text: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), text];
}

function optionOf({ name, about, field }: FieldFlag): Option {
  if (field.kind === "bool" && field.repeated !== true) return new Option(`--${name}`, about);
  const option = new Option(`--${name} <${valueHint(field)}>`, about);
  return field.repeated === true ? option.argParser(collect) : option;
}

/** `--limit`, `--offset` and so on, as the SDK calls them. */
function addPaging(command: Command): void {
  command
    .option("--page <n>", "page of results, from 1: sets the offset to a multiple of the limit")
    .option("--page-key <base64>", "where the page before said that the next begins")
    .option("--offset <n>", "how many results to leave out")
    .option("--limit <n>", "most results on a page", "100")
    .option("--count-total", "count all results", false)
    .option("--reverse", "in descending order", false);
}

/** Adds the arguments and flags of the shape. */
export function addShape(command: Command, shape: RequestShape): void {
  for (const { word, field } of shape.positional) command.addArgument(new Argument(word, aboutOf(field, word.includes("..."))));
  for (const flag of shape.flags) command.addOption(optionOf(flag));
  if (shape.paging !== undefined) addPaging(command);
}

interface PagingOptions {
  readonly page?: string;
  readonly pageKey?: string;
  readonly offset?: string;
  readonly limit: string;
  readonly countTotal: boolean;
  readonly reverse: boolean;
}

function countOf(text: string | undefined, flag: string): bigint | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,18}$/.test(text)) return BigInt(text);
  throw new EdgeFailure("malformed", `--${flag} must be a whole number, got "${text.slice(0, 60)}"`);
}

function pagingJson(options: PagingOptions): JsonValue {
  const [page, offset] = [countOf(options.page, "page"), countOf(options.offset, "offset")];
  const limit = countOf(options.limit, "limit") ?? 0n;
  if (page !== undefined && (offset !== undefined || options.pageKey !== undefined)) throw new EdgeFailure("malformed", "--page excludes --offset and --page-key");
  if (page === 0n) throw new EdgeFailure("malformed", "--page counts from 1");
  const start = page === undefined ? (offset ?? 0n) : (page - 1n) * limit;
  return {
    key: options.pageKey ?? "",
    offset: start.toString(),
    limit: limit.toString(),
    count_total: options.countTotal,
    reverse: options.reverse,
  };
}

/** What was typed: the positional arguments in order, and commander's options. */
export interface Typed {
  readonly args: readonly (string | readonly string[] | undefined)[];
  readonly options: Readonly<Record<string, unknown>>;
}

function textsOf(value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "boolean") return [String(value)];
  return Array.isArray(value) ? (value as readonly string[]) : [value as string];
}

/** Commander's name of a flag. */
function camelCase(name: string): string {
  return name.replaceAll(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** The failure of a value, with the name of what it was given for. */
function named(error: unknown, name: string): unknown {
  if (!isFailure(error, "malformed")) return error;
  return new EdgeFailure("malformed", `${name} ${error.message.replace(/^it:? /, "")}`, error.facts, error);
}

/** JSON of the request. @throws EdgeFailure "malformed" naming the argument or flag, "not-found" on a missing file or key. */
export async function requestJson(shape: RequestShape, { args, options }: Typed, sources: FieldSources): Promise<Readonly<Record<string, JsonValue>>> {
  const given = [
    ...shape.positional.map(({ word, field }, i) => ({ name: word, field, texts: textsOf(args[i]) })),
    ...shape.flags.map(({ name, field }) => ({ name: `--${name}`, field, texts: textsOf(options[camelCase(name)]) })),
  ];
  const json: Record<string, JsonValue> = {};
  for (const { name, field, texts } of given) {
    if (texts === undefined || texts.length === 0) continue;
    try {
      json[field.json] = await fieldJson(field, texts, sources);
    } catch (error) {
      throw named(error, name);
    }
  }
  if (shape.paging !== undefined) json[shape.paging.json] = pagingJson(options as object as PagingOptions);
  return json;
}
