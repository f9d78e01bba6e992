import type { Command } from "commander";
import { expect } from "chai";
import { silentSource } from "../../../chain/attest/index.js";
import { createModules } from "../../../modules/app.js";
import { SERVICES } from "../../services.js";
import { TYPES } from "../codecs.js";
import { LEDGER } from "../ledger-commands.js";
import { createProgram } from "../program.js";
import type { Commands } from "../program.js";
import { CUSTOM_TXS } from "../tx/custom/index.js";
import { MODULES } from "./index.js";
import { commandsOf, kebabCase } from "./types.js";
import type { MethodCommand, ServiceCommands } from "./types.js";

const NO_COMMANDS = {} as Commands;
const CONTEXT = { terminal: { isInteractive: false, out: () => undefined, err: () => undefined, close: () => undefined } as never, env: {}, done: () => undefined };

/** Asked by `query tx`, `query txs`, `tx simulate` and so on; and what describes the interfaces of messages to gRPC clients. */
const NOT_MODULES = ["cosmos.tx.v1beta1.Service", "cosmos.base.reflection.v1beta1.ReflectionService"];

/** A service, and those of its other versions. */
function allServices<C extends MethodCommand>(commands: ServiceCommands<C> | undefined): readonly ServiceCommands<C>[] {
  if (commands === undefined) return [];
  return [commands, ...Object.values(commands.versions ?? {}).flatMap(allServices)];
}

function commandAt(program: Command, path: readonly string[]): Command | undefined {
  return path.reduce<Command | undefined>((at, word) => at?.commands.find((c) => c.name() === word), program);
}

function everyCommand(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(everyCommand)];
}

describe("the tables of commands", () => {
  const program = createProgram(NO_COMMANDS, CONTEXT, LEDGER);
  const txs = MODULES.flatMap((m) => allServices(m.tx));
  const queries = MODULES.flatMap((m) => allServices(m.query));
  const sent = new Set([
    ...txs.flatMap((s) => commandsOf(s).map(([method]) => `/${method.request.typeName}`)),
    ...CUSTOM_TXS.flatMap((custom) => custom.sends),
  ]);
  const asked = new Set(queries.flatMap((s) => commandsOf(s).map(([method]) => `/${s.service.typeName}/${method.name}`)));
  const { modules } = createModules(silentSource);

  it("reach every message of the application", () => {
    const missing = modules.flatMap((m) => m.messages.map((route) => route.typeUrl)).filter((url) => !sent.has(url));
    expect(missing).to.deep.equal([]);
  });

  it("reach every query of the application", () => {
    const missing = modules.flatMap((m) => m.queries.map((route) => route.path)).filter((path) => !asked.has(path));
    expect(missing).to.deep.equal([]);
  });

  it("reach every query service that the node serves", () => {
    const missing = SERVICES.filter((s) => !NOT_MODULES.includes(s.typeName)).flatMap((s) => s.methods.map((m) => `/${s.typeName}/${m.name}`));
    expect(missing.filter((path) => !asked.has(path))).to.deep.equal([]);
  });

  it("say where a method is reached that has no command of its own", () => {
    for (const module of MODULES) {
      for (const verb of Object.values(module.tx?.elsewhere ?? {})) {
        expect(commandAt(program, ["tx", module.name, verb]), `${module.name} ${verb}`).to.not.equal(undefined);
      }
    }
  });

  it("name every message that a command sends so that its JSON can be read", () => {
    for (const url of sent) expect(TYPES.find(url)?.typeName, url).to.equal(url.slice(1));
  });

  it("give no two flags or commands of one place the same name", () => {
    for (const command of everyCommand(program)) {
      const flags = command.options.flatMap((o) => [o.long, o.short]).filter((flag) => flag !== undefined);
      expect(new Set(flags).size, command.name()).to.equal(flags.length);
      const names = command.commands.flatMap((c) => [c.name(), ...c.aliases()]);
      expect(new Set(names).size, command.name()).to.equal(names.length);
    }
  });

  it("show help with an example for each", () => {
    for (const group of ["query", "tx"]) {
      for (const command of everyCommand(commandAt(program, [group]) ?? program)) {
        if (command.commands.length > 0) continue;
        expect(command.description(), command.name()).to.not.equal("");
        let help = "";
        command.configureOutput({ writeOut: (text) => (help += text) });
        command.outputHelp();
        expect(help, command.name()).to.match(/Example:\n {2}openledgerd (query|tx) /);
      }
    }
  });

  it("turn the names of methods into words", () => {
    expect(["AllBalances", "AccountAddressByID", "msg_type_url", "Params"].map(kebabCase)).to.deep.equal(["all-balances", "account-address-by-id", "msg-type-url", "params"]);
  });
});
