/** `tx <module> <verb>`, made from the tables. */
import type { Command } from "commander";
import { anyFromJson, formatAddress } from "../../../chain/codec/index.js";
import type { AnyCodec, JsonValue, MethodTable } from "../../../chain/codec/index.js";
import { moduleAddress } from "../../../chain/crypto/index.js";
import type { Any } from "../../../proto/gen/google/protobuf.js";
import { EdgeFailure } from "../../errors.js";
import { TYPES } from "../codecs.js";
import { commandsOf } from "../commands/types.js";
import type { MethodCommand, ModuleCommands, ServiceCommands, TxCommand } from "../commands/types.js";
import type { CommandContext } from "../common-options.js";
import { addExample } from "../fields/example.js";
import { addShape, requestJson, shapeOf } from "../fields/request-shape.js";
import type { RequestShape, Typed } from "../fields/request-shape.js";
import { addGroup, sourcesOf } from "../query/module-query.js";
import type { CustomTx } from "./custom-tx.js";
import { PROPOSAL_FLAGS, addProposalFlags, proposalOf } from "./proposal.js";
import type { ProposalOptions } from "./proposal.js";
import { sendTx } from "./send-tx.js";
import { senderOfOptions } from "./signer.js";
import type { Sender } from "./signer.js";
import { TX_FLAGS, withTx } from "./tx-options.js";
import type { TxOptions } from "./tx-options.js";

/** The field of who signs, which --from fills. */
const AUTHORITY = "authority";

export function packed(codec: AnyCodec, json: Readonly<Record<string, JsonValue>>): Any {
  const value = codec.encode(anyFromJson(codec, json, { registry: TYPES }) as never);
  return { typeUrl: `/${codec.typeName}`, value };
}

interface MessageCall {
  readonly codec: AnyCodec;
  readonly shape: RequestShape;
  /** Field of the signer's address; undefined where the message has none. */
  readonly signer: string | undefined;
}

function callOf({ request: codec }: MethodTable, command: MethodCommand): MessageCall {
  const [signer] = codec.options.signers ?? [];
  const isPositional = command.args?.includes(signer ?? "") === true;
  const taken = signer === AUTHORITY ? new Set([...TX_FLAGS, ...PROPOSAL_FLAGS]) : TX_FLAGS;
  return { codec, signer, shape: shapeOf(codec, command, { hidden: signer === undefined || isPositional ? [] : [signer], taken }) };
}

/** Where the signer stands among the arguments (`send FROM TO AMOUNT`), it is --from. */
function withFrom(options: TxOptions, { shape, signer }: MessageCall, args: Typed["args"]): TxOptions {
  const at = shape.positional.findIndex(({ field }) => field.json === signer && field.address !== "validator");
  const given = at === -1 ? undefined : args[at];
  if (typeof given !== "string" || given === "") return options;
  if (options.from !== undefined && options.from !== given) throw new EdgeFailure("config", `the message is signed by ${given}; leave --from out`);
  return { ...options, from: given };
}

function signerText({ codec, signer }: MessageCall, sender: Sender): string {
  const kind = codec.fields.find((field) => field.json === signer)?.address;
  return kind === "validator" ? sender.operator : sender.account;
}

/** The message, signed for by `sender`. @throws EdgeFailure "config" when it names another signer. */
async function messageOf(call: MessageCall, typed: Typed, sender: Sender, sources: Parameters<typeof requestJson>[2]): Promise<Any> {
  const json = await requestJson(call.shape, typed, sources);
  const { signer } = call;
  if (signer === undefined) return packed(call.codec, json);
  if (signer === AUTHORITY) return packed(call.codec, { ...json, authority: formatAddress(moduleAddress("gov")) });
  const own = signerText(call, sender);
  const named = json[signer] ?? own;
  if (named !== own) throw new EdgeFailure("config", `the message is for ${typeof named === "string" ? named : "another"} to sign, and --from is ${own}`);
  return packed(call.codec, { ...json, [signer]: own });
}

async function run(call: MessageCall, given: readonly unknown[], context: CommandContext): Promise<void> {
  const self = given.at(-1) as Command;
  const args = given.slice(0, -2) as Typed["args"];
  const options = withFrom(self.optsWithGlobals<TxOptions>(), call, args);
  const sender = await senderOfOptions(options, context);
  const message = await messageOf(call, { args, options: { ...options } }, sender, sourcesOf(options, context));
  const isProposal = call.signer === AUTHORITY;
  await sendTx([isProposal ? proposalOf([message], sender, self.optsWithGlobals<ProposalOptions>()) : message], options, context);
}

function addMessage(parent: Command, { use, about, aliases = [], example }: MethodCommand, call: MessageCall, context: CommandContext): void {
  const command = parent.command(use.split(" ")[0] ?? use).description(about).aliases([...aliases]);
  addShape(command, call.shape);
  if (call.signer === AUTHORITY) addProposalFlags(command);
  withTx(command).action(async (...given: readonly unknown[]) => {
    await run(call, given, context);
    context.done(0);
  });
  const isFrom = call.shape.positional.some(({ field }) => field.json === call.signer);
  const proposal = call.signer === AUTHORITY ? '--title "..." --summary "..." --deposit 1000000uopen ' : "";
  addExample(command, call.shape, example === undefined || example.includes("--from") || isFrom ? example : `${example} --from ada`, `${proposal}${isFrom ? "" : "--from ada"}`);
}

function addService(parent: Command, commands: ServiceCommands<TxCommand>, context: CommandContext): void {
  for (const [method, command] of commandsOf(commands)) addMessage(parent, command, callOf(method, command), context);
  for (const [version, below] of Object.entries(commands.versions ?? {})) {
    addService(addGroup(parent, { name: version, about: `Messages of ${below.service.typeName}` }), below, context);
  }
}

function addCustom(parent: Command, custom: CustomTx, context: CommandContext): void {
  const command = parent.command(custom.use).description(custom.about);
  custom.flags?.(command);
  withTx(command).action(async (...given: readonly unknown[]) => {
    const self = given.at(-1) as Command;
    const typed = self.optsWithGlobals<TxOptions>();
    const args = given.slice(0, -2) as Typed["args"];
    const options = custom.from === undefined ? typed : { ...typed, from: custom.from(args) };
    const sender = await senderOfOptions(options, context);
    const messages = await custom.build({ args, options, sender, sources: sourcesOf(options, context), context });
    await sendTx(messages, options, context);
    context.done(0);
  });
  addExample(command, { positional: [] }, custom.example);
}

/** The transactions of every module: of the tables, and those made by hand. */
export function addModuleTxs(tx: Command, modules: readonly ModuleCommands[], customs: readonly CustomTx[], context: CommandContext): void {
  for (const module of modules) {
    if (module.tx === undefined) continue;
    const { name, aliases = [] } = module;
    const group = addGroup(tx, { name, aliases, about: `Transactions commands for the ${name} module: ${module.about}` });
    for (const custom of customs) if (custom.module === name) addCustom(group, custom, context);
    addService(group, module.tx, context);
  }
}
