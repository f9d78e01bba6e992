/** Finds peers: seeds and the address book say whom to dial, peers say whom they know. */
import { randomInt } from "node:crypto";
import { utf8 } from "../../chain/primitives/index.js";
import { EdgeFailure, errorText } from "../errors.js";
import type { Logger } from "../telemetry/log.js";
import { openAddressBook } from "./address-book-file.js";
import type { KeptBook } from "./address-book-file.js";
import type { AddressBook, BookEntry } from "./address-book.js";
import type { DiscoveryOptions, P2pLimits } from "./options.js";
import { LOCAL_GROUP, parsePeerAddress } from "./peer-address.js";
import { exchangeOptions, parseAnswer } from "./peer-exchange.js";
import type { ExchangeServer } from "./peer-exchange.js";
import { POINTS } from "./peer-book.js";
import { pause } from "./pause.js";
import type { Clock } from "./rate.js";
import { parsePersistentPeer } from "./reconnect.js";
import type { PersistentPeer } from "./reconnect.js";
import type { PeerId, PeerInfo, RequestOptions, Requests } from "./types.js";

/** With so many addresses at hand there is no need to ask for more. */
const ENOUGH_ADDRESSES = 1_000;
const MAX_QUESTIONS_AT_ONCE = 3;
const SAVE_MS = 120_000;
/** A seed looks again at an address that it has reached. */
const CRAWL_AGAIN_MS = 120_000;

/** What discovery needs of the host. */
export interface DiscoveryView {
  readonly selfId: PeerId;
  readonly limits: P2pLimits;
  readonly log: Logger;
  readonly clock: Clock;
  readonly stopped: AbortSignal;
  peers(): readonly PeerInfo[];
  /** Our own, as libp2p knows them. */
  addresses(): readonly string[];
  /** Persistent and unconditional peers: others look after them. */
  isReserved(peer: PeerId): boolean;
  /** False for who is banned, or not on the allow-list. */
  mayDial(peer: PeerId): boolean;
  isConnected(peer: PeerId): boolean;
  /** @throws when no connection opens. */
  dial(address: string): Promise<void>;
  penalize(peer: PeerId, points: number, reason: string): void;
  drop(peer: PeerId, reason: string): void;
}

export class Discovery implements ExchangeServer {
  readonly #options: DiscoveryOptions;
  readonly #view: DiscoveryView;
  readonly #seeds: readonly PersistentPeer[];
  readonly #kept: KeptBook;
  readonly #askedAt = new Map<PeerId, number>();
  readonly #farewells = new Map<PeerId, NodeJS.Timeout>();
  readonly #dialling = new Set<PeerId>();
  /** Dialled, and not yet known to be of this chain. */
  readonly #greeting = new Set<PeerId>();
  /** Dials and questions under way: a slow one holds up nothing else. */
  readonly #underWay = new Set<Promise<void>>();
  #exchange: Requests | undefined;
  #wake: () => void = () => undefined;
  /** Something changed since the last look. */
  #isNudged = false;
  #savedAt: number;

  /** @throws EdgeFailure "config" for an address that cannot be used. */
  constructor(options: DiscoveryOptions, privateIds: ReadonlySet<PeerId>, view: DiscoveryView) {
    this.#options = options;
    this.#view = view;
    this.#seeds = options.seeds.map(parsePersistentPeer).filter(({ id }) => id !== view.selfId);
    this.#kept = openAddressBook(options.bookPath, { selfId: view.selfId, privateIds, isStrict: options.isStrict }, view.log);
    this.#savedAt = view.clock();
  }

  get book(): AddressBook {
    return this.#kept.book;
  }

  /** The protocol to register; what was registered goes to `attach`. */
  protocol(): RequestOptions {
    const { limits, clock } = this.#view;
    return exchangeOptions(this, { minIntervalMs: limits.askAgainMs / 3, clock });
  }

  attach(exchange: Requests): void {
    this.#exchange = exchange;
  }

