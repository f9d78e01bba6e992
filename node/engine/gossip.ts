/**
 * Consensus messages between nodes, on one direct channel. Own messages are pushed to all peers at once; everything else
 * travels by reconciliation: a node says what it has (a summary, when that changed and at least once a second), and peers
 * send what it lacks. So a message costs one copy per link, and a lossy or restarted peer catches up by itself (ADR 0051).
 */
import { makePartSet } from "../../chain/block/index.js";
import type { Evidence, Part, Vote } from "../../chain/block/index.js";
import {
  isProposalWanted,
  isSameValue,
  isVoteWanted,
  voteSummary,
  votesMissing,
} from "../../chain/consensus/index.js";
import type { OwnMessage, VoteCertificate, VoteSummary } from "../../chain/consensus/index.js";
import { Fault, Reject, equalBytes, toHeight } from "../../chain/primitives/index.js";
import type { Height } from "../../chain/primitives/index.js";
import type { AppConnection } from "../app/index.js";
import type { EngineConfig } from "../config/engine.js";
import { EdgeFailure, errorText } from "../errors.js";
import type { Channel, P2p, PeerId, Verdict } from "../p2p/types.js";
import type { Logger } from "../telemetry/log.js";
import type { BlockStore } from "./block-store.js";
import { EarlyGossip } from "./early-gossip.js";
import type { EarlyEntry } from "./early-gossip.js";
import type { ConsensusHost } from "./host.js";
import { verifyCertificate, verifyProposal, verifyVote } from "./verifier.js";
import type { Refusal } from "./verifier.js";
import { MAX_MESSAGE_BYTES, decodeMessage, encodeMessage } from "./wire.js";
import type { GossipMessage, PartsRequest } from "./wire.js";

/** Votes sent in answer to one summary; the next summary asks for the rest. */
const VOTES_PER_ANSWER = 128;
/** Parts sent in answer to one request: 2 MiB. */
const PARTS_PER_ANSWER = 32;
/** How often missing parts are asked for, each time of another peer. */
const PARTS_MS = 150;
/** Summaries of one peer that are answered, per second. */
const ANSWERS_PER_SECOND = 40;

/** comet/16 and comet/18: a signature that is none, a voter who was not in the set. */
const FORGERIES: ReadonlySet<number> = new Set([16, 18]);

/** Where a peer said it stands. */
export interface PeerStatus {
  /** The height it works on; the blocks below are committed. */
  readonly height: Height;
  readonly base: Height;
}

export interface GossipDeps {
  readonly p2p: P2p;
  readonly app: AppConnection;
  readonly blocks: BlockStore;
  readonly config: EngineConfig;
  readonly log: Logger;
  /** Takes evidence that a peer sent. @throws Reject when it convicts nobody. */
  readonly addEvidence: (evidence: Evidence) => boolean;
  readonly onStatus: (peer: PeerId, status: PeerStatus) => void;
  readonly onVote: (vote: Vote) => void;
}

export class ConsensusGossip {
  readonly #deps: GossipDeps;
  readonly #channel: Channel;
  readonly #peers = new Map<PeerId, PeerStatus>();
  readonly #answered = new Map<PeerId, { second: number; count: number }>();
  readonly #early = new EarlyGossip();
  #host: ConsensusHost | undefined;
  #summaryTimer: NodeJS.Timeout | undefined;
  #intervals: NodeJS.Timeout[] = [];
  #stopPeers: () => void = () => undefined;
  #turn = 0;
  #lastBlock: { readonly height: Height; readonly parts: readonly Part[] } | undefined;

