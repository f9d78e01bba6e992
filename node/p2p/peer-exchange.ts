/**
 * Asking peers for other peers. A request holds the asker's own address, or nothing; an answer holds up to 100 addresses, one a
 * line. Answers come to questions only, so nobody can push addresses on us; who asks too often hears "busy".
 */
import { parseUtf8, utf8 } from "../../chain/primitives/index.js";
import { EdgeFailure } from "../errors.js";
import { MAX_TOLD } from "./address-book.js";
import { MAX_ADDRESS_CHARS, parsePeerAddress } from "./peer-address.js";
import type { PeerAddress } from "./peer-address.js";
import type { Clock } from "./rate.js";
import type { PeerId, RequestHandler, RequestOptions } from "./types.js";

export const EXCHANGE_NAME = "peers";
const MAX_RESPONSE_BYTES = MAX_TOLD * (MAX_ADDRESS_CHARS + 1);
const MAX_REMEMBERED_ASKERS = 4_096;

export interface ExchangeServer {
  /** Who answers: the addresses for `asker`. */
  tell(asker: PeerId): readonly string[];
  /** The asker says where it can be reached. */
  introduced(peer: PeerId, address: PeerAddress): void;
  /** It asked again before it may; `answered` otherwise. */
  impatient(peer: PeerId): void;
  answered(peer: PeerId): void;
}

export interface ExchangePace {
  /** Least time between two answers to one peer, also over several connections. */
  readonly minIntervalMs: number;
  readonly clock: Clock;
}

export function exchangeOptions(server: ExchangeServer, pace: ExchangePace): RequestOptions {
  return {
    maxRequestBytes: MAX_ADDRESS_CHARS,
    maxResponseBytes: MAX_RESPONSE_BYTES,
    timeoutMs: 10_000,
    concurrency: 1,
    rate: { messagesPerSecond: 2, bytesPerSecond: 4 * MAX_ADDRESS_CHARS },
    handler: createHandler(server, pace),
  };
}

function createHandler(server: ExchangeServer, { minIntervalMs, clock }: ExchangePace): RequestHandler {
  const asked = new Map<PeerId, number>();
  return (peer, bytes) => {
    const last = asked.get(peer);
    if (last !== undefined && clock() - last < minIntervalMs) {
      server.impatient(peer);
      return Promise.reject(new EdgeFailure("busy", "addresses were told a moment ago"));
    }
    asked.delete(peer);
    asked.set(peer, clock());
    const oldest = asked.keys().next().value;
    if (asked.size > MAX_REMEMBERED_ASKERS && oldest !== undefined) asked.delete(oldest);
    const own = parseIntroduction(peer, bytes);
    if (own !== undefined) server.introduced(peer, own);
    server.answered(peer);
    return Promise.resolve(utf8(server.tell(peer).join("\n")));
  };
}

/** @throws EdgeFailure "malformed" for anything but nothing or an address of the peer itself. */
function parseIntroduction(peer: PeerId, bytes: Uint8Array): PeerAddress | undefined {
  if (bytes.length === 0) return undefined;
  const address = parsePeerAddress(textOf(bytes));
  if (address?.id === peer) return address;
  throw new EdgeFailure("malformed", "a peer introduces itself with its own address");
}

/** @throws EdgeFailure "malformed" when there are too many or one is no address. */
export function parseAnswer(bytes: Uint8Array): readonly PeerAddress[] {
  if (bytes.length === 0) return [];
  const lines = bytes.length > MAX_RESPONSE_BYTES ? [] : textOf(bytes).split("\n", MAX_TOLD + 1);
  const addresses = lines.map(parsePeerAddress).filter((address) => address !== undefined);
  if (addresses.length === lines.length && lines.length > 0 && lines.length <= MAX_TOLD) return addresses;
  throw new EdgeFailure("malformed", "an answer of peers holds up to 100 addresses, one a line");
}

function textOf(bytes: Uint8Array): string {
  try {
    return parseUtf8(bytes);
  } catch (cause) {
    throw new EdgeFailure("malformed", "an address is text", {}, cause);
  }
}
