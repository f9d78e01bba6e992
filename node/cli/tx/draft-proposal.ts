/** `tx gov draft-proposal`: a proposal for `submit-proposal`, and its metadata, from questions or flags. */
import { existsSync } from "node:fs";
import { InvalidArgumentError } from "commander";
import type { Command } from "commander";
import type { AnyCodec, JsonValue } from "../../../chain/codec/index.js";
import { EdgeFailure } from "../../errors.js";
import { nearest } from "../../nearest.js";
import { MODULES } from "../commands/index.js";
import { commandsOf, withAccounts } from "../commands/types.js";
import type { ServiceCommands, TxCommand } from "../commands/types.js";
import { withKeyring } from "../common-options.js";
import type { CommandContext, KeyringOptions } from "../common-options.js";
import { writeNewFile } from "../new-file.js";
import { sourcesOf } from "../query/module-query.js";
import type { Terminal } from "../terminal.js";
import { coinsOf } from "./custom/pack.js";
import { draftMessage, parseSettings } from "./draft-message.js";
import type { FieldAnswers } from "./draft-message.js";
import { packed } from "./module-tx.js";

const PROPOSAL_FILE = "draft_proposal.json";
const METADATA_FILE = "draft_metadata.json";
/** Stands for the address that the metadata gets once they are published. */
const PLACEHOLDER = "ipfs://CID";
/** As in simd: what a proposal may be about; a text has no message, and any other message is named. */
const KINDS: Readonly<Record<string, string>> = {
  text: "",
  "community-pool-spend": "/cosmos.distribution.v1beta1.MsgCommunityPoolSpend",
  "software-upgrade": "/cosmos.upgrade.v1beta1.MsgSoftwareUpgrade",
  "cancel-software-upgrade": "/cosmos.upgrade.v1beta1.MsgCancelUpgrade",
  other: "",
};
const KIND_NAMES = Object.keys(KINDS);
type MetadataField = "title" | "authors" | "summary" | "details" | "proposal_forum_url" | "vote_option_context";

interface DraftOptions extends KeyringOptions {
  readonly type?: string;
  readonly message?: string;
  readonly title?: string;
  readonly authors?: string;
  readonly summary?: string;
  readonly details?: string;
  readonly proposalForumUrl?: string;
  readonly voteOptionContext?: string;
  readonly deposit?: string;
  readonly expedited: boolean;
  readonly set?: readonly string[];
  readonly skipMetadata: boolean;
}

/** Of every method: addresses are marked where a command says so. */
function codecsOf(commands: ServiceCommands<TxCommand>): readonly AnyCodec[] {
  const marked = new Map(commandsOf(commands).map(([method, command]) => [method.name, withAccounts(method.request, command)]));
  const own = commands.service.methods.map(({ name, request }) => marked.get(name) ?? request);
  return [...own, ...Object.values(commands.versions ?? {}).flatMap(codecsOf)];
}

