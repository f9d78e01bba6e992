import type { Command } from "commander";
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { formatConsensusAddress } from "../../chain/codec/index.js";
import { toBase64 } from "../../chain/primitives/index.js";
import { cometHomeOf } from "../comet/paths.js";
import { FRESH_SIGNER_STATE } from "../config/create-home.js";
import { writeSecret } from "../config/home.js";
import type { Home } from "../config/home.js";
import { loadKey } from "../engine/key-file.js";
import { EdgeFailure } from "../errors.js";
import { loadIdentity } from "../p2p/identity.js";
import { COMET_VERSION } from "../version.js";
import { homeOf, outerHomeOption, outputOf, withOutput } from "./common-options.js";
import type { CommandContext, OutputOptions } from "./common-options.js";
import { formatResult } from "./format-output.js";
import { confirm } from "./terminal.js";

interface ResetOptions extends OutputOptions {
  readonly yes: boolean;
}

/** The consensus key as JSON with its type: what `create-validator` wants. */
export function formatConsensusKey(home: Home): string {
  return JSON.stringify({ "@type": "/cosmos.crypto.ed25519.PubKey", key: toBase64(loadKey(home.validatorKey).publicKey) });
}

function showNodeId(options: OutputOptions, context: CommandContext): void {
  const { nodeId, peerId } = loadIdentity(homeOf(options, context).nodeKey);
  const isJson = outputOf(options, context) === "json";
  context.terminal.out(isJson ? formatResult({ node_id: nodeId, peer_id: peerId }, "json") : `${nodeId}\n`);
}

function showAddress(options: OutputOptions, context: CommandContext): void {
  const address = formatConsensusAddress(loadKey(homeOf(options, context).validatorKey).address);
  const isJson = outputOf(options, context) === "json";
  context.terminal.out(isJson ? formatResult({ address }, "json") : `${address}\n`);
}

/** Protocols that this engine speaks the formats of (CometBFT 0.38's numbers). */
const VERSIONS = { cometbft: COMET_VERSION, abci: "2.0.0", block_protocol: 11, p2p_protocol: 8 } as const;

/** A node that runs holds its stores open; removing them under it would lose what it signed. @throws EdgeFailure "not-found", "storage". */
async function checkStopped(home: Home): Promise<void> {
  if (!existsSync(home.data)) throw new EdgeFailure("not-found", `${home.data} does not exist; nothing to reset`);
  const { isInUse } = await import("../engine-move/comet-databases.js");
  const open = [home.stateDb, join(home.data, "blocks"), cometHomeOf(home).blockStore].find(isInUse);
  if (open !== undefined) throw new EdgeFailure("storage", `${open} is in use; stop the node first`);
}

/** What CometBFT holds of the chain, and what moves to the embedded engine have put aside. */
function cometData(home: Home): readonly string[] {
  const { dir } = cometHomeOf(home);
  if (!existsSync(dir)) return [];
  return readdirSync(dir).filter((name) => /^data(\.moved-\d+)?$/.test(name)).map((name) => join(dir, name));
}

async function resetAll(options: ResetOptions, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const home = homeOf(options, context);
  await checkStopped(home);
  const comet = cometData(home);
  const where = [home.data, ...comet].join(", ");
  const question = `This removes all blocks, state and blobs in ${where} and what the validator signed last; where others of its chain go on, signing again can be a double sign. Is the node stopped, and do you want this?`;
  if (!options.yes && !(await confirm(terminal, question))) throw new EdgeFailure("aborted", "aborted; nothing was removed");
  for (const path of [...readdirSync(home.data).map((name) => join(home.data, name)), ...comet]) rmSync(path, { recursive: true, force: true });
  writeSecret(home.validatorState, FRESH_SIGNER_STATE);
  terminal.err(`Removed all data in ${where}; keys and settings were kept\n`);
}

type Shown = readonly [name: string, summary: string, run: (options: OutputOptions, context: CommandContext) => void];

const SHOWN: readonly Shown[] = [
  [
    "show-validator",
    "Show this node's CometBFT validator info: its consensus public key",
    (options, context) => context.terminal.out(`${formatConsensusKey(homeOf(options, context))}\n`),
  ],
  ["show-address", "Show this node's CometBFT validator consensus address", showAddress],
  ["show-node-id", "Show this node's ID; with --output json its libp2p peer id too, which addresses of peers end in", showNodeId],
  [
    "version",
    "Print CometBFT libraries' version: whose formats this engine speaks",
    (options, context) => context.terminal.out(formatResult(VERSIONS, outputOf(options, context))),
  ],
];

/** `comet`, also called `tendermint` and `cometbft`. */
export function addCometCommand(program: Command, context: CommandContext): void {
  const comet = program.command("comet").aliases(["cometbft", "tendermint"]).description("The consensus engine's keys and data.").addOption(outerHomeOption())
    .helpCommand(false);
  for (const [name, summary, run] of SHOWN) {
    withOutput(comet.command(name).description(`${summary}.`)).action((_: unknown, self: Command) => {
      run(self.optsWithGlobals<OutputOptions>(), context);
      context.done(0);
    });
  }
  withOutput(comet.command("unsafe-reset-all"))
    .description("Remove all the data, blobs and the signer's memory included; keep keys and settings. Asks first.")
    .option("-y, --yes", "skip confirmation prompt", false)
    .action(async (_: unknown, self: Command) => {
      await resetAll(self.optsWithGlobals<ResetOptions>(), context);
      context.done(0);
    });
}
