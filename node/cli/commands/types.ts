import type { AnyCodec, MethodTable, ServiceTable } from "../../../chain/codec/index.js";

/**
 * What a module offers on the command line, as data: `query` and `tx` commands are made from these tables and the message
 * tables of proto/gen, so that a field cannot be missing and a name cannot differ (ADR 0141).
 */

/** One method of a service as a command. */
export interface MethodCommand {
  /** Of the service: "Balance". */
  readonly method: string;
  /** Name and positional arguments as they are typed: `balance <address> [denom]`; `<coins...>` takes all that follow. */
  readonly use: string;
  /** Which field of the request each positional argument is, in the same order; names of the .proto. */
  readonly args?: readonly string[];
  /** Fields with addresses of accounts of which the .proto does not say so: names of keys may stand for them. */
  readonly accounts?: readonly string[];
  readonly aliases?: readonly string[];
  /** One line of help. */
  readonly about: string;
  /** Behind `openledgerd query bank `; made from the kinds of the arguments when left out. */
  readonly example?: string;
  /** Fields whose flag has another name or help than the .proto's. */
  readonly flags?: Readonly<Record<string, FlagText>>;
}

export interface FlagText {
  readonly name: string;
  readonly about?: string;
}

export type QueryCommand = MethodCommand;

export type TxCommand = MethodCommand;

/** A service with the commands of its methods; a method without one gets its own name, and a flag for every field. */
export interface ServiceCommands<C extends MethodCommand> {
  readonly service: ServiceTable;
  readonly commands: readonly C[];
  /** Methods that other commands reach, which are then named. */
  readonly elsewhere?: Readonly<Record<string, string>>;
  /** Services of another version, as `query gov v1beta1 ...`. */
  readonly versions?: Readonly<Record<string, ServiceCommands<C>>>;
}

export interface ModuleCommands {
  /** As typed: `query bank`. */
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly about: string;
  readonly query?: ServiceCommands<QueryCommand>;
  readonly tx?: ServiceCommands<TxCommand>;
}

/** "AllBalances" to "all-balances". */
export function kebabCase(name: string): string {
  return name
    .replaceAll(/([a-z0-9])([A-Z])/g, "$1-$2")
    .replaceAll(/([A-Z]+)([A-Z][a-z])/g, "$1-$2")
    .replaceAll("_", "-")
    .toLowerCase();
}

/** The command of a method that no table mentions. */
function plainCommand(service: ServiceTable, { name }: MethodTable): MethodCommand {
  if (service.msg === true && name === "UpdateParams") {
    const about = "Submit a proposal to update the module's params; all of them must be given, as JSON";
    return { method: name, use: "update-params-proposal <params>", args: ["params"], about };
  }
  return { method: name, use: kebabCase(name), about: `Calls ${service.typeName}/${name}` };
}

/** The command of every method but those reached elsewhere: first as the tables list them, then the others. */
export function commandsOf<C extends MethodCommand>({ service, commands, elsewhere = {} }: ServiceCommands<C>): readonly (readonly [MethodTable, MethodCommand])[] {
  const described = commands.map((command) => {
    const method = service.methods.find((m) => m.name === command.method);
    if (method === undefined) throw new TypeError(`${service.typeName} has no method ${command.method}`);
    return [method, command] as const;
  });
  const names = new Set([...commands.map((c) => c.method), ...Object.keys(elsewhere)]);
  const others = service.methods.filter((m) => !names.has(m.name));
  return [...described, ...others.map((m) => [m, plainCommand(service, m)] as const)];
}

/** The request with the addresses marked of which its .proto says nothing. */
export function withAccounts(codec: AnyCodec, { accounts = [] }: MethodCommand): AnyCodec {
  if (accounts.length === 0) return codec;
  return { ...codec, fields: codec.fields.map((field) => (accounts.includes(field.json) ? { ...field, address: "account" } : field)) };
}
