/** Where a peer says it can be reached, read strictly: a TCP multiaddr with an IP and the peer's id. */
import { isIPv4, isIPv6 } from "node:net";
import { base58btc } from "multiformats/bases/base58";
import type { PeerId } from "./types.js";

export interface PeerAddress {
  readonly id: PeerId;
  /** The multiaddr in the one form that we write. */
  readonly text: string;
  readonly host: string;
  readonly port: number;
  /** Who is likely to control hosts like this one: the /16 of an IPv4 address, the /32 of an IPv6 one; "local:" and three bytes for all others. */
  readonly group: string;
  /** Whether it means the same host everywhere in the Internet. */
  readonly isRoutable: boolean;
}

/** How groups of addresses begin that mean another host elsewhere. */
export const LOCAL_GROUP = "local";

/** Longest text that is looked at; the longest valid one has 117 characters. */
export const MAX_ADDRESS_CHARS = 128;

const ADDRESS = /^\/(ip4|ip6)\/([0-9a-fA-F.:]{2,45})\/tcp\/([1-9]\d{0,4})\/p2p\/(\w{52})$/;

/** Names are refused: looking up what a stranger sends would let him choose whom we ask. */
export function parsePeerAddress(text: string): PeerAddress | undefined {
  const match = text.length > MAX_ADDRESS_CHARS ? null : ADDRESS.exec(text);
  if (match === null) return undefined;
  const [, family = "", host = "", portText = "", id = ""] = match;
  const port = Number(portText);
  const bytes = family === "ip4" ? ip4Bytes(host) : ip6Bytes(host);
  if (bytes === undefined || port > 65_535 || !isPeerId(id)) return undefined;
  const isRoutable = bytes.length === 4 ? isPublic4(bytes) : isPublic6(bytes);
  return { id, text, host, port, group: isRoutable ? groupOf(bytes) : `${LOCAL_GROUP}:${bytes.slice(0, 3).join(".")}`, isRoutable };
}

/** An identity multihash of a protobuf with an ed25519 key: `00 24 08 01 12 20` and 32 bytes, in base58. */
const ID_PREFIX = [0x00, 0x24, 0x08, 0x01, 0x12, 0x20];
const ID_BYTES = 38;
const ID_CHARS = 52;

export function isPeerId(text: string): boolean {
  if (text.length !== ID_CHARS) return false;
  try {
    const bytes = base58btc.baseDecode(text);
    return bytes.length === ID_BYTES && ID_PREFIX.every((byte, i) => bytes[i] === byte);
  } catch {
    return false;
  }
}

function ip4Bytes(host: string): readonly number[] | undefined {
  return isIPv4(host) ? host.split(".").map(Number) : undefined;
}

/** Only the canonical form, so that one host has one text. An IPv4 address in disguise is refused. */
function ip6Bytes(host: string): readonly number[] | undefined {
  if (!isIPv6(host) || host.includes(".")) return undefined;
  if (new URL(`http://[${host}]`).hostname !== `[${host}]`) return undefined;
  const [head = "", tail] = host.split("::");
  const groups = (part: string | undefined): readonly string[] => (part === undefined || part === "" ? [] : part.split(":"));
  const [before, after] = [groups(head), groups(tail)];
  const middle = Array.from({ length: 8 - before.length - after.length }, () => "0");
  return [...before, ...middle, ...after].flatMap((text) => {
    const value = parseInt(text, 16);
    return [value >> 8, value & 0xff];
  });
}

function groupOf(bytes: readonly number[]): string {
  return bytes.length === 4 ? `4:${bytes.slice(0, 2).join(".")}` : `6:${bytes.slice(0, 4).join(".")}`;
}

/** IANA's special-purpose registry for IPv4: first bytes and how many bits of them count. */
const SPECIAL_4: readonly (readonly [readonly number[], number])[] = [
  [[0], 8],
  [[10], 8],
  [[100, 64], 10],
  [[127], 8],
  [[169, 254], 16],
  [[172, 16], 12],
  [[192, 0, 0], 24],
  [[192, 0, 2], 24],
  [[192, 88, 99], 24],
  [[192, 168], 16],
  [[198, 18], 15],
  [[198, 51, 100], 24],
  [[203, 0, 113], 24],
  [[224], 3],
];

function isWithin(bytes: readonly number[], prefix: readonly number[], bits: number): boolean {
  return Array.from({ length: Math.ceil(bits / 8) }, (_, i) => i).every((i) => {
    const mask = 0xff & (0xff << Math.max(0, 8 - (bits - i * 8)));
    return ((bytes[i] ?? 0) & mask) === ((prefix[i] ?? 0) & mask);
  });
}

function isPublic4(bytes: readonly number[]): boolean {
  return !SPECIAL_4.some(([prefix, bits]) => isWithin(bytes, prefix, bits));
}

/** Global unicast is 2000::/3; of it, documentation, 6to4 and Teredo are left out. */
function isPublic6(bytes: readonly number[]): boolean {
  const special: readonly (readonly [readonly number[], number])[] = [
    [[0x20, 0x01, 0x0d, 0xb8], 32],
    [[0x20, 0x01, 0x00], 23],
    [[0x20, 0x02], 16],
    [[0x3f, 0xff, 0x00], 20],
  ];
  return isWithin(bytes, [0x20], 3) && !special.some(([prefix, bits]) => isWithin(bytes, prefix, bits));
}
