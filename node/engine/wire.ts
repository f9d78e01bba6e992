/** Messages of the consensus channel: bytes to domain values with every bound, and back. */
import {
  MAX_PARTS,
  MAX_VALIDATORS,
  decodeEvidence,
  decodePart,
  decodeProposal,
  decodeVote,
  encodeEvidence,
  encodePart,
  encodeProposal,
  encodeVote,
} from "../../chain/block/index.js";
import type { BlockId, Evidence, Part, Proposal, Vote } from "../../chain/block/index.js";
import { MAX_ROUND, MAX_SUMMARY_ROUNDS } from "../../chain/consensus/index.js";
import type { RoundSummary, Step, VoteCertificate, VoteSummary } from "../../chain/consensus/index.js";
import { toHeight } from "../../chain/primitives/index.js";
import type { Height } from "../../chain/primitives/index.js";
import type { Quorum, RoundSummary as WireRound, Summary } from "../../proto/gen/openledger/engine/v1.js";
import { ConsensusMessage } from "../../proto/gen/openledger/engine/v1.js";
import { EdgeFailure } from "../errors.js";
import { decodeVoteValue, encodeVoteValue } from "./block-id-codec.js";
import { makeCertificate } from "./wal-record.js";

/** Longest message: a vote with the largest extension, or a certificate of prevotes of the largest set. */
export const MAX_MESSAGE_BYTES = 4 * 1_048_576;
/** Votes in one certificate. */
const MAX_CERTIFICATE_VOTES = MAX_VALIDATORS;

export type GossipMessage =
  | { readonly kind: "proposal"; readonly proposal: Proposal }
  | { readonly kind: "vote"; readonly vote: Vote }
  | { readonly kind: "certificate"; readonly certificate: VoteCertificate }
  | { readonly kind: "part"; readonly height: Height; readonly root: Uint8Array; readonly part: Part }
  | { readonly kind: "summary"; readonly summary: VoteSummary; readonly base: Height }
  | PartsRequest
  | { readonly kind: "evidence"; readonly evidence: Evidence };

export interface PartsRequest {
  readonly kind: "parts-request";
  readonly height: Height;
  readonly root: Uint8Array;
  readonly total: number;
  /** Bit i: part i is held. */
  readonly held: bigint;
}

const STEPS: readonly Step[] = ["new", "propose", "prevote", "precommit", "commit"];

export function encodeMessage(message: GossipMessage): Uint8Array {
  return ConsensusMessage.encode(ConsensusMessage.create(toWire(message)));
}

function toWire(message: GossipMessage): Partial<ConsensusMessage> {
  switch (message.kind) {
    case "proposal":
      return { proposal: encodeProposal(message.proposal) };
    case "vote":
      return { vote: encodeVote(message.vote) };
    case "certificate":
      return { certificate: { votes: message.certificate.votes.map(encodeVote) } };
    case "part":
      return { part: { height: message.height, root: message.root, part: encodePart(message.part) } };
    case "summary":
      return { summary: summaryToWire(message.summary, message.base) };
    case "parts-request": {
      const { height, root, total, held } = message;
      return { partsRequest: { height, root, total, held: encodeBits(held) } };
    }
    case "evidence":
      return { evidence: encodeEvidence(message.evidence) };
    default:
      return message satisfies never;
  }
}

function summaryToWire(summary: VoteSummary, base: Height): Summary {
  const { height, round, step, hasProposal, rounds } = summary;
  return { height, base, round, step: STEPS.indexOf(step), hasProposal, rounds: rounds.map(roundToWire) };
}

function roundToWire({ round, prevotes, precommits, polka, commit }: RoundSummary): WireRound {
  return {
    round,
    prevotes: encodeBits(prevotes),
    precommits: encodeBits(precommits),
    polka: quorumToWire(polka),
    commit: quorumToWire(commit),
  };
}

