import { Bip39, EnglishMnemonic, Slip10, Slip10Curve, stringToPath } from "@cosmjs/crypto";
import { pbkdf2, randomBytes } from "node:crypto";
import { promisify } from "node:util";
import { EdgeFailure } from "../errors.js";

/** Words to keys: BIP 39 mnemonics, BIP 32 derivation along BIP 44 paths, as every Cosmos wallet does it. */

/** SLIP-44 number of the Cosmos Hub, which wallets use for Cosmos chains without a number of their own. */
export const COIN_TYPE = 118;

/** Bits of entropy of a new mnemonic: 24 words, as `simd keys add` makes. */
const ENTROPY_BYTES = 32;
/** BIP 39's derivation of the seed; natively, since CosmJS's own takes a second and more. */
const SEED_ROUNDS = 2_048;
const SEED_BYTES = 64;
const MAX_INDEX = 0x7fff_ffff;
const MAX_DEPTH = 10;

export interface HdOptions {
  /** Whole path, in place of the three numbers. */
  readonly hdPath?: string | undefined;
  readonly coinType: number;
  readonly account: number;
  readonly index: number;
}

/** 24 English words. */
export function generateMnemonic(): string {
  return Bip39.encode(new Uint8Array(randomBytes(ENTROPY_BYTES))).toString();
}

/** Words with single spaces. @throws EdgeFailure "malformed" unless they are a BIP 39 mnemonic; never repeats the words. */
export function parseMnemonic(text: string): string {
  const words = text.trim().toLowerCase().split(/\s+/);
  if (![12, 15, 18, 21, 24].includes(words.length)) {
    throw new EdgeFailure("malformed", `a mnemonic has 12, 15, 18, 21 or 24 words, not ${text.trim() === "" ? 0 : words.length}`);
  }
  const unknown = words.findIndex((word) => !EnglishMnemonic.wordlist.includes(word));
  if (unknown !== -1) throw new EdgeFailure("malformed", `word ${unknown + 1} of the mnemonic is not of the BIP 39 list`);
  try {
    return new EnglishMnemonic(words.join(" ")).toString();
  } catch (cause) {
    throw new EdgeFailure("malformed", "the mnemonic's checksum is wrong; check the order of its words", {}, cause);
  }
}

/** "m/44'/118'/0'/0/0". @throws EdgeFailure "malformed". */
export function hdPathOf({ hdPath, coinType, account, index }: HdOptions): string {
  if (hdPath === undefined) return `m/44'/${coinType}'/${account}'/0/${index}`;
  const path = hdPath.startsWith("m/") ? hdPath : `m/${hdPath}`;
  const steps = path.split("/").slice(1);
  const isPath = /^m(\/\d{1,10}'?)+$/.test(path) && steps.length <= MAX_DEPTH;
  if (!isPath || steps.some((step) => Number(step.replace("'", "")) > MAX_INDEX)) {
    throw new EdgeFailure("malformed", `"${hdPath}" is no HD path; it looks like m/44'/118'/0'/0/0`);
  }
  return path;
}

/** The 32 secret bytes of a secp256k1 key. `mnemonic` as parseMnemonic gives it; `passphrase` is BIP 39's, mostly empty. */
export async function deriveSecret(mnemonic: string, path: string, passphrase = ""): Promise<Uint8Array> {
  const salt = `mnemonic${passphrase}`.normalize("NFKD");
  const seed = await promisify(pbkdf2)(mnemonic.normalize("NFKD"), salt, SEED_ROUNDS, SEED_BYTES, "sha512");
  return new Uint8Array(Slip10.derivePath(Slip10Curve.Secp256k1, new Uint8Array(seed), stringToPath(path)).privkey);
}
