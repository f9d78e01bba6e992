import { InvalidArgumentError } from "commander";
import type { Command } from "commander";
import { randomBytes } from "node:crypto";
import { UOPEN } from "../../chain/primitives/index.js";
import { createHome } from "../config/create-home.js";
import { withOutput, homeOf, parseCount } from "./common-options.js";
import type { CommandContext, OutputOptions } from "./common-options.js";
import { parseMnemonic } from "../keyring/index.js";
import { sayPrepared } from "./prepared-home.js";

interface InitOptions extends OutputOptions {
  readonly chainId?: string;
  readonly overwrite: boolean;
  readonly recover: boolean;
  readonly initialHeight: number;
}

/** CometBFT's bound on a chain id. */
const MAX_CHAIN_ID = 50;
/** CometBFT's bound on a moniker. */
const MAX_MONIKER = 70;

const NEXT = "keys add, genesis add-account, genesis gentx, genesis collect-gentxs, start";

function parseChainId(text: string): string {
  if (text.length > MAX_CHAIN_ID || !/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(text)) {
    throw new InvalidArgumentError('letters, digits, "-", "_" and ".", at most 50; it looks like openledger-1.');
  }
  return text;
}

function parseMoniker(text: string): string {
  if (text.trim() === "" || text.length > MAX_MONIKER || /[\u0000-\u001f\u007f]/.test(text)) {
    throw new InvalidArgumentError(`a name of 1 to ${MAX_MONIKER} printable characters.`);
  }
  return text;
}

function parseDenom(text: string): string {
  if (text !== UOPEN) throw new InvalidArgumentError("this chain has one coin, uopen; leave the flag out.");
  return text;
}

async function init(moniker: string, options: InitOptions, context: CommandContext): Promise<void> {
  const { terminal } = context;
  const home = homeOf(options, context);
  const chainId = options.chainId ?? `test-chain-${randomBytes(3).toString("hex")}`;
  const mnemonic = options.recover ? parseMnemonic(await terminal.secret("> Enter your bip39 mnemonic\n")) : undefined;
  const made = createHome(home, {
    moniker,
    chainId,
    overwrite: options.overwrite,
    initialHeight: BigInt(options.initialHeight),
    nowMs: Date.now(),
    ...(mnemonic === undefined ? {} : { mnemonic }),
  });
  sayPrepared(terminal, options, { home, moniker, chainId, ...made, gentxsDir: "", next: NEXT });
}

/** `init`: a home to start from. */
export function addInitCommand(program: Command, context: CommandContext): void {
  const command = program
    .command("init")
    .summary("Initialize private validator, p2p, genesis, and application configuration files")
    .description(
      [
        "Writes a home: config/config.toml, app.toml and client.toml with every setting documented, genesis.json without",
        "validators, the node's key and the validator's key. Existing files are left alone unless --overwrite is given;",
        "keys and signing state are never overwritten.",
        "",
        `Next: ${NEXT}.`,
      ].join("\n"),
    )
    .argument("<moniker>", "what this node calls itself", parseMoniker)
    .option("--chain-id <id>", "genesis file chain-id (default: test-chain-XXXXXX)", parseChainId)
    .option("--overwrite", "overwrite the genesis file and the settings", false)
    .option("--recover", "derive the validator's key from a mnemonic, asked for on standard input", false)
    .option("--initial-height <n>", "height of the first block", parseCount, 1)
    .option("--default-denom <denom>", "accepted for the habit: the only coin is uopen", parseDenom);
  withOutput(command).action(async (moniker: string, _: unknown, self: Command) => {
    await init(moniker, self.optsWithGlobals<InitOptions>(), context);
    context.done(0);
  });
}
