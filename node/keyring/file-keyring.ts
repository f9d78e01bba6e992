/** A keyring in a folder: `keyring.json` says how the passphrase becomes a key, `NAME.key` holds one sealed record each. */
import { randomBytes } from "node:crypto";
import { chmodSync, existsSync, linkSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { compareAscii, equalBytes, parseHex, parseUtf8, toHex, utf8 } from "../../chain/primitives/index.js";
import { MULTISIG_URL } from "../../chain/kernel/index.js";
import { PubKey } from "../../proto/gen/cosmos/crypto/secp256k1.js";
import { EdgeFailure } from "../errors.js";
import { isMultisig, parseKeyName, publicRecord, recordOf, secp256k1Any } from "./record.js";
import type { KeyRecord } from "./record.js";
import type { AskPassphrase, Keyring } from "./types.js";
import { createVault, openVault, parseHeader, parseSealed } from "./vault.js";
import type { KdfCost, Vault } from "./vault.js";

export interface FileKeyringOptions {
  readonly dir: string;
  readonly cost: KdfCost;
  readonly ask: AskPassphrase;
  /** How often a wrong passphrase may be followed by another. */
  readonly attempts: number;
}

const HEADER = "keyring.json";
const SUFFIX = ".key";

/** Writes a file that must not exist, whole or not at all. False when somebody else was first. */
function writeNew(path: string, text: string): boolean {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.new`;
  writeFileSync(temporary, text, { mode: 0o600, flag: "wx", flush: true });
  try {
    linkSync(temporary, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw new EdgeFailure("storage", `${path} cannot be written`, {}, error);
  } finally {
    rmSync(temporary, { force: true });
  }
}

/** A multisig is kept as its message, since it has no bytes of its own. */
function encodeRecord(record: KeyRecord): Uint8Array {
  const { name, publicKey, secret } = record;
  if (isMultisig(record)) return utf8(JSON.stringify({ name, multisig: toHex(publicKey.value) }));
  const key = PubKey.decode(publicKey.value).key;
  return utf8(JSON.stringify({ name, public_key: toHex(key), ...(secret === undefined ? {} : { secret: toHex(secret) }) }));
}

/** @throws EdgeFailure "malformed" unless the record is the one of this name and its halves belong together. */
function decodeRecord(bytes: Uint8Array, name: string): KeyRecord {
  const { name: inner, public_key: key, secret, multisig } = JSON.parse(parseUtf8(bytes)) as Readonly<Record<string, string | undefined>>;
  if (inner !== name) throw new EdgeFailure("malformed", `the file of key "${name}" holds key "${inner ?? ""}"; it was moved by hand`);
  if (multisig !== undefined) return publicRecord(name, { typeUrl: MULTISIG_URL, value: parseHex(multisig) });
  const publicKey = secp256k1Any(parseHex(key ?? ""));
  const record = secret === undefined ? publicRecord(name, publicKey) : recordOf(name, parseHex(secret));
  if (!equalBytes(record.publicKey.value, publicKey.value)) throw new EdgeFailure("malformed", `the halves of key "${name}" do not belong together`);
  return record;
}

class FileKeyring implements Keyring {
  readonly dir: string;
  readonly #options: FileKeyringOptions;
  #unlocked: Promise<Vault> | undefined;

  constructor(options: FileKeyringOptions) {
    this.dir = options.dir;
    this.#options = options;
  }

  has(name: string): boolean {
    return existsSync(this.#path(name));
  }

  async list(): Promise<readonly KeyRecord[]> {
    const names = this.#names();
    if (names.length === 0) return [];
    const vault = await this.#vault();
    const records: KeyRecord[] = [];
    for (const name of names) records.push(await this.#read(name, vault));
    return records;
  }

  async get(name: string): Promise<KeyRecord> {
    this.#checkHas(name);
    return this.#read(name, await this.#vault());
  }

  async add(record: KeyRecord): Promise<void> {
    const vault = await this.#vault();
    const text = `${JSON.stringify(await vault.seal(encodeRecord(record)))}\n`;
    if (!writeNew(this.#path(record.name), text)) throw new EdgeFailure("config", `a key named "${record.name}" exists already`);
  }

  remove(name: string): Promise<void> {
    this.#checkHas(name);
    rmSync(this.#path(name));
    return Promise.resolve();
  }

  async rename(from: string, to: string): Promise<void> {
    const record = await this.get(from);
    await this.add({ ...record, name: parseKeyName(to) });
    await this.remove(from);
  }

  #path(name: string): string {
    return join(this.dir, `${parseKeyName(name)}${SUFFIX}`);
  }

  #names(): string[] {
    if (!existsSync(this.dir)) return [];
    const files = readdirSync(this.dir).filter((file) => file.endsWith(SUFFIX));
    return files.map((file) => file.slice(0, -SUFFIX.length)).sort(compareAscii);
  }

  #checkHas(name: string): void {
    if (this.has(name)) return;
    throw new EdgeFailure("not-found", `there is no key named "${name}" in ${this.dir}; \`openledgerd keys list\` names those there are`);
  }

  async #read(name: string, vault: Vault): Promise<KeyRecord> {
    const path = this.#path(name);
    const sealed = parseSealed(readFileSync(path, "utf8"), path);
    try {
      return decodeRecord(await vault.open(sealed), name);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : "";
      throw new EdgeFailure("malformed", `${path} is damaged: ${why}; restore it from a backup, or the key from its mnemonic`, {}, cause);
    }
  }

  #vault(): Promise<Vault> {
    return (this.#unlocked ??= this.#unlock());
  }

  async #unlock(): Promise<Vault> {
    const path = join(this.dir, HEADER);
    let given: string | undefined;
    if (!existsSync(path)) {
      if (this.#names().length > 0) throw new EdgeFailure("malformed", `${path} is missing, without which no key can be opened; restore it`);
      given = await this.#options.ask(true);
      const { header, vault } = await createVault(given, this.#options.cost);
      mkdirSync(this.dir, { recursive: true, mode: 0o700 });
      chmodSync(this.dir, 0o700);
      if (writeNew(path, `${JSON.stringify(header, null, 2)}\n`)) return vault;
    }
    const header = parseHeader(readFileSync(path, "utf8"), path);
    for (let attempt = 0; attempt < this.#options.attempts; attempt += 1) {
      // Who lost the race to make the header has a passphrase already.
      const vault = await openVault(given ?? (await this.#options.ask(false)), header);
      given = undefined;
      if (vault !== undefined) return vault;
    }
    throw new EdgeFailure("config", `wrong passphrase for the keyring in ${this.dir}`);
  }
}

/** Makes nothing before the first `add`. */
export function createFileKeyring(options: FileKeyringOptions): Keyring {
  return new FileKeyring(options);
}
