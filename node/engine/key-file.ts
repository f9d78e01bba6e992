/** The validator's key: priv_validator_key.json as CometBFT 0.38 writes it, so that operators can move between engines. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { chmodSync, existsSync, readFileSync } from "node:fs";
import { ed25519Address } from "../../chain/crypto/index.js";
import type { Address } from "../../chain/primitives/index.js";
import { EdgeFailure } from "../errors.js";
import { replaceFile } from "./replace-file.js";

/** DER of an ed25519 PrivateKeyInfo up to the 32 seed bytes (RFC 8410 §7). */
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
const PUBLIC_TYPE = "tendermint/PubKeyEd25519";
const PRIVATE_TYPE = "tendermint/PrivKeyEd25519";

export interface ValidatorKey {
  readonly address: Address;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** ed25519 over the bytes; 64 bytes. */
  sign(bytes: Uint8Array): Uint8Array;
}

/** @param seed 32 bytes. */
export function keyFromSeed(seed: Uint8Array): ValidatorKey {
  const secret = createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: "der", type: "pkcs8" });
  const publicKey = rawPublicKey(secret);
  return {
    address: ed25519Address(publicKey),
    publicKey,
    sign: (bytes) => new Uint8Array(sign(null, bytes, secret)),
  };
}

function rawPublicKey(secret: KeyObject): Uint8Array {
  const der = createPublicKey(secret).export({ format: "der", type: "spki" });
  return new Uint8Array(der.subarray(der.length - 32));
}

/** The file's text for a 32-byte seed. */
export function formatKeyFile(seed: Uint8Array): string {
  const { address, publicKey } = keyFromSeed(seed);
  const file = {
    address: Buffer.from(address).toString("hex").toUpperCase(),
    pub_key: { type: PUBLIC_TYPE, value: Buffer.from(publicKey).toString("base64") },
    priv_key: { type: PRIVATE_TYPE, value: Buffer.concat([seed, publicKey]).toString("base64") },
  };
  return `${JSON.stringify(file, null, 2)}\n`;
}

/** @throws EdgeFailure "config" unless address, public and private key belong together. */
export function parseKeyFile(text: string): ValidatorKey {
  const file = parseJson(text);
  const secret = Buffer.from(keyValue(file["priv_key"], PRIVATE_TYPE), "base64");
  if (secret.length !== 64) throw bad("priv_key has 64 bytes: seed and public key");
  const key = keyFromSeed(new Uint8Array(secret.subarray(0, 32)));
  const claimed = Buffer.from(keyValue(file["pub_key"], PUBLIC_TYPE), "base64");
  if (!claimed.equals(Buffer.from(key.publicKey)) || !secret.subarray(32).equals(claimed))
    throw bad("pub_key is not that of priv_key");
  if (file["address"] !== Buffer.from(key.address).toString("hex").toUpperCase())
    throw bad("address is not that of the key");
  return key;
}

/** Loads the key, or makes one with mode 0600. @throws EdgeFailure "config" on a file that is no key. */
export function loadOrCreateKey(path: string): ValidatorKey {
  if (existsSync(path)) return loadKey(path);
  const der = generateKeyPairSync("ed25519").privateKey.export({ format: "der", type: "pkcs8" });
  const text = formatKeyFile(new Uint8Array(der.subarray(der.length - 32)));
  replaceFile(path, text, 0o600);
  chmodSync(path, 0o600);
  return parseKeyFile(text);
}

/** @throws EdgeFailure "config" when missing or malformed. */
export function loadKey(path: string): ValidatorKey {
  try {
    return parseKeyFile(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new EdgeFailure("config", "the validator key cannot be used", { path }, cause);
  }
}

function parseJson(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw bad("not JSON");
  }
  if (typeof value !== "object" || value === null) throw bad("not an object");
  return { ...value };
}

function keyValue(field: unknown, type: string): string {
  if (typeof field !== "object" || field === null || !("type" in field) || !("value" in field))
    throw bad(type);
  if (field.type !== type || typeof field.value !== "string") throw bad(`a key of type ${type} is needed`);
  return field.value;
}

function bad(reason: string): EdgeFailure {
  return new EdgeFailure("config", `validator key file: ${reason}`);
}
