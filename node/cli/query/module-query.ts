/** `query <module> <verb>`, made from the tables. */
import { Option } from "commander";
import type { Command } from "commander";
import { anyFromJson } from "../../../chain/codec/index.js";
import type { MethodTable } from "../../../chain/codec/index.js";
import { addressArgument } from "../address-argument.js";
import { TYPES } from "../codecs.js";
import { commandsOf } from "../commands/types.js";
import type { MethodCommand, ModuleCommands, QueryCommand, ServiceCommands } from "../commands/types.js";
import { clientSettingsOf, outerHomeOption, parseCount, withKeyring } from "../common-options.js";
import type { CommandContext, KeyringOptions } from "../common-options.js";
import { addExample } from "../fields/example.js";
import type { FieldSources } from "../fields/field-json.js";
import { addShape, requestJson, shapeOf } from "../fields/request-shape.js";
import type { RequestShape } from "../fields/request-shape.js";
import { readTextFile } from "../file-argument.js";
import { printMessage } from "../print-message.js";
import { createRpc } from "../rpc.js";
import type { Rpc } from "../rpc.js";
import { nodeOption } from "../status-command.js";
import { queryState } from "./query-state.js";

export interface QueryOptions extends KeyringOptions {
  readonly node?: string;
  readonly height: number;
}

/** Flags of every query. */
const TAKEN: ReadonlySet<string> = new Set(["home", "output", "node", "height", "help", "keyring-backend", "keyring-dir"]);

const QUERY_MS = 60_000;

/** A query ends, whatever the node does. */
export function querySignal(): AbortSignal {
  return AbortSignal.timeout(QUERY_MS);
}

/** --node, else client.toml. */
export function rpcOf(options: { readonly home?: string; readonly node?: string }, context: CommandContext): Rpc {
  return createRpc(options.node ?? clientSettingsOf(options, context).node);
}

/** Addresses by key name, and files. */
export function sourcesOf(options: KeyringOptions, context: CommandContext): FieldSources {
  return { address: (text, kind) => addressArgument(text, kind, options, context), file: readTextFile };
}

/** Adds --node, --height, --output, --home and the keyring, whose keys stand for addresses. */
export function withQuery(command: Command): Command {
  return withKeyring(command)
    .addOption(nodeOption())
    .addOption(new Option("--height <n>", "state after this block (default: the last)").argParser(parseCount).default(0, "0"));
}

interface Call {
  readonly path: string;
  readonly method: MethodTable;
  readonly shape: RequestShape;
}

/** Commander hands over the positional arguments, the options, and the command. */
async function runQuery({ path, method, shape }: Call, given: readonly unknown[], context: CommandContext): Promise<void> {
  const self = given.at(-1) as Command;
  const options = self.optsWithGlobals<QueryOptions>();
  const args = given.slice(0, -2) as readonly (string | readonly string[] | undefined)[];
  const json = await requestJson(shape, { args, options: { ...options } }, sourcesOf(options, context));
  const request = method.request.encode(anyFromJson(method.request, json, { registry: TYPES }) as never);
  const bytes = await queryState(rpcOf(options, context), { path, request, height: BigInt(options.height) }, querySignal());
  printMessage(method.response, method.response.decode(bytes, { unknown: "ignore" }), options, context);
}

function addQuery(parent: Command, { use, about, aliases = [], example }: MethodCommand, call: Call, context: CommandContext): void {
  const command = parent.command(use.split(" ")[0] ?? use).description(about).aliases([...aliases]);
  addShape(command, call.shape);
  withQuery(command).action(async (...given: readonly unknown[]) => {
    await runQuery(call, given, context);
    context.done(0);
  });
  addExample(command, call.shape, example);
}

function addService(parent: Command, commands: ServiceCommands<QueryCommand>, context: CommandContext): void {
  for (const [method, command] of commandsOf(commands)) {
    const path = `/${commands.service.typeName}/${method.name}`;
    addQuery(parent, command, { path, method, shape: shapeOf(method.request, command, { taken: TAKEN }) }, context);
  }
  for (const [version, below] of Object.entries(commands.versions ?? {})) {
    addService(addGroup(parent, { name: version, about: `Queries of ${below.service.typeName}` }), below, context);
  }
}

/** A command that only has others below it. */
export function addGroup(parent: Command, { name, about, aliases = [] }: Pick<ModuleCommands, "name" | "about" | "aliases">): Command {
  return parent.command(name).description(about).aliases([...aliases]).addOption(outerHomeOption()).helpCommand(false);
}

/** The queries of every module. */
export function addModuleQueries(query: Command, modules: readonly ModuleCommands[], context: CommandContext): void {
  for (const module of modules) {
    if (module.query === undefined) continue;
    const { name, aliases = [] } = module;
    addService(addGroup(query, { name, aliases, about: `Querying commands for the ${name} module: ${module.about}` }), module.query, context);
  }
}
