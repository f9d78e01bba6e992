/** The flags of every transaction, with the names and meaning that Cosmos daemons give them. */
import { InvalidArgumentError, Option } from "commander";
import type { Command } from "commander";
import { parseGasPrice } from "../../config/settings.js";
import { parseCoinsArgument } from "../coins-argument.js";
import { withKeyring } from "../common-options.js";
import type { KeyringOptions } from "../common-options.js";
import { nodeOption } from "../status-command.js";

export type BroadcastMode = "sync" | "async";
export type SignModeName = "direct" | "amino-json";

export const BROADCAST_MODES: readonly BroadcastMode[] = ["sync", "async"];
export const SIGN_MODES: readonly SignModeName[] = ["direct", "amino-json"];

/** What decides who signs, and over what. */
export interface SigningOptions extends KeyringOptions {
  readonly from?: string;
  readonly chainId?: string;
  readonly node?: string;
  readonly sequence?: bigint;
  readonly accountNumber?: bigint;
  readonly offline: boolean;
  readonly signMode?: SignModeName;
}

export interface TxOptions extends SigningOptions {
  /** undefined: estimated by simulation. */
  readonly gas?: bigint | "auto";
  readonly gasAdjustment?: number;
  readonly gasPrices?: string;
  readonly fees?: string;
  readonly feePayer?: string;
  readonly feeGranter?: string;
  readonly note: string;
  readonly timeoutHeight?: bigint;
  readonly timeoutDuration?: string;
  readonly unordered: boolean;
  readonly broadcastMode?: BroadcastMode;
  readonly dryRun: boolean;
  readonly generateOnly: boolean;
  readonly yes: boolean;
}

/** Names of these flags, for fields that would be called alike. */
export const TX_FLAGS: ReadonlySet<string> = new Set([
  "home", "output", "help", "keyring-backend", "keyring-dir", "node", "from", "chain-id", "gas", "gas-adjustment", "gas-prices", "fees", "fee-payer",
  "fee-granter", "note", "timeout-height", "timeout-duration", "unordered", "sequence", "account-number", "offline", "sign-mode", "broadcast-mode",
  "dry-run", "generate-only", "yes",
]);

/** A number of 64 bits. */
export function parseUint64(text: string): bigint {
  if (/^\d{1,20}$/.test(text) && BigInt(text) < 1n << 64n) return BigInt(text);
  throw new InvalidArgumentError("a whole number of at most 64 bits.");
}

function parseGas(text: string): bigint | "auto" {
  if (text === "auto") return "auto";
  if (/^[1-9]\d{0,18}$/.test(text)) return BigInt(text);
  throw new InvalidArgumentError('"auto", or a whole number like 200000.');
}

function parseAdjustment(text: string): number {
  const value = Number(text);
  if (/^\d{1,3}(\.\d{1,6})?$/.test(text) && value >= 1) return value;
  throw new InvalidArgumentError("a number from 1, like 1.4.");
}

/** Commander's shape of a complaint about a flag's value. */
function checked(text: string, check: (text: string) => unknown): string {
  try {
    check(text);
    return text;
  } catch (error) {
    throw new InvalidArgumentError(error instanceof Error ? `${error.message}.` : "it does not fit.");
  }
}

const parsePrices = (text: string): string => checked(text, parseGasPrice);
const parseFees = (text: string): string => checked(text, (fees) => fees === "0uopen" || parseCoinsArgument(fees, "it"));

/** --from, --chain-id, --node, --sequence, --account-number, --offline, --sign-mode and the keyring. */
export function withSigning(command: Command): Command {
  return withKeyring(command)
    .option("--from <key>", "name or address of the key with which to sign")
    .option("--chain-id <id>", "the network chain ID (default: that of client.toml, else the node's)")
    .addOption(nodeOption())
    .option("-a, --account-number <n>", "the account number of the signing account (offline mode only)", parseUint64)
    .option("-s, --sequence <n>", "the sequence number of the signing account (default: asked from the node)", parseUint64)
    .option("--offline", "offline mode: asks no node, so that --chain-id, --account-number and --sequence must be given", false)
    .addOption(new Option("--sign-mode <mode>", "what is signed: the bytes, or amino JSON as Ledger devices show it (default: direct; amino-json for a part of a multisig)").choices(SIGN_MODES));
}

/** Every flag of a transaction that is made, signed and sent. */
export function withTx(command: Command): Command {
  return withSigning(command)
    .option("--gas <limit>", 'gas limit; "auto" estimates it by simulation (default: that of client.toml)', parseGas)
    .option("--gas-adjustment <factor>", "what the estimate is multiplied by (default: that of client.toml)", parseAdjustment)
    .option("--gas-prices <price>", "price of a unit of gas, like 0.025uopen (default: that of client.toml)", parsePrices)
    .option("--fees <coins>", "fees to pay along with the transaction, in place of a price; eg: 500uopen", parseFees)
    .option("--fee-payer <address>", "who pays the fees and signs too, in place of the signer")
    .option("--fee-granter <address>", "who grants fees for the transaction")
    .option("--note <text>", "note to add a description to the transaction (previously --memo)", "")
    .option("--timeout-height <n>", "the last block in which it may run", parseUint64)
    .option("--timeout-duration <duration>", "how long it may wait for a block, like 90s")
    .option("--unordered", "do not wait for earlier transactions; needs --timeout-duration", false)
    .addOption(new Option("-b, --broadcast-mode <mode>", "transaction broadcasting mode (default: that of client.toml)").choices(BROADCAST_MODES))
    .option("--dry-run", "simulate only: print the gas it would use", false)
    .option("--generate-only", "build an unsigned transaction and write it to standard output", false)
    .option("-y, --yes", "skip the confirmation prompt", false);
}
