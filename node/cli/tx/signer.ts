/** Who signs a transaction, and with what account number and sequence. */
import { formatAddress, formatOperatorAddress, parseAddress } from "../../../chain/codec/index.js";
import type { Address } from "../../../chain/primitives/index.js";
import { QueryAccountInfoRequest, QueryAccountInfoResponse } from "../../../proto/gen/cosmos/auth/v1beta1.js";
import { EdgeFailure, isFailure } from "../../errors.js";
import { addressOf, isMultisig } from "../../keyring/index.js";
import type { KeyRecord } from "../../keyring/index.js";
import { addressArgument } from "../address-argument.js";
import { clientSettingsOf, keyringOf } from "../common-options.js";
import type { CommandContext, KeyringOptions } from "../common-options.js";
import { findKey } from "../keys-find.js";
import { queryState } from "../query/query-state.js";
import { remoteChainId } from "../remote-chain.js";
import { createRpc } from "../rpc.js";
import type { Rpc } from "../rpc.js";
import type { SigningOptions } from "./tx-options.js";

export interface Sender {
  /** open1... */
  readonly account: string;
  /** openvaloper1..., the same account as a validator's operator. */
  readonly operator: string;
}

function senderOf(address: Address): Sender {
  return { account: formatAddress(address), operator: formatOperatorAddress(address) };
}

/** @throws EdgeFailure "config" without --from. */
function fromOf({ from }: SigningOptions): string {
  if (from === undefined || from === "") throw new EdgeFailure("config", "who signs? name a key with --from; `openledgerd keys list` names those there are");
  return from;
}

/** Of --from, be it a key or an address of which no key is here. @throws EdgeFailure "not-found" on an unknown key. */
export async function senderOfOptions(options: SigningOptions, context: CommandContext): Promise<Sender> {
  return senderOf(parseAddress(await addressArgument(fromOf(options), "account", options, context)));
}

/** The key of an account. @throws EdgeFailure "config" where its secret half is elsewhere, "not-found". */
export async function signingKey(name: string, options: KeyringOptions, context: CommandContext): Promise<KeyRecord & { readonly secret: Uint8Array }> {
  const record = await findKey(keyringOf(options, context), name);
  const { secret } = record;
  if (secret !== undefined) return { ...record, secret };
  if (isMultisig(record)) {
    throw new EdgeFailure("config", `${record.name} is a multisig: write the transaction with --generate-only, let its parts sign it (\`openledgerd tx sign FILE --multisig ${record.name}\`), and join their signatures (\`openledgerd tx multi-sign\`)`);
  }
  throw new EdgeFailure("config", `only the public half of ${record.name} is here, so it cannot sign; write the transaction with --generate-only and sign it where the key is (\`openledgerd tx sign\`)`);
}

/** The record of an account where it is here, whole or not. */
export async function knownKey(sender: Sender, options: KeyringOptions, context: CommandContext): Promise<KeyRecord | undefined> {
  const records = await keyringOf(options, context).list();
  return records.find((record) => formatAddress(addressOf(record)) === sender.account);
}

export function txRpc(options: SigningOptions, context: CommandContext): Rpc {
  return createRpc(options.node ?? clientSettingsOf(options, context).node);
}

/**
 * The chain that a signature is for: --chain-id, else client.toml's, else what the node says.
 *
 * @throws EdgeFailure "config" when the node is of another chain, or offline when nobody says.
 */
export async function chainIdOf(options: SigningOptions, context: CommandContext, signal: AbortSignal): Promise<string> {
  const wanted = options.chainId ?? clientSettingsOf(options, context).chainId;
  if (options.offline) {
    if (wanted === "") throw new EdgeFailure("config", "offline mode needs --chain-id");
    return wanted;
  }
  const found = await remoteChainId(txRpc(options, context), signal);
  if (wanted !== "" && wanted !== found) {
    throw new EdgeFailure("config", `the node is of chain ${found}, not ${wanted}; name another node with --node, or the chain with --chain-id ${found}`);
  }
  return found;
}

export interface AccountOnChain {
  readonly number: bigint;
  readonly sequence: bigint;
}

/** @throws EdgeFailure "not-found" for an account that nobody has sent coins to. */
export async function queryAccount(rpc: Rpc, address: string, signal: AbortSignal): Promise<AccountOnChain> {
  const request = QueryAccountInfoRequest.encode({ address });
  try {
    const bytes = await queryState(rpc, { path: "/cosmos.auth.v1beta1.Query/AccountInfo", request, height: 0n }, signal);
    const { info } = QueryAccountInfoResponse.decode(bytes, { unknown: "ignore" });
    if (info === undefined) throw new EdgeFailure("malformed", "the node's answer holds no account");
    return { number: info.accountNumber, sequence: info.sequence };
  } catch (error) {
    if (!isFailure(error, "not-found")) throw error;
    throw new EdgeFailure("not-found", `account ${address} does not exist on chain yet; it does once somebody has sent it coins`, {}, error);
  }
}

/** @throws EdgeFailure "config" offline without --account-number and --sequence. */
export async function accountOf(sender: Sender, options: SigningOptions, context: CommandContext, signal: AbortSignal): Promise<AccountOnChain> {
  const { accountNumber, sequence } = options;
  if (accountNumber !== undefined && sequence !== undefined) return { number: accountNumber, sequence };
  if (options.offline) throw new EdgeFailure("config", "offline mode needs --account-number and --sequence; `openledgerd query auth account ADDRESS` says them");
  const found = await queryAccount(txRpc(options, context), sender.account, signal);
  return { number: accountNumber ?? found.number, sequence: sequence ?? found.sequence };
}
