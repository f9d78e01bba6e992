import { merkleRoot, sha256 } from "../crypto/index.js";
import { equalBytes } from "../primitives/index.js";
import type { Hash32 } from "../primitives/index.js";
import { Block as WireBlock } from "../../proto/gen/tendermint/types.js";
import { commitHash, commitToWire, parseCommit } from "./commit.js";
import { CometError } from "./errors.js";
import { evidenceHash, evidenceToWire, parseEvidence } from "./evidence.js";
import { headerToWire, parseHeader } from "./header.js";
import { MAX_BLOCK_BYTES } from "./limits.js";
import type { Block } from "./types.js";
import { decodeExact, required } from "./wire.js";

/** DataHash: the Merkle root over the SHA-256 of each transaction. */
export function dataHash(txs: readonly Uint8Array[]): Hash32 {
  return merkleRoot(txs.map(sha256));
}

/** tendermint.types.Block: what is cut into parts. */
export function encodeBlock(block: Block): Uint8Array {
  return WireBlock.encode({
    header: headerToWire(block.header),
    data: { txs: block.txs },
    evidence: { evidence: block.evidence.map(evidenceToWire) },
    lastCommit: commitToWire(block.lastCommit),
  });
}

/** @throws Reject comet/15 unless the header commits to the transactions, the evidence and the last commit. */
export function checkBlock(block: Block): void {
  const { header } = block;
  const expected: readonly (readonly [string, Uint8Array, Uint8Array])[] = [
    ["last commit", header.lastCommitHash, commitHash(block.lastCommit)],
    ["data", header.dataHash, dataHash(block.txs)],
    ["evidence", header.evidenceHash, evidenceHash(block.evidence)],
  ];
  for (const [name, claimed, actual] of expected) {
    if (!equalBytes(claimed, actual)) throw CometError.InvalidBlock(`the header's ${name} hash is another`);
  }
}

/**
 * A whole block whose header commits to its content. Whether it follows from the state is the engine's to check.
 * @throws Reject of codespace comet.
 */
export function decodeBlock(bytes: Uint8Array): Block {
  const message = decodeExact(WireBlock, bytes, MAX_BLOCK_BYTES);
  const block: Block = {
    header: parseHeader(message.header),
    txs: message.data.txs,
    evidence: message.evidence.evidence.map(parseEvidence),
    lastCommit: parseCommit(required(message.lastCommit, "last commit")),
  };
  checkBlock(block);
  return block;
}
