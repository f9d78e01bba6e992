import { parseAddress, parseConsensusAddress, parseOperatorAddress } from "../../chain/codec/index.js";
import { equalBytes } from "../../chain/primitives/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { EdgeFailure } from "../errors.js";
import { addressOf } from "../keyring/index.js";
import type { KeyRecord, Keyring } from "../keyring/index.js";

/** The address of a bech32 text of any of our three kinds; undefined when it is none. */
function addressIn(text: string): Address | undefined {
  for (const parse of [parseAddress, parseOperatorAddress, parseConsensusAddress]) {
    try {
      return parse(text);
    } catch {
      continue;
    }
  }
  return undefined;
}

/** A key by its name or its address. @throws EdgeFailure "not-found". */
export async function findKey(keyring: Keyring, nameOrAddress: string): Promise<KeyRecord> {
  const address = addressIn(nameOrAddress);
  if (address === undefined) return keyring.get(nameOrAddress);
  const found = (await keyring.list()).find((record) => equalBytes(addressOf(record), address));
  if (found === undefined) throw new EdgeFailure("not-found", `no key in ${keyring.dir} has the address ${nameOrAddress}`);
  return found;
}