function quorumToWire(quorum: { readonly blockId: BlockId | null } | null): Quorum | undefined {
  return quorum === null ? undefined : { blockId: encodeVoteValue(quorum.blockId) };
}

/** @throws Reject or EdgeFailure "malformed" on what no honest node sends. */
export function decodeMessage(bytes: Uint8Array): GossipMessage {
  const wire = ConsensusMessage.decode(bytes);
  if (wire.proposal !== undefined) return { kind: "proposal", proposal: decodeProposal(wire.proposal) };
  if (wire.vote !== undefined) return { kind: "vote", vote: decodeVote(wire.vote) };
  if (wire.certificate !== undefined) {
    const { votes } = wire.certificate;
    if (votes.length > MAX_CERTIFICATE_VOTES) throw bad("too many votes");
    return { kind: "certificate", certificate: makeCertificate(votes.map(decodeVote)) };
  }
  if (wire.part !== undefined) {
    const { height, root, part } = wire.part;
    return { kind: "part", height: toHeight(height), root: checkRoot(root), part: decodePart(part) };
  }
  if (wire.summary !== undefined) return summaryFromWire(wire.summary);
  if (wire.partsRequest !== undefined) {
    const { height, root, total, held } = wire.partsRequest;
    if (total < 1 || total > MAX_PARTS) throw bad("number of parts");
    return {
      kind: "parts-request",
      height: toHeight(height),
      root: checkRoot(root),
      total,
      held: decodeBits(held, total),
    };
  }
  if (wire.evidence !== undefined) return { kind: "evidence", evidence: decodeEvidence(wire.evidence) };
  throw bad("no content");
}

function summaryFromWire(wire: Summary): GossipMessage {
  const step = STEPS[wire.step];
  if (step === undefined) throw bad("unknown step");
  if (wire.rounds.length > MAX_SUMMARY_ROUNDS) throw bad("too many rounds");
  const summary: VoteSummary = {
    height: toHeight(wire.height),
    round: checkRound(wire.round),
    step,
    hasProposal: wire.hasProposal,
    rounds: wire.rounds.map((r) => ({
      round: checkRound(r.round),
      prevotes: decodeBits(r.prevotes, MAX_VALIDATORS),
      precommits: decodeBits(r.precommits, MAX_VALIDATORS),
      polka: quorumFromWire(r.polka),
      commit: quorumFromWire(r.commit),
    })),
  };
  return { kind: "summary", summary, base: toHeight(wire.base) };
}

function quorumFromWire(quorum: Quorum | undefined): { readonly blockId: BlockId | null } | null {
  return quorum === undefined ? null : { blockId: decodeVoteValue(quorum.blockId) };
}

function checkRound(round: number): number {
  if (round < 0 || round > MAX_ROUND) throw bad("round out of range");
  return round;
}

function checkRoot(root: Uint8Array): Uint8Array {
  if (root.length !== 32) throw bad("part set root");
  return root;
}

/** Little-endian bytes of a bit set, without trailing zero bytes. */
export function encodeBits(bits: bigint): Uint8Array {
  if (bits === 0n) return new Uint8Array(0);
  const hex = bits.toString(16);
  const even = hex.length % 2 === 0 ? hex : `0${hex}`;
  return new Uint8Array(Buffer.from(even, "hex").reverse());
}

/** @throws EdgeFailure "malformed" on a bit at or beyond `size`. */
export function decodeBits(bytes: Uint8Array, size: number): bigint {
  if (bytes.length > Math.ceil(size / 8)) throw bad("bit set too long");
  if (bytes.length === 0) return 0n;
  const bits = BigInt(`0x${Buffer.from(bytes).reverse().toString("hex")}`);
  if (bits >> BigInt(size) !== 0n) throw bad("bit set too long");
  return bits;
}

function bad(reason: string): EdgeFailure {
  return new EdgeFailure("malformed", `consensus message: ${reason}`);
}