  /** Looks round until the service stops. Never rejects. */
  async run(): Promise<void> {
    const { limits, stopped } = this.#view;
    while (!stopped.aborted) {
      this.#look();
      if (this.#view.clock() - this.#savedAt >= SAVE_MS) this.#save();
      await this.#rest(limits.discoveryMs * (0.75 + Math.random() / 2));
    }
    for (const timer of this.#farewells.values()) clearTimeout(timer);
    await Promise.all(this.#underWay);
    this.#save();
  }

  /** The service stops: the rest is over. */
  stop(): void {
    this.#nudge();
  }

  /** A peer is of this chain. */
  connected(peer: PeerInfo): void {
    if (peer.direction === "outbound") {
      const address = parsePeerAddress(`${peer.address.replace(/\/p2p\/.*$/, "")}/p2p/${peer.id}`);
      if (address !== undefined) this.book.add(address, address.group);
      this.book.succeeded(peer.id);
    }
    if (this.#options.isSeed) this.#sayFarewell(peer.id);
    this.#nudge();
  }

  disconnected(peer: PeerId): void {
    this.#askedAt.delete(peer);
    clearTimeout(this.#farewells.get(peer));
    this.#farewells.delete(peer);
    this.#nudge();
  }

  /** It is not of this chain. */
  foreign(peer: PeerId): void {
    this.book.forget(peer);
  }

  tell(asker: PeerId): readonly string[] {
    return this.book.tell(asker);
  }

  introduced(peer: PeerId, address: Parameters<ExchangeServer["introduced"]>[1]): void {
    this.book.add(address, this.#groupOf(peer));
  }

  impatient(peer: PeerId): void {
    this.#view.penalize(peer, POINTS.flood, "peers: asks too often");
  }

  answered(): void {
    this.#nudge();
  }

  #nudge(): void {
    this.#isNudged = true;
    this.#wake();
  }

  #look(): void {
    const { limits } = this.#view;
    const outbound = this.#view.peers().filter(({ direction, id }) => direction === "outbound" && !this.#view.isReserved(id));
    const wanted = Math.max(0, limits.maxOutboundPeers - outbound.length - this.#dialling.size - this.#countGreeting());
    const groups = new Set(outbound.map(({ address }) => this.#groupOfAddress(address)));
    const chosen = this.#choose(wanted, groups);
    const isAlone = chosen.length === 0 && this.#dialling.size === 0 && !this.#view.peers().some(({ direction }) => direction === "outbound");
    const seed = isAlone ? this.#chooseSeed() : undefined;
    for (const address of seed === undefined ? chosen : [seed]) this.#follow(this.#dial(address));
    for (const id of this.#toAsk()) this.#follow(this.#ask(id));
  }

  #countGreeting(): number {
    const known = new Set(this.#view.peers().map(({ id }) => id));
    for (const id of this.#greeting) if (known.has(id) || !this.#view.isConnected(id)) this.#greeting.delete(id);
    return this.#greeting.size;
  }

  #follow(work: Promise<void>): void {
    this.#underWay.add(work);
    void work.finally(() => this.#underWay.delete(work));
  }

  /** Up to `count` addresses; at first of groups to which there is no connection, since one owner may have all of a group. */
  #choose(count: number, groups: Set<string>): readonly PersistentPeer[] {
    if (count === 0) return [];
    const candidates = this.book.candidates((entry) => this.#isWanted(entry)).map(({ id, text, group }) => ({ id, address: text, group }));
    const elsewhere = candidates.filter(({ group }) => {
      const isFirst = group.startsWith(LOCAL_GROUP) || !groups.has(group);
      groups.add(group);
      return isFirst;
    });
    return [...new Set([...elsewhere, ...candidates])].slice(0, count);
  }

  #isWanted({ address: { id }, lastAttempt }: BookEntry): boolean {
    const pauseMs = this.#options.isSeed ? CRAWL_AGAIN_MS : this.#view.limits.redialMs;
    if (Date.now() - lastAttempt < pauseMs || this.#dialling.has(id) || this.#view.isReserved(id)) return false;
    return !this.#seeds.some((seed) => seed.id === id) && this.#view.mayDial(id) && !this.#view.isConnected(id);
  }

  /** Never rejects. */
  async #dial({ id, address }: PersistentPeer): Promise<void> {
    this.#dialling.add(id);
    try {
      await this.#view.dial(address);
      this.#greeting.add(id);
    } catch (error) {
      this.book.failed(id);
      this.#view.log.debug("dial failed", { peer: id, address, cause: errorText(error) });
    } finally {
      this.#dialling.delete(id);
      this.#nudge();
    }
  }

  #chooseSeed(): PersistentPeer | undefined {
    const seeds = this.#seeds.filter(({ id }) => this.#view.mayDial(id) && !this.#view.isConnected(id));
    return seeds[seeds.length === 0 ? 0 : randomInt(seeds.length)];
  }

  #toAsk(): readonly PeerId[] {
    if (this.book.size >= ENOUGH_ADDRESSES && !this.#options.isSeed) return [];
    const now = this.#view.clock();
    const due = this.#view.peers().filter(({ id }) => {
      const last = this.#askedAt.get(id);
      return last === undefined || now - last >= this.#view.limits.askAgainMs;
    });
    return due.slice(0, MAX_QUESTIONS_AT_ONCE).map(({ id }) => id);
  }

  /** Never rejects. */
  async #ask(peer: PeerId): Promise<void> {
    this.#askedAt.set(peer, this.#view.clock());
    const source = this.#groupOf(peer);
    try {
      const answer = await this.#exchange?.request(peer, utf8(this.#ownAddress()));
      if (answer === undefined) return;
      const known = this.book.size;
      for (const address of parseAnswer(answer)) this.book.add(address, source);
      if (this.book.size > known) this.#nudge();
      if (this.#options.isSeed && this.#isOurs(peer)) this.#view.drop(peer, "a seed has heard enough");
    } catch (error) {
      if (error instanceof EdgeFailure && error.code === "malformed" && error.facts["remote"] !== true) {
        this.#view.penalize(peer, POINTS.violation, `peers: ${error.message}`);
      }
      this.#view.log.debug("a peer tells of no others", { peer, cause: errorText(error) });
    }
  }

  /** Dialled by us because of the book. */
  #isOurs(peer: PeerId): boolean {
    const info = this.#view.peers().find(({ id }) => id === peer);
    return info?.direction === "outbound" && !this.#view.isReserved(peer);
  }

  /** Empty when nobody else could use it. */
  #ownAddress(): string {
    const { externalAddress, isStrict } = this.#options;
    const own = [...(externalAddress === undefined ? [] : [externalAddress]), ...this.#view.addresses()];
    const usable = own.map(parsePeerAddress).find((address) => address !== undefined && (address.isRoutable || !isStrict));
    return usable?.text ?? "";
  }

  /** A seed serves and lets go: others want its place. */
  #sayFarewell(peer: PeerId): void {
    if (this.#view.isReserved(peer) || this.#farewells.has(peer)) return;
    const timer = setTimeout(() => this.#view.drop(peer, "a seed serves briefly"), this.#view.limits.seedGraceMs);
    this.#farewells.set(peer, timer);
  }

  #groupOf(peer: PeerId): string {
    const info = this.#view.peers().find(({ id }) => id === peer);
    return info === undefined ? LOCAL_GROUP : this.#groupOfAddress(info.address);
  }

  /** Of a connection's remote address, which may lack the peer's id. */
  #groupOfAddress(address: string): string {
    return parsePeerAddress(`${address.replace(/\/p2p\/.*$/, "")}/p2p/${this.#view.selfId}`)?.group ?? LOCAL_GROUP;
  }

  #save(): void {
    this.#kept.save();
    this.#savedAt = this.#view.clock();
  }

  /** Until something changes, but never so briefly that peers who come and go keep us busy. */
  async #rest(ms: number): Promise<void> {
    await pause(ms / 50, this.#view.stopped);
    let timer: NodeJS.Timeout | undefined;
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      timer = setTimeout(resolve, ms);
      if (this.#isNudged) resolve();
    });
    clearTimeout(timer);
    this.#wake = () => undefined;
    this.#isNudged = false;
  }
}
