/**
 * The records of the write-ahead log: every input of the core, and the blocks that inputs name. A block stands before
 * the input that names it and is flushed with it, so no decision can name a block that a crash lost.
 */
import {
  decodeBlock,
  decodeExtendedCommit,
  decodeProposal,
  decodeValidatorSet,
  decodeVote,
  encodeExtendedCommit,
  encodeProposal,
  encodeValidatorSet,
  encodeVote,
} from "../../chain/block/index.js";
import type { Vote } from "../../chain/block/index.js";
import { markVerified } from "../../chain/consensus/index.js";
import type { CoreInput, TimeoutKind, VoteCertificate } from "../../chain/consensus/index.js";
import { EMPTY_BYTES, toAddress, toHeight } from "../../chain/primitives/index.js";
import type { Timeout as WireTimeout, Value } from "../../proto/gen/openledger/engine/v1.js";
import { WalRecord as Wire } from "../../proto/gen/openledger/engine/v1.js";
import { EdgeFailure } from "../errors.js";
import { decodeBlockId, encodeBlockId } from "./block-id-codec.js";

export type WalRecord =
  | { readonly kind: "input"; readonly input: CoreInput }
  /** An encoded block, as its parts gave it. */
  | { readonly kind: "block"; readonly bytes: Uint8Array };

const TIMEOUT_KINDS: readonly TimeoutKind[] = ["propose", "prevote", "precommit", "commit"];

export function encodeRecord(record: WalRecord): Uint8Array {
  if (record.kind === "block") return Wire.encode(Wire.create({ block: record.bytes }));
  return Wire.encode(Wire.create(inputToWire(record.input)));
}

function inputToWire(input: CoreInput): Partial<Wire> {
  switch (input.kind) {
    case "start-height":
      return {
        startHeight: {
          height: input.height,
          validators: encodeValidatorSet(input.validators),
          self: input.self ?? EMPTY_BYTES,
        },
      };
    case "proposal":
      return { proposal: encodeProposal(input.proposal) };
    case "vote":
      return { vote: encodeVote(input.vote) };
    case "certificate":
      return { certificate: { votes: input.certificate.votes.map(encodeVote) } };
    case "value-built":
      return { valueBuilt: valueToWire(input) };
    case "value-judged":
      return { valueJudged: valueToWire(input) };
    case "signed-proposal":
      return { signedProposal: encodeProposal(input.proposal) };
    case "signed-vote":
      return { signedVote: encodeVote(input.vote) };
    case "timeout-elapsed":
      return { timeout: input.timeout };
    case "decided-by-sync":
      return { decidedBySync: encodeExtendedCommit(input.commit) };
    default:
      return input satisfies never;
  }
}

function valueToWire(input: Extract<CoreInput, { kind: "value-built" | "value-judged" }>): Value {
  const { height, blockId } = input;
  return {
    height,
    round: input.kind === "value-built" ? input.round : 0,
    blockId: encodeBlockId(blockId),
    isValid: input.kind === "value-judged" ? input.isValid : true,
  };
}

/** @throws EdgeFailure "malformed", or a Reject of a nested decoder, on anything that encodeRecord does not write. */
export function decodeRecord(bytes: Uint8Array): WalRecord {
  const wire = Wire.decode(bytes);
  if (wire.block !== undefined) {
    decodeBlock(wire.block);
    return { kind: "block", bytes: wire.block };
  }
  return { kind: "input", input: inputFromWire(wire) };
}

function inputFromWire(wire: Wire): CoreInput {
  if (wire.startHeight !== undefined) {
    const { height, validators, self } = wire.startHeight;
    return {
      kind: "start-height",
      height: toHeight(height),
      validators: decodeValidatorSet(validators),
      self: self.length === 0 ? null : toAddress(self),
    };
  }
  if (wire.proposal !== undefined)
    return { kind: "proposal", proposal: markVerified(decodeProposal(wire.proposal)) };
  if (wire.vote !== undefined) return { kind: "vote", vote: markVerified(decodeVote(wire.vote)) };
  if (wire.certificate !== undefined)
    return {
      kind: "certificate",
      certificate: markVerified(makeCertificate(wire.certificate.votes.map(decodeVote))),
    };
  if (wire.signedProposal !== undefined)
    return { kind: "signed-proposal", proposal: decodeProposal(wire.signedProposal) };
  if (wire.signedVote !== undefined) return { kind: "signed-vote", vote: decodeVote(wire.signedVote) };
  return valueFromWire(wire);
}

function valueFromWire(wire: Wire): CoreInput {
  if (wire.valueBuilt !== undefined) {
    const { height, round, blockId } = wire.valueBuilt;
    return { kind: "value-built", height: toHeight(height), round, blockId: decodeBlockId(blockId) };
  }
  if (wire.valueJudged !== undefined) {
    const { height, blockId, isValid } = wire.valueJudged;
    return { kind: "value-judged", height: toHeight(height), blockId: decodeBlockId(blockId), isValid };
  }
  if (wire.timeout !== undefined) return { kind: "timeout-elapsed", timeout: parseTimeout(wire.timeout) };
  if (wire.decidedBySync !== undefined)
    return { kind: "decided-by-sync", commit: markVerified(decodeExtendedCommit(wire.decidedBySync)) };
  throw new EdgeFailure("malformed", "a WAL record without content");
}

function parseTimeout({ kind, height, round }: WireTimeout): {
  readonly kind: TimeoutKind;
  readonly height: ReturnType<typeof toHeight>;
  readonly round: number;
} {
  const known = TIMEOUT_KINDS.find((k) => k === kind);
  if (known === undefined) throw new EdgeFailure("malformed", "a WAL record of an unknown timeout", { kind });
  return { kind: known, height: toHeight(height), round };
}

/**
 * Votes of one type, height, round and value as a certificate; whether they are a quorum is the core's to say.
 * @throws EdgeFailure "malformed" when there is none or they differ.
 */
export function makeCertificate(votes: readonly Vote[]): VoteCertificate {
  const first = votes[0];
  if (first === undefined) throw new EdgeFailure("malformed", "a certificate without votes");
  const { type, height, round, blockId } = first;
  const value = blockId === null ? "" : Buffer.from(encodeBlockId(blockId)).toString("hex");
  for (const vote of votes) {
    const same = vote.type === type && vote.height === height && vote.round === round;
    const theirs = vote.blockId === null ? "" : Buffer.from(encodeBlockId(vote.blockId)).toString("hex");
    if (!same || theirs !== value) throw new EdgeFailure("malformed", "a certificate of unlike votes");
  }
  return { type, height, round, blockId, votes };
}
