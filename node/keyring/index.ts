export { COIN_TYPE, deriveSecret, generateMnemonic, hdPathOf, parseMnemonic } from "./mnemonic.js";
export type { HdOptions } from "./mnemonic.js";
export { KEYRING_BACKENDS, openKeyring } from "./open-keyring.js";
export type { KeyringBackend, KeyringPlace } from "./open-keyring.js";
export { armorPrivateKey, unarmorPrivateKey } from "./private-key-armor.js";
export { addressOf, formatAddressAs, isMultisig, multisigRecord, parseKeyName, publicRecord, recordOf, secp256k1Any } from "./record.js";
export type { AddressKind, KeyRecord } from "./record.js";
export type { AskPassphrase, Keyring } from "./types.js";
