/**
 * The node's network identity: an ed25519 key in CometBFT's node_key.json format, so that one file serves both the
 * embedded engine and a real CometBFT beside the same application.
 */
import "../promise-with-resolvers.js";
import { randomBytes } from "node:crypto";
import { closeSync, fstatSync, fsyncSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { privateKeyFromRaw } from "@libp2p/crypto/keys";
import type { PrivateKey } from "@libp2p/interface";
import { peerIdFromPrivateKey } from "@libp2p/peer-id";
import { ed25519 } from "@noble/curves/ed25519.js";
import { ed25519Address } from "../../chain/crypto/index.js";
import { concatBytes, parseBase64, toBase64, toHex } from "../../chain/primitives/index.js";
import { EdgeFailure } from "../errors.js";
import type { PeerId } from "./types.js";

const KEY_TYPE = "tendermint/PrivKeyEd25519";

export interface Identity {
  /** libp2p peer id, for multiaddrs and allow-lists. */
  readonly peerId: PeerId;
  /** CometBFT node id: lower-case hex of the key's 20-byte address, for `status` and explorers. */
  readonly nodeId: string;
  readonly privateKey: PrivateKey;
}

/** An identity from a 32-byte ed25519 seed. */
export function identityFromSeed(seed: Uint8Array): Identity {
  const publicKey = ed25519.getPublicKey(seed);
  const privateKey = privateKeyFromRaw(concatBytes(seed, publicKey));
  return {
    peerId: peerIdFromPrivateKey(privateKey).toString(),
    nodeId: toHex(ed25519Address(publicKey)),
    privateKey,
  };
}

/**
 * Loads the key file, or creates it with mode 0600 if there is none.
 * @throws EdgeFailure "config" if others can read the file or it does not hold an ed25519 key.
 */
export function loadOrCreateIdentity(path: string): Identity {
  try {
    return loadIdentity(path);
  } catch (error) {
    if (!(error instanceof EdgeFailure && error.code === "not-found")) throw error;
  }
  const seed = randomBytes(32);
  const value = toBase64(concatBytes(seed, ed25519.getPublicKey(seed)));
  const file = openSync(path, "wx", 0o600);
  try {
    writeFileSync(file, `${JSON.stringify({ priv_key: { type: KEY_TYPE, value } })}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  return identityFromSeed(seed);
}

/** @throws EdgeFailure "not-found" if there is no file, "config" if it cannot be used. */
export function loadIdentity(path: string): Identity {
  const text = readPrivateFile(path);
  try {
    const { priv_key: key } = JSON.parse(text) as { priv_key: { type: string; value: string } };
    const bytes = parseBase64(key.value);
    const identity = identityFromSeed(bytes.subarray(0, 32));
    const claimed = toHex(bytes.subarray(32));
    if (key.type === KEY_TYPE && claimed === toHex(identity.privateKey.publicKey.raw)) return identity;
  } catch (cause) {
    throw new EdgeFailure("config", "the node key file is damaged", { path }, cause);
  }
  throw new EdgeFailure("config", "the node key file does not hold an ed25519 key", { path });
}

function readPrivateFile(path: string): string {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch (cause) {
    throw new EdgeFailure("not-found", "there is no node key file", { path }, cause);
  }
  try {
    const mode = fstatSync(file).mode & 0o777;
    if ((mode & 0o077) === 0) return readFileSync(file, "utf8");
    throw new EdgeFailure("config", "the node key file is open to others; chmod 600 it", { path, mode });
  } finally {
    closeSync(file);
  }
}
