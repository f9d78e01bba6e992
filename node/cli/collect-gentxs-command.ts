import type { Command } from "commander";
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compareAscii } from "../../chain/primitives/index.js";
import { applyGentxs } from "../config/collect-gentxs.js";
import { setTomlValue } from "../config/edit-toml.js";
import { loadGenesis, saveGenesis } from "../config/genesis-file.js";
import { parseGentx } from "../config/gentx.js";
import type { Gentx } from "../config/gentx.js";
import { readSettings, readText } from "../config/home.js";
import type { Home } from "../config/home.js";
import { formatValue } from "../config/options.js";
import { isPeer } from "../config/settings.js";
import { EdgeFailure } from "../errors.js";
import { loadIdentity } from "../p2p/identity.js";
import { homeOf, withOutput } from "./common-options.js";
import type { CommandContext, OutputOptions } from "./common-options.js";
import { sayPrepared } from "./prepared-home.js";

interface CollectOptions extends OutputOptions {
  readonly gentxDir?: string;
}

/** A genesis transaction has one or two kilobytes. */
const MAX_BYTES = 65_536;

function readGentx(file: string, chainId: string): Gentx {
  try {
    if (statSync(file).size > MAX_BYTES) throw new EdgeFailure("too-large", "it is too long");
    return parseGentx(readText(file), chainId);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new EdgeFailure("config", `${file} is no genesis transaction of this chain: ${why}`, {}, cause);
  }
}

function readAll(dir: string, chainId: string): readonly Gentx[] {
  let names: readonly string[];
  try {
    names = readdirSync(dir).filter((name) => name.endsWith(".json")).toSorted(compareAscii);
  } catch (cause) {
    throw new EdgeFailure("not-found", `${dir} cannot be read; make a transaction with \`openledgerd genesis gentx\``, {}, cause);
  }
  if (names.length === 0) throw new EdgeFailure("not-found", `${dir} holds no genesis transactions; make one with \`openledgerd genesis gentx\``);
  return names.map((name) => readGentx(join(dir, name), chainId));
}

/** The others' nodes, as their transactions name them. */
function peersOf(gentxs: readonly Gentx[], home: Home): readonly string[] {
  const own = loadIdentity(home.nodeKey).peerId;
  return gentxs.map(({ memo }) => memo).filter((memo) => isPeer(memo) && !memo.endsWith(`/p2p/${own}`));
}

function collect(options: CollectOptions, context: CommandContext): void {
  const home = homeOf(options, context);
  const doc = loadGenesis(home);
  const dir = options.gentxDir ?? join(home.dir, "config", "gentx");
  const gentxs = readAll(dir, doc.chainId);
  const appState = applyGentxs(doc.appState as Readonly<Record<string, unknown>>, gentxs, doc.genesisTime);
  const { moniker } = readSettings(home);
  saveGenesis(home, { ...doc, appState });
  const peers = peersOf(gentxs, home);
  if (peers.length > 0) {
    const place = { section: "p2p", name: "persistent_peers" };
    writeFileSync(home.config, setTomlValue(readText(home.config), place, formatValue(peers)));
  }
  const { nodeId } = loadIdentity(home.nodeKey);
  const next = `send ${home.genesis} to every other node, then start`;
  sayPrepared(context.terminal, options, { home, moniker, chainId: doc.chainId, nodeId, gentxsDir: dir, appState, next });
}

/** `genesis collect-gentxs`. */
export function addCollectGentxsCommand(genesis: Command, context: CommandContext): void {
  const command = genesis
    .command("collect-gentxs")
    .summary("Collect genesis txs and output a genesis.json file")
    .description(
      [
        "Checks every genesis transaction of a folder, bonds each validator with its operator's coins, and connects this node",
        "to the others. One validator collects and sends genesis.json to the rest; all must start from the same file.",
      ].join("\n"),
    )
    .option("--gentx-dir <folder>", "where the transactions lie (default: config/gentx)");
  withOutput(command).action((_: unknown, self: Command) => {
    collect(self.optsWithGlobals<CollectOptions>(), context);
    context.done(0);
  });
}
