/**
 * CometBFT's privval messages on a stream: an unsigned varint length and a tendermint.privval.Message. The node asks, the signer
 * answers, one question at a time.
 */
import { decodeProposal, decodeVote, encodeProposal, encodeVote } from "../../chain/block/index.js";
import type { Proposal, Vote } from "../../chain/block/index.js";
import { Message } from "../../proto/gen/tendermint/privval.js";
import { Proposal as WireProposal, Vote as WireVote } from "../../proto/gen/tendermint/types.js";
import { EdgeFailure } from "../errors.js";
import { GrowingBytes } from "../growing-bytes.js";

/** CometBFT's signers refuse more than 10 KiB, so that is how long a vote with its extension can be with one of them; ours take this. */
export const MAX_MESSAGE_BYTES = 4 * 1_048_576;
/** A varint of four bytes is above every bound. */
const MAX_PREFIX_BYTES = 4;
const UNSIGNED = new Uint8Array(64);

export function encodeFrame(message: Partial<Message>): Uint8Array {
  const bytes = Message.encode(Message.create(message));
  const prefix: number[] = [];
  let rest = bytes.length;
  for (; rest >= 0x80; rest >>>= 7) prefix.push((rest & 0x7f) | 0x80);
  return Uint8Array.from(Buffer.concat([Buffer.from([...prefix, rest]), bytes]));
}

/** Cuts what arrives into messages; holds at most one message and the chunk that completed it. */
export class FrameReader {
  readonly #held = new GrowingBytes();

  push(chunk: Buffer): void {
    this.#held.push(chunk);
  }

  /** The next whole message. @throws EdgeFailure "malformed" on a length beyond the bound or bytes that are no message. */
  next(): Message | undefined {
    const prefix = this.#prefix();
    if (prefix === undefined || this.#held.length < prefix.size + prefix.length) return undefined;
    this.#held.take(prefix.size);
    const bytes = this.#held.take(prefix.length);
    try {
      return Message.decode(bytes);
    } catch (cause) {
      throw new EdgeFailure("malformed", "not a message of a signer", {}, cause);
    }
  }

  #prefix(): { readonly size: number; readonly length: number } | undefined {
    let length = 0;
    for (let size = 0; size < MAX_PREFIX_BYTES; size += 1) {
      const byte = this.#held.at(size);
      if (byte === undefined) return undefined;
      length += (byte & 0x7f) * 2 ** (7 * size);
      if (length > MAX_MESSAGE_BYTES) break;
      if (byte < 0x80) return { size: size + 1, length };
    }
    throw new EdgeFailure("malformed", "a message is longer than any signer's");
  }
}

export const voteToPrivval = (vote: Vote): WireVote => WireVote.decode(encodeVote(vote));
export const proposalToPrivval = (proposal: Proposal): WireProposal => WireProposal.decode(encodeProposal(proposal));

/** A vote that is yet to be signed. @throws Reject of codespace comet. */
export function unsignedVote(wire: WireVote): Vote {
  // The decoder wants a signature where there is to be one, and beside an extension another.
  const isExtended = wire.extension.length > 0;
  const filled = { ...wire, signature: UNSIGNED, extensionSignature: isExtended ? UNSIGNED : new Uint8Array() };
  return decodeVote(WireVote.encode(filled));
}

/** @throws Reject of codespace comet. */
export function unsignedProposal(wire: WireProposal): Proposal {
  return decodeProposal(WireProposal.encode({ ...wire, signature: UNSIGNED }));
}

/** @throws Reject of codespace comet. */
export const signedVote = (wire: WireVote): Vote => decodeVote(WireVote.encode(wire));
/** @throws Reject of codespace comet. */
export const signedProposal = (wire: WireProposal): Proposal => decodeProposal(WireProposal.encode(wire));