/** Messages by type URL: all that a transaction can carry. */
function messageCodecs(): ReadonlyMap<string, AnyCodec> {
  const codecs = MODULES.flatMap(({ tx }) => (tx === undefined ? [] : codecsOf(tx)));
  return new Map(codecs.map((codec) => [`/${codec.typeName}`, codec] as const).toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** One of `choices`, by name or number. @throws EdgeFailure "malformed". */
function chosen(text: string, choices: readonly string[], what: string): string {
  const found = choices[Number(text) - 1] ?? choices.find((choice) => choice === text);
  if (found !== undefined) return found;
  throw new EdgeFailure("malformed", `there is no ${what} "${text.slice(0, 100)}"; did you mean ${nearest(text, choices)}?`);
}

/** Asks until the answer fits; a script gets one try. */
async function asked<T>(terminal: Terminal, prompt: string, check: (text: string) => T | Promise<T>): Promise<T> {
  for (;;) {
    const text = (await terminal.line(prompt)).trim();
    try {
      return await check(text);
    } catch (error) {
      if (!terminal.isInteractive || !(error instanceof EdgeFailure)) throw error;
      terminal.err(`${error.message}\n`);
    }
  }
}

function required(name: string): (text: string) => string {
  return (text) => {
    if (text === "") throw new EdgeFailure("malformed", `a proposal needs a ${name}`);
    return text;
  };
}

/** What is not given by a flag: asked for, or left at its default once --type says that this is a script. */
class Questions {
  readonly #terminal: Terminal;
  readonly #isAsking: boolean;

  constructor(terminal: Terminal, isAsking: boolean) {
    this.#terminal = terminal;
    this.#isAsking = isAsking;
  }

  async text(given: string | undefined, prompt: string, check: (text: string) => string): Promise<string> {
    if (given !== undefined || !this.#isAsking) return check(given ?? "");
    return asked(this.#terminal, prompt, check);
  }

  choice(given: string | undefined, prompt: string, choices: readonly string[]): Promise<string> {
    if (given !== undefined) return Promise.resolve(chosen(given, choices, prompt));
    if (!this.#isAsking) throw new EdgeFailure("config", `--type other needs --message, like ${choices[0] ?? ""}`);
    if (this.#terminal.isInteractive) this.#terminal.err(choices.map((choice, i) => `${String(i + 1).padStart(4)}  ${choice}\n`).join(""));
    return asked(this.#terminal, `Select ${prompt}: `, (text) => chosen(text, choices, prompt));
  }

  /** For fields of the message; an empty answer leaves one out. */
  readonly field: FieldAnswers = async (path, hint, check) => {
    if (!this.#isAsking) return undefined;
    return asked(this.#terminal, `Enter msg ${path.replaceAll("_", " ")} <${hint}>: `, (text) => (text === "" ? undefined : check(text)));
  };
}

async function metadataOf(options: DraftOptions, questions: Questions): Promise<Readonly<Record<MetadataField, JsonValue>>> {
  const { title, authors, summary, details, proposalForumUrl, voteOptionContext, skipMetadata } = options;
  const optional = (given: string | undefined, name: string): Promise<string> =>
    skipMetadata ? Promise.resolve(given ?? "") : questions.text(given, `Enter proposal ${name}: `, (text) => text);
  const named = await questions.text(title, "Enter proposal title: ", required("title"));
  const by = await optional(authors, "authors, separated by commas");
  return {
    title: named,
    authors: by.split(",").map((author) => author.trim()).filter((author) => author !== ""),
    summary: await questions.text(summary, "Enter proposal summary: ", required("summary")),
    details: await optional(details, "details"),
    proposal_forum_url: await optional(proposalForumUrl, "forum url"),
    vote_option_context: await optional(voteOptionContext, "vote option context"),
  };
}

async function codecOf({ type, message }: DraftOptions, questions: Questions): Promise<AnyCodec | undefined> {
  const kind = await questions.choice(type, "proposal type", KIND_NAMES);
  if (kind !== "other" && message !== undefined) throw new EdgeFailure("config", "--message is for --type other");
  const codecs = messageCodecs();
  const url = kind === "other" ? await questions.choice(message, "proposal message type", [...codecs.keys()]) : (KINDS[kind] ?? "");
  return codecs.get(url);
}

/** Simd's layout: one space. */
function formatDraft(json: object): string {
  return `${JSON.stringify(json, undefined, 1)}\n`;
}

async function draft(options: DraftOptions, context: CommandContext): Promise<void> {
  const files = options.skipMetadata ? [PROPOSAL_FILE] : [PROPOSAL_FILE, METADATA_FILE];
  const taken = files.find((file) => existsSync(file));
  if (taken !== undefined) throw new EdgeFailure("config", `${taken} is there already; rename or remove it first`);
  const questions = new Questions(context.terminal, options.type === undefined);
  const set = parseSettings(options.set ?? []);
  const codec = await codecOf(options, questions);
  if (codec === undefined && set.size > 0) throw new EdgeFailure("config", "a text has no message whose fields --set could set");
  const metadata = await metadataOf(options, questions);
  const deposit = await questions.text(options.deposit, "Enter proposal deposit: ", (text) => (coinsOf(text, "the deposit"), text));
  const message = codec === undefined ? undefined : await draftMessage(codec, set, questions.field, sourcesOf(options, context));
  if (codec !== undefined) packed(codec, withoutType(message));
  const { title, summary } = metadata;
  const messages = message === undefined ? {} : { messages: [message] };
  writeNewFile(PROPOSAL_FILE, formatDraft({ ...messages, metadata: PLACEHOLDER, deposit, title, summary, expedited: options.expedited }));
  if (!options.skipMetadata) writeNewFile(METADATA_FILE, formatDraft(metadata));
  context.terminal.err(
    [
      `The draft proposal has been written to ${files.join(" and ")}.`,
      `Publish the metadata, on IPFS for instance, and put their address in place of ${PLACEHOLDER} in ${PROPOSAL_FILE}.`,
      `Then: openledgerd tx gov submit-proposal ${PROPOSAL_FILE} --from <key>\n`,
    ].join("\n"),
  );
}

function withoutType(message: JsonValue | undefined): Readonly<Record<string, JsonValue>> {
  return Object.fromEntries(Object.entries(message as Readonly<Record<string, JsonValue>>).filter(([name]) => name !== "@type"));
}

function parseKind(text: string): string {
  if (KIND_NAMES.includes(text)) return text;
  throw new InvalidArgumentError(`there are ${KIND_NAMES.join(", ")}.`);
}

/** Below `tx gov`. */
export function addDraftProposal(gov: Command, context: CommandContext): void {
  const command = gov
    .command("draft-proposal")
    .summary("Generate a draft proposal json file")
    .description(
      [
        `Writes ${PROPOSAL_FILE}, which \`submit-proposal\` reads, with one message at most, and ${METADATA_FILE}. Asks for what no flag`,
        "says; with --type it asks nothing, and what is left out stays empty. Messages are signed by governance.",
      ].join(" "),
    )
    .option("--type <type>", KIND_NAMES.join(", "), parseKind)
    .option("--message <type-url>", "with --type other: the message, like /cosmos.bank.v1beta1.MsgSend")
    .option("--set <field=value>", "a field of the message, within others as plan.height=100; may be repeated", (text: string, before: readonly string[] | undefined) => [...(before ?? []), text])
    .option("--title <text>", "title of the proposal")
    .option("--summary <text>", "summary of the proposal")
    .option("--deposit <coins>", "deposit of the proposal")
    .option("--expedited", "ask for a shorter vote with a higher threshold", false)
    .option("--authors <names>", "who proposes, separated by commas")
    .option("--details <text>", "more about the proposal")
    .option("--proposal-forum-url <url>", "where it is discussed")
    .option("--vote-option-context <text>", "what the options mean")
    .option("--skip-metadata", "write no metadata, and ask for none", false)
    .addHelpText("after", '\nExample:\n  openledgerd tx gov draft-proposal --type community-pool-spend --title "..." --summary "..." --set recipient=ada --set amount=5uopen');
  withKeyring(command).action(async (_: unknown, self: Command) => {
    await draft(self.optsWithGlobals<DraftOptions>(), context);
    context.done(0);
  });
}