  /** Registers the channel; call before the p2p service starts. */
  constructor(deps: GossipDeps) {
    this.#deps = deps;
    this.#channel = deps.p2p.channel("consensus", {
      maxBytes: MAX_MESSAGE_BYTES,
      priority: "consensus",
      queue: { maxMessages: 4_096, maxBytes: 64 * 1_048_576 },
      onMessage: (peer, bytes) => this.#receive(peer, bytes),
    });
  }

  start(host: ConsensusHost): void {
    this.#host = host;
    const { config, p2p } = this.#deps;
    this.#intervals = [
      setInterval(() => this.sendSummary(), config.gossipMs),
      setInterval(() => this.requestParts(), PARTS_MS),
    ];
    this.#stopPeers = p2p.onPeer({
      connected: () => this.changed(),
      disconnected: (peer) => {
        this.#peers.delete(peer);
        this.#answered.delete(peer);
        this.#early.forget(peer);
      },
    });
  }

  stop(): void {
    this.#stopPeers();
    clearTimeout(this.#summaryTimer);
    for (const interval of this.#intervals) clearInterval(interval);
    this.#host = undefined;
  }

  /** Something that a summary shows has changed: one goes out soon. */
  changed(): void {
    this.#summaryTimer ??= setTimeout(() => this.sendSummary(), this.#deps.config.gossipMinMs);
  }

  sendSummary(): void {
    clearTimeout(this.#summaryTimer);
    this.#summaryTimer = undefined;
    const summary = this.#host === undefined ? null : voteSummary(this.#host.core);
    if (summary !== null) this.#broadcast({ kind: "summary", summary, base: this.#deps.blocks.base });
  }

  /** Another height began: what came for it before is heard now, and peers learn that we want its messages. */
  heightStarted(height: Height): void {
    void this.#hear(this.#early.take(height));
    this.sendSummary();
  }

  async #hear(early: readonly EarlyEntry[]): Promise<void> {
    for (const { peer, message } of early) {
      const verdict = await this.#guarded(peer, () => this.#handle(peer, message));
      if (verdict === "reject") this.#deps.p2p.penalize(peer, 20, "invalid consensus message");
    }
  }

  publish(message: OwnMessage): void {
    if (message.kind === "vote") {
      this.#deps.onVote(message.vote);
      return this.#broadcast(message);
    }
    this.#broadcast(message);
    const { height, blockId } = message.proposal;
    const root = blockId.parts.hash;
    for (const part of this.#host?.parts.parts(root) ?? [])
      this.#broadcast({ kind: "part", height, root, part });
  }

  publishEvidence(evidence: readonly Evidence[]): void {
    for (const e of evidence) this.#broadcast({ kind: "evidence", evidence: e });
  }

  /** Asks one peer, another each time, for the parts that we lack of each wanted block. */
  requestParts(): void {
    const host = this.#host;
    const missing = host?.parts.missing() ?? [];
    if (host === undefined || missing.length === 0) return;
    const able = [...this.#peers].filter(([, status]) => status.height >= host.height).map(([peer]) => peer);
    const peer = able[this.#turn++ % Math.max(1, able.length)];
    if (peer === undefined) return;
    for (const { id, held } of missing) {
      const { hash: root, total } = id.parts;
      this.#send(peer, { kind: "parts-request", height: host.height, root, total, held });
    }
  }

  /** While a message of a peer is judged, its next ones wait in its stream. */
  #receive(peer: PeerId, bytes: Uint8Array): Promise<Verdict> {
    return this.#guarded(peer, () => this.#handle(peer, decodeMessage(bytes)));
  }

  /** A message that no honest node sends costs its peer; an application that throws stops us. */
  async #guarded(peer: PeerId, handle: () => Verdict | Promise<Verdict>): Promise<Verdict> {
    try {
      return await handle();
    } catch (error) {
      if (!(error instanceof Reject) && !(error instanceof EdgeFailure)) {
        this.#host?.fail(error);
        return "ignore";
      }
      this.#deps.log.debug("malformed consensus message", { peer, reason: errorText(error) });
      return "reject";
    }
  }

  #handle(peer: PeerId, message: GossipMessage): Verdict | Promise<Verdict> {
    const host = this.#host;
    if (host === undefined || host.height === 0n) return "ignore";
    if (message.kind === "summary") return this.#onSummary(host, peer, message);
    if (message.kind === "evidence") return this.#onEvidence(message.evidence);
    if (message.kind === "parts-request") return this.#onPartsRequest(host, peer, message);
    const height = heightOf(message);
    if (height > host.height) {
      this.#early.keep(host.height, peer, message);
      return "ignore";
    }
    return height < host.height ? "ignore" : this.#onConsensus(host, message);
  }

  #onConsensus(host: ConsensusHost, message: CurrentMessage): Verdict | Promise<Verdict> {
    switch (message.kind) {
      case "proposal": {
        const { proposal } = message;
        if (!isProposalWanted(host.core, proposal.height, proposal.round)) return "ignore";
        const verified = verifyProposal(proposal, host.context);
        if (isRefused(verified)) return verdictOf(verified);
        host.expect(proposal.blockId);
        host.submit({ kind: "proposal", proposal: verified });
        return "accept";
      }
      case "vote":
        return this.#onVote(host, message.vote);
      case "certificate":
        return this.#onCertificate(host, message.certificate);
      case "part": {
        const { result, id } = host.parts.add(message.root, message.part);
        if (id !== null) host.completed(id);
        return result === "added" || result === "complete" ? "accept" : "ignore";
      }
      default:
        return message satisfies never;
    }
  }

  async #onVote(host: ConsensusHost, vote: Vote): Promise<Verdict> {
    if (!isVoteWanted(host.core, vote) || isKnown(host, vote)) return "ignore";
    const verified = await verifyVote(vote, host.context, this.#deps.app);
    if (isRefused(verified)) return verdictOf(verified);
    this.#deps.onVote(vote);
    host.submit({ kind: "vote", vote: verified });
    return "accept";
  }

  async #onCertificate(host: ConsensusHost, certificate: VoteCertificate): Promise<Verdict> {
    if (!isVoteWanted(host.core, certificate)) return "ignore";
    const verified = await verifyCertificate(certificate, host.context, this.#deps.app);
    if (isRefused(verified)) return verdictOf(verified);
    host.submit({ kind: "certificate", certificate: verified });
    return "accept";
  }

  #onEvidence(evidence: Evidence): Verdict {
    try {
      if (!this.#deps.addEvidence(evidence)) return "ignore";
      this.publishEvidence([evidence]);
      return "accept";
    } catch (error) {
      if (!(error instanceof Reject)) throw error;
      // A wrong signature is one for every node; a height may be one that we have not reached, or expired for us a block earlier.
      return error.codespace === "comet" && FORGERIES.has(error.code) ? "reject" : "ignore";
    }
  }

  #onSummary(
    host: ConsensusHost,
    peer: PeerId,
    { summary, base }: Extract<GossipMessage, { kind: "summary" }>,
  ): Verdict {
    const status = { height: summary.height, base };
    this.#peers.set(peer, status);
    this.#deps.onStatus(peer, status);
    if (summary.height !== host.height || !this.#mayAnswer(peer)) return "accept";
    this.#answer(host, peer, summary);
    return "accept";
  }

  #answer(host: ConsensusHost, peer: PeerId, summary: VoteSummary): void {
    const missing = votesMissing(host.core, summary, VOTES_PER_ANSWER);
    if (missing.proposal !== null) this.#send(peer, { kind: "proposal", proposal: missing.proposal });
    for (const vote of missing.votes) this.#send(peer, { kind: "vote", vote });
    for (const certificate of missing.certificates) this.#send(peer, { kind: "certificate", certificate });
  }

  #onPartsRequest(host: ConsensusHost, peer: PeerId, request: PartsRequest): Verdict {
    if (!this.#mayAnswer(peer)) return "ignore";
    const parts =
      request.height === host.height ? host.parts.parts(request.root) : this.#storedParts(request);
    const lacking = parts.filter(
      (p) => p.index < request.total && ((request.held >> BigInt(p.index)) & 1n) === 0n,
    );
    for (const part of lacking.slice(0, PARTS_PER_ANSWER)) {
      const { height, root } = request;
      if (!this.#send(peer, { kind: "part", height, root, part })) break;
    }
    return "accept";
  }

  /** Of a block that we have committed and the peer has not. The last one asked for stays cut. */
  #storedParts({ height, root }: PartsRequest): readonly Part[] {
    const id = this.#deps.blocks.id(height);
    if (id === undefined || !equalBytes(id.parts.hash, root)) return [];
    if (this.#lastBlock?.height !== height) {
      const bytes = this.#deps.blocks.bytes(height);
      if (bytes === undefined) return [];
      this.#lastBlock = { height, parts: makePartSet(bytes).parts };
    }
    return this.#lastBlock.parts;
  }

  #mayAnswer(peer: PeerId): boolean {
    const second = Math.floor(performance.now() / 1_000);
    const entry = this.#answered.get(peer);
    if (entry?.second !== second) {
      this.#answered.set(peer, { second, count: 1 });
      return true;
    }
    entry.count++;
    return entry.count <= ANSWERS_PER_SECOND;
  }

  #send(peer: PeerId, message: GossipMessage): boolean {
    const bytes = encodeMessage(message);
    return bytes.length <= MAX_MESSAGE_BYTES && this.#channel.send(peer, bytes);
  }

  #broadcast(message: GossipMessage): void {
    const bytes = encodeMessage(message);
    if (bytes.length > MAX_MESSAGE_BYTES)
      throw new Fault("a message of ours is too large", { bytes: bytes.length });
    this.#channel.broadcast(bytes);
  }
}

/** Messages that belong to one height. */
export type CurrentMessage = Extract<GossipMessage, { kind: "proposal" | "vote" | "certificate" | "part" }>;

function heightOf(message: CurrentMessage): Height {
  switch (message.kind) {
    case "proposal":
      return message.proposal.height;
    case "vote":
      return message.vote.height;
    case "certificate":
      return message.certificate.height;
    case "part":
      return toHeight(message.height);
    default:
      return message satisfies never;
  }
}

function isRefused<T extends object>(checked: T | Refusal): checked is Refusal {
  return checked === "forged" || checked === "refused";
}

function verdictOf(refusal: Refusal): Verdict {
  return refusal === "forged" ? "reject" : "ignore";
}

/** The same vote was counted already: saves a signature check for each copy. */
function isKnown(host: ConsensusHost, vote: Vote): boolean {
  const slot = host.core.current?.votes.rounds.get(vote.round)?.[vote.type].slots[vote.index] ?? [];
  return slot.some((v) => isSameValue(v.blockId, vote.blockId));
}
