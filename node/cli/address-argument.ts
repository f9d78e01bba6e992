import { parseAddress, parseConsensusAddress, parseOperatorAddress } from "../../chain/codec/index.js";
import type { AddressKind } from "../../chain/codec/index.js";
import { ACCOUNT_PREFIX, CONSENSUS_PREFIX, OPERATOR_PREFIX, formatAddress, formatConsensusAddress, formatOperatorAddress } from "../../chain/codec/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { EdgeFailure } from "../errors.js";
import { addressOf } from "../keyring/index.js";
import { keyringOf } from "./common-options.js";
import type { CommandContext, KeyringOptions } from "./common-options.js";

interface Kind {
  readonly prefix: string;
  readonly what: string;
  parse(text: string): Address;
  format(address: Address): string;
}

const KINDS: Readonly<Record<AddressKind, Kind>> = {
  account: { prefix: ACCOUNT_PREFIX, what: "an account", parse: parseAddress, format: formatAddress },
  validator: { prefix: OPERATOR_PREFIX, what: "a validator's operator", parse: parseOperatorAddress, format: formatOperatorAddress },
  consensus: { prefix: CONSENSUS_PREFIX, what: "a validator's consensus key", parse: parseConsensusAddress, format: formatConsensusAddress },
};

/** Bech32 of an address as this kind. */
export function formatAs(kind: AddressKind, address: Address): string {
  return KINDS[kind].format(address);
}

/** Which kind of address the text has the form of. */
function kindOf(text: string): AddressKind | undefined {
  const prefix = /^([a-z]{2,40})1[02-9ac-hj-np-z]{38,}$/.exec(text)?.[1];
  return (Object.keys(KINDS) as AddressKind[]).find((kind) => KINDS[kind].prefix === prefix);
}

/** A mistyped address is said to be one, instead of being looked for among the keys. */
function looksLikeAddress(text: string): boolean {
  const isOurs = Object.values(KINDS).some(({ prefix }) => text.startsWith(`${prefix}1`));
  return isOurs || /^[a-z]{2,40}1[02-9ac-hj-np-z]{20,}$/.test(text) || text.length > 64;
}

/**
 * An address of this kind from bech32, or from the name of a key in the keyring.
 *
 * @throws EdgeFailure "malformed" on an address of another kind or with a wrong letter, "not-found" on an unknown name.
 */
export async function addressArgument(text: string, kind: AddressKind, options: KeyringOptions, context: CommandContext): Promise<string> {
  const wanted = KINDS[kind];
  const found = kindOf(text);
  if (found === kind) {
    try {
      return wanted.format(wanted.parse(text));
    } catch (cause) {
      throw new EdgeFailure("malformed", `has a wrong letter: ${text}`, {}, cause);
    }
  }
  if (found !== undefined) throw new EdgeFailure("malformed", `must be the address of ${wanted.what} (${wanted.prefix}1...), not of ${KINDS[found].what}: ${text}`);
  if (looksLikeAddress(text)) throw new EdgeFailure("malformed", `must be an address of this chain (${wanted.prefix}1...), got "${text.slice(0, 70)}"`);
  return wanted.format(addressOf(await keyringOf(options, context).get(text)));
}
