import type { Command } from "commander";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { dirname, join } from "node:path";
import { parseDecimal, parseUopen } from "../../chain/codec/index.js";
import { UOPEN, parseBase64 } from "../../chain/primitives/index.js";
import { GenesisLedger } from "../config/genesis-accounts.js";
import { loadGenesis } from "../config/genesis-file.js";
import { formatGentx } from "../config/gentx.js";
import type { Gentx } from "../config/gentx.js";
import { readSettings } from "../config/home.js";
import type { Home } from "../config/home.js";
import { loadKey } from "../engine/key-file.js";
import { EdgeFailure } from "../errors.js";
import { addressOf, formatAddressAs } from "../keyring/index.js";
import type { KeyRecord } from "../keyring/index.js";
import { loadIdentity } from "../p2p/identity.js";
import { parseCoinsArgument } from "./coins-argument.js";
import { homeOf, keyringOf, withKeyring } from "./common-options.js";
import type { CommandContext, KeyringOptions } from "./common-options.js";
import { findKey } from "./keys-find.js";

interface GentxOptions extends KeyringOptions {
  readonly chainId?: string;
  readonly moniker?: string;
  readonly identity: string;
  readonly website: string;
  readonly securityContact: string;
  readonly details: string;
  readonly commissionRate: string;
  readonly commissionMaxRate: string;
  readonly commissionMaxChangeRate: string;
  readonly minSelfDelegation: string;
  readonly pubkey?: string;
  readonly ip?: string;
  readonly nodeId?: string;
  readonly p2pPort?: string;
  readonly outputDocument?: string;
}

/** 0.1 to 10^17. @throws EdgeFailure "malformed" naming the flag. */
function rateOf(text: string, flag: string): string {
  try {
    return parseDecimal(text);
  } catch (cause) {
    throw new EdgeFailure("malformed", `--${flag} must look like 0.1, got "${text}"`, {}, cause);
  }
}

function wholeOf(text: string, flag: string): bigint {
  try {
    return parseUopen(text);
  } catch (cause) {
    throw new EdgeFailure("malformed", `--${flag} must be a whole number of ${UOPEN}, got "${text}"`, {}, cause);
  }
}

/** The validator's key: of this home, or what --pubkey says. */
function consensusKeyOf(options: GentxOptions, home: Home): Uint8Array {
  if (options.pubkey === undefined) return loadKey(home.validatorKey).publicKey;
  try {
    const { "@type": type, key } = JSON.parse(options.pubkey) as Readonly<Record<string, unknown>>;
    if (type === "/cosmos.crypto.ed25519.PubKey" && typeof key === "string") return parseBase64(key);
  } catch (cause) {
    throw new EdgeFailure("malformed", "--pubkey is no JSON; give it as `openledgerd comet show-validator` prints it", {}, cause);
  }
  throw new EdgeFailure("malformed", "--pubkey must be an ed25519 key, as `openledgerd comet show-validator` prints it");
}

/** This machine's first address that is not loopback, as simd chooses. */
function externalIp(): string {
  const all = Object.values(networkInterfaces()).flatMap((list) => list ?? []);
  return all.find((face) => !face.internal && face.family === "IPv4")?.address ?? "127.0.0.1";
}

/** Where others reach this node: what collect-gentxs writes into their persistent_peers. */
function peerAddress(options: GentxOptions, home: Home): string {
  const ip = options.ip ?? externalIp();
  const kind = /^\d{1,3}(\.\d{1,3}){3}$/.test(ip) ? "ip4" : ip.includes(":") ? "ip6" : "dns";
  const port = options.p2pPort ?? String(readSettings(home).p2p.port);
  if (!/^\d{1,5}$/.test(port)) throw new EdgeFailure("malformed", `--p2p-port must be a port, got "${port}"`);
  return `/${kind}/${ip}/tcp/${port}/p2p/${options.nodeId ?? loadIdentity(home.nodeKey).peerId}`;
}

