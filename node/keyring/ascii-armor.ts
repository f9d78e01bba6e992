/** OpenPGP's ASCII armor (RFC 4880 §6): a block of base64 with headers and a CRC-24. */
import { parseBase64, toBase64 } from "../../chain/primitives/index.js";
import { EdgeFailure } from "../errors.js";

export interface Armor {
  /** "TENDERMINT PRIVATE KEY" */
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
}

const LINE = 64;
/** A key's armor has some 300 characters. */
const MAX_TEXT = 65_536;
const CRC_START = 0xb704ce;
const CRC_POLYNOMIAL = 0x1864cfb;

/** RFC 4880 §6.1. */
function crc24(bytes: Uint8Array): number {
  let crc = CRC_START;
  for (const byte of bytes) {
    crc ^= byte << 16;
    for (let bit = 0; bit < 8; bit += 1) {
      crc <<= 1;
      if ((crc & 0x1000000) !== 0) crc ^= CRC_POLYNOMIAL;
    }
  }
  return crc;
}

function crcText(bytes: Uint8Array): string {
  const crc = crc24(bytes);
  return toBase64(new Uint8Array([crc >> 16, (crc >> 8) & 0xff, crc & 0xff]));
}

/** Ends with a line break. */
export function formatArmor({ type, headers, body }: Armor): string {
  const lines = toBase64(body).match(new RegExp(`.{1,${LINE}}`, "g")) ?? [];
  const named = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const parts = [`-----BEGIN ${type}-----`, ...named, "", ...lines, `=${crcText(body)}`, `-----END ${type}-----`];
  return `${parts.join("\n")}\n`;
}

function bad(why: string): EdgeFailure {
  return new EdgeFailure("malformed", `this is no armored key: ${why}`);
}

/** @throws EdgeFailure "malformed" on anything but one whole block. */
export function parseArmor(text: string): Armor {
  if (text.length > MAX_TEXT) throw bad("too long");
  const lines = text.trim().split(/\r?\n/).map((line) => line.trimEnd());
  const type = /^-----BEGIN ([A-Z ]+)-----$/.exec(lines[0] ?? "")?.[1];
  if (type === undefined) throw bad("it does not begin with -----BEGIN ...-----");
  if (lines.at(-1) !== `-----END ${type}-----`) throw bad(`it does not end with -----END ${type}-----`);
  const blank = lines.indexOf("");
  if (blank === -1) throw bad("no empty line after its headers");
  const headers = lines.slice(1, blank).map((line) => {
    const match = /^([A-Za-z-]+): (.*)$/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) throw bad("a header line has no colon");
    return [match[1], match[2]] as const;
  });
  const rest = lines.slice(blank + 1, -1);
  const sum = rest.at(-1);
  if (sum?.startsWith("=") !== true) throw bad("no checksum");
  return { type, headers: Object.fromEntries(headers), body: parseBody(rest.slice(0, -1).join(""), sum.slice(1)) };
}

function parseBody(base64: string, sum: string): Uint8Array {
  let body: Uint8Array;
  try {
    body = parseBase64(base64);
  } catch (cause) {
    throw new EdgeFailure("malformed", "this is no armored key: its text is no base64", {}, cause);
  }
  if (crcText(body) !== sum) throw bad("its checksum is wrong");
  return body;
}
