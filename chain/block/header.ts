import { merkleRoot } from "../crypto/index.js";
import { toAddress, utf8 } from "../primitives/index.js";
import type { Hash32 } from "../primitives/index.js";
import { BytesValue, Int64Value, StringValue, Timestamp } from "../../proto/gen/google/protobuf.js";
import { BlockID as WireBlockId, Header as WireHeader } from "../../proto/gen/tendermint/types.js";
import { Consensus } from "../../proto/gen/tendermint/version.js";
import { blockIdToWire, parseBlockId } from "./block-id.js";
import { CometError } from "./errors.js";
import { ADDRESS_BYTES, BLOCK_PROTOCOL, MAX_APP_HASH_BYTES, MAX_CHAIN_ID_BYTES } from "./limits.js";
import type { Header } from "./types.js";
import { checkHash, decodeExact, parseHeight, parseTime, timestampOf } from "./wire.js";

const MAX_HEADER_BYTES = 1_024;

export function headerToWire(header: Header): WireHeader {
  return {
    version: { block: header.blockVersion, app: header.appVersion },
    chainId: header.chainId,
    height: header.height,
    time: timestampOf(header.time),
    lastBlockId: blockIdToWire(header.lastBlockId),
    lastCommitHash: header.lastCommitHash,
    dataHash: header.dataHash,
    validatorsHash: header.validatorsHash,
    nextValidatorsHash: header.nextValidatorsHash,
    consensusHash: header.consensusHash,
    appHash: header.appHash,
    lastResultsHash: header.lastResultsHash,
    evidenceHash: header.evidenceHash,
    proposerAddress: header.proposer,
  };
}

function checkShape(message: WireHeader): void {
  if (message.version.block !== BLOCK_PROTOCOL)
    throw CometError.InvalidHeader(`block protocol ${message.version.block}`);
  if (utf8(message.chainId).length > MAX_CHAIN_ID_BYTES)
    throw CometError.LimitExceeded("chain id above 50 bytes");
  if (message.proposerAddress.length !== ADDRESS_BYTES)
    throw CometError.InvalidHeader("proposer address length");
  if (message.appHash.length > MAX_APP_HASH_BYTES)
    throw CometError.LimitExceeded(`app hash of ${message.appHash.length} bytes`);
}

/** @throws Reject comet/7 and the codes of its fields. */
export function parseHeader(message: WireHeader): Header {
  checkShape(message);
  return {
    blockVersion: message.version.block,
    appVersion: message.version.app,
    chainId: message.chainId,
    height: parseHeight(message.height, "block height"),
    time: parseTime(message.time),
    lastBlockId: parseBlockId(message.lastBlockId),
    lastCommitHash: checkHash(message.lastCommitHash, "last commit hash"),
    dataHash: checkHash(message.dataHash, "data hash"),
    validatorsHash: checkHash(message.validatorsHash, "validators hash"),
    nextValidatorsHash: checkHash(message.nextValidatorsHash, "next validators hash"),
    consensusHash: checkHash(message.consensusHash, "consensus hash"),
    appHash: message.appHash,
    lastResultsHash: checkHash(message.lastResultsHash, "last results hash"),
    evidenceHash: checkHash(message.evidenceHash, "evidence hash"),
    proposer: toAddress(message.proposerAddress),
  };
}

/** tendermint.types.Header. */
export function encodeHeader(header: Header): Uint8Array {
  return WireHeader.encode(headerToWire(header));
}

/** @throws Reject of codespace comet. */
export function decodeHeader(bytes: Uint8Array): Header {
  return parseHeader(decodeExact(WireHeader, bytes, MAX_HEADER_BYTES));
}

/**
 * The block hash: the Merkle root of the 14 fields in the order of CometBFT's Header.Hash (cosmos-formats.md §4.3).
 * Strings, numbers and bytes are wrapper messages, so an empty value is an empty leaf; the zero last block id is not.
 * @throws Reject comet/7 without a validators hash: such a header has no hash.
 */
export function headerHash(header: Header): Hash32 {
  if (header.validatorsHash.length === 0) throw CometError.InvalidHeader("no validators hash");
  return merkleRoot([
    Consensus.encode({ block: header.blockVersion, app: header.appVersion }),
    StringValue.encode({ value: header.chainId }),
    Int64Value.encode({ value: header.height }),
    Timestamp.encode(timestampOf(header.time)),
    WireBlockId.encode(blockIdToWire(header.lastBlockId)),
    BytesValue.encode({ value: header.lastCommitHash }),
    BytesValue.encode({ value: header.dataHash }),
    BytesValue.encode({ value: header.validatorsHash }),
    BytesValue.encode({ value: header.nextValidatorsHash }),
    BytesValue.encode({ value: header.consensusHash }),
    BytesValue.encode({ value: header.appHash }),
    BytesValue.encode({ value: header.lastResultsHash }),
    BytesValue.encode({ value: header.evidenceHash }),
    BytesValue.encode({ value: header.proposer }),
  ]);
}