function describe(record: KeyRecord, coins: string, options: GentxOptions, home: Home): Gentx {
  return {
    operator: addressOf(record),
    consensusKey: consensusKeyOf(options, home),
    amount: parseCoinsArgument(coins, "amount"),
    description: {
      moniker: options.moniker ?? readSettings(home).moniker,
      identity: options.identity,
      website: options.website,
      securityContact: options.securityContact,
      details: options.details,
    },
    commission: {
      rate: rateOf(options.commissionRate, "commission-rate"),
      maxRate: rateOf(options.commissionMaxRate, "commission-max-rate"),
      maxChangeRate: rateOf(options.commissionMaxChangeRate, "commission-max-change-rate"),
    },
    minSelfDelegation: wholeOf(options.minSelfDelegation, "min-self-delegation"),
    memo: peerAddress(options, home),
  };
}

/** @throws EdgeFailure "config" unless the account can pay its stake at genesis. */
function checkFunds({ operator, amount }: Gentx, appState: unknown): void {
  const ledger = new GenesisLedger(appState as Readonly<Record<string, unknown>>);
  const address = formatAddressAs("acc", operator);
  if (ledger.account(operator) === undefined) {
    throw new EdgeFailure("config", `account ${address} is not in genesis.json; add it with \`openledgerd genesis add-account\``);
  }
  const free = ledger.spendable(operator);
  if (free < amount) throw new EdgeFailure("config", `account ${address} has ${free}uopen to stake at genesis, less than ${amount}uopen`);
}

function fileOf(options: GentxOptions, home: Home): string {
  if (options.outputDocument !== undefined) return options.outputDocument;
  return join(home.dir, "config", "gentx", `gentx-${loadIdentity(home.nodeKey).nodeId}.json`);
}

async function gentx([name, coins]: readonly [string, string], options: GentxOptions, context: CommandContext): Promise<void> {
  const home = homeOf(options, context);
  const doc = loadGenesis(home);
  if (options.chainId !== undefined && options.chainId !== doc.chainId) {
    throw new EdgeFailure("config", `--chain-id ${options.chainId} is not that of the genesis document, ${doc.chainId}`);
  }
  const record = await findKey(keyringOf(options, context), name);
  if (record.secret === undefined) throw new EdgeFailure("config", `only the public half of ${record.name} is here; it cannot sign`);
  const described = describe(record, coins, options, home);
  checkFunds(described, doc.appState);
  const text = formatGentx(described, doc.chainId, record.secret);
  const file = fileOf(options, home);
  if (existsSync(file)) throw new EdgeFailure("config", `${file} already exists; move it away to make another`);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  context.terminal.err(`Genesis transaction written to "${file}"\n`);
}

/** `genesis gentx`. */
export function addGentxCommand(genesis: Command, context: CommandContext): void {
  const command = genesis
    .command("gentx")
    .summary("Generate a genesis tx carrying a self delegation")
    .description(
      [
        "Signs that this node's validator takes part in the chain with a stake of its operator's coins, and writes it to",
        "config/gentx/. The account must be in genesis.json. Send the file to whoever collects: genesis collect-gentxs.",
      ].join("\n"),
    )
    .argument("<key-name>", "the operator's key")
    .argument("<amount>", "what is staked, like 1000000uopen; 1000000uopen are one unit of voting power")
    .option("--chain-id <id>", "must be that of genesis.json")
    .option("--moniker <name>", "the validator's name (default: the node's)")
    .option("--identity <text>", "identity signature (UPort or Keybase)", "")
    .option("--website <url>", "website", "")
    .option("--security-contact <email>", "whom to tell of security problems", "")
    .option("--details <text>", "what delegators should know", "")
    .option("--commission-rate <rate>", "the validator's share of its delegators' rewards", "0.1")
    .option("--commission-max-rate <rate>", "what it never exceeds", "0.2")
    .option("--commission-max-change-rate <rate>", "most that it rises in a day", "0.01")
    .option("--min-self-delegation <uopen>", "below which the validator is jailed", "1")
    .option("--pubkey <json>", "consensus key of another node, as `comet show-validator` prints it")
    .option("--ip <address>", "where others reach the node (default: this machine's address)")
    .option("--node-id <peer-id>", "libp2p peer id of another node")
    .option("--p2p-port <port>", "port others reach it at (default: that of config.toml)")
    .option("--output-document <file>", "write the genesis transaction to this file");
  withKeyring(command).action(async (name: string, coins: string, _: unknown, self: Command) => {
    await gentx([name, coins], self.optsWithGlobals<GentxOptions>(), context);
    context.done(0);
  });
}
