import type { MerkleProof } from "../crypto/index.js";
import { Part as WirePart } from "../../proto/gen/tendermint/types.js";
import type { Proof as WireProof } from "../../proto/gen/tendermint/crypto.js";
import { CometError } from "./errors.js";
import { HASH_BYTES, MAX_PARTS, MAX_PART_MESSAGE_BYTES, PART_BYTES } from "./limits.js";
import type { Part } from "./types.js";
import { decodeExact } from "./wire.js";

/** More than any proof over 2^32 parts needs. */
const MAX_AUNTS = 64;

function proofToWire(proof: MerkleProof): WireProof {
  return {
    total: BigInt(proof.total),
    index: BigInt(proof.index),
    leafHash: proof.leafHash,
    aunts: proof.aunts,
  };
}

function parseProof(message: WireProof): MerkleProof {
  const { total, index, leafHash, aunts } = message;
  if (total < 1n || total > BigInt(MAX_PARTS) || index < 0n || index >= total) {
    throw CometError.InvalidPart(`a proof for ${index} of ${total}`);
  }
  if (
    aunts.length > MAX_AUNTS ||
    aunts.some((a) => a.length !== HASH_BYTES) ||
    leafHash.length !== HASH_BYTES
  ) {
    throw CometError.InvalidPart("malformed proof");
  }
  return { total: Number(total), index: Number(index), leafHash, aunts };
}

/** tendermint.types.Part. */
export function encodePart(part: Part): Uint8Array {
  return WirePart.encode({ index: part.index, bytes: part.bytes, proof: proofToWire(part.proof) });
}

/** Shape only: whether the part belongs to a proposal is the assembler's to say. @throws Reject of codespace comet. */
export function decodePart(bytes: Uint8Array): Part {
  const message = decodeExact(WirePart, bytes, MAX_PART_MESSAGE_BYTES);
  const proof = parseProof(message.proof);
  if (message.index !== proof.index)
    throw CometError.InvalidPart(`part ${message.index} with a proof for ${proof.index}`);
  const last = proof.index === proof.total - 1;
  const size = message.bytes.length;
  if (size < 1 || size > PART_BYTES || (!last && size < PART_BYTES))
    throw CometError.InvalidPart(`part of ${size} bytes`);
  return { index: message.index, bytes: message.bytes, proof };
}
