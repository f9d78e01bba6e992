import { sha256 } from "../crypto/index.js";
import { MAX_INT64 } from "../primitives/index.js";
import type { Hash32 } from "../primitives/index.js";
import type { Duration } from "../../proto/gen/google/protobuf.js";
import { ConsensusParams as WireParams, HashedParams } from "../../proto/gen/tendermint/types.js";
import { CometError } from "./errors.js";
import { MAX_BLOCK_BYTES } from "./limits.js";
import type { ConsensusParams } from "./types.js";
import { decodeExact, required } from "./wire.js";

const MAX_PARAMS_BYTES = 4_096;
const NS_PER_SECOND = 1_000_000_000n;
const KEY_TYPE = "ed25519";

/** CometBFT's defaults: 21 MiB blocks without a gas limit, evidence of two days, vote extensions off. */
export const DEFAULT_CONSENSUS_PARAMS: ConsensusParams = {
  block: { maxBytes: 22_020_096n, maxGas: -1n },
  evidence: { maxAgeNumBlocks: 100_000n, maxAgeDurationNs: 172_800n * NS_PER_SECOND, maxBytes: 1_048_576n },
  validator: { pubKeyTypes: [KEY_TYPE] },
  version: { app: 0n },
  abci: { voteExtensionsEnableHeight: 0n },
};

function durationOf(ns: bigint): Duration {
  return { seconds: ns / NS_PER_SECOND, nanos: Number(ns % NS_PER_SECOND) };
}

function parseDuration({ seconds, nanos }: Duration): bigint {
  const ns = seconds * NS_PER_SECOND + BigInt(nanos);
  if (seconds < 0n || nanos < 0 || nanos >= 1_000_000_000 || ns > MAX_INT64) {
    throw CometError.OutOfRange(`duration ${seconds} s ${nanos} ns`);
  }
  return ns;
}

/** The ABCI message with every section set. */
export function consensusParamsToWire(params: ConsensusParams): WireParams {
  const { block, evidence, validator, version, abci } = params;
  return {
    block,
    evidence: {
      maxAgeNumBlocks: evidence.maxAgeNumBlocks,
      maxAgeDuration: durationOf(evidence.maxAgeDurationNs),
      maxBytes: evidence.maxBytes,
    },
    validator,
    version,
    abci,
  };
}

/**
 * `current` with the sections that an update sets. The result is checked.
 * @throws Reject comet/14 and comet/4.
 */
export function mergeConsensusParams(current: ConsensusParams, update: WireParams): ConsensusParams {
  const merged: ConsensusParams = {
    block: update.block ?? current.block,
    evidence:
      update.evidence === undefined
        ? current.evidence
        : {
            maxAgeNumBlocks: update.evidence.maxAgeNumBlocks,
            maxAgeDurationNs: parseDuration(update.evidence.maxAgeDuration),
            maxBytes: update.evidence.maxBytes,
          },
    validator: update.validator ?? current.validator,
    version: update.version ?? current.version,
    abci: update.abci ?? current.abci,
  };
  checkConsensusParams(merged);
  return merged;
}

/** CometBFT's ConsensusParams.ValidateBasic, with ed25519 as the only key type. @throws Reject comet/14. */
export function checkConsensusParams({ block, evidence, validator, abci }: ConsensusParams): void {
  const limit = block.maxBytes === -1n ? BigInt(MAX_BLOCK_BYTES) : block.maxBytes;
  const rules: readonly (readonly [boolean, string])[] = [
    [limit >= 1n && limit <= BigInt(MAX_BLOCK_BYTES), `block.max_bytes ${block.maxBytes}`],
    [block.maxGas >= -1n, `block.max_gas ${block.maxGas}`],
    [evidence.maxAgeNumBlocks > 0n, `evidence.max_age_num_blocks ${evidence.maxAgeNumBlocks}`],
    [evidence.maxAgeDurationNs > 0n, `evidence.max_age_duration ${evidence.maxAgeDurationNs}`],
    [evidence.maxBytes >= 0n && evidence.maxBytes <= limit, `evidence.max_bytes ${evidence.maxBytes}`],
    [
      validator.pubKeyTypes.length === 1 && validator.pubKeyTypes[0] === KEY_TYPE,
      "validator.pub_key_types must be ed25519",
    ],
    [
      abci.voteExtensionsEnableHeight >= 0n,
      `abci.vote_extensions_enable_height ${abci.voteExtensionsEnableHeight}`,
    ],
  ];
  for (const [holds, what] of rules) if (!holds) throw CometError.InvalidParams(what);
}

/**
 * The height from which votes are extended can be set once, for a height to come: not moved to the past, and neither
 * changed nor cleared when reached (ValidateUpdate in CometBFT types/params.go). `height` is that of the update.
 * @throws Reject comet/14.
 */
export function checkParamsUpdate(current: ConsensusParams, next: ConsensusParams, height: bigint): void {
  const before = current.abci.voteExtensionsEnableHeight;
  const after = next.abci.voteExtensionsEnableHeight;
  if (before === after) return;
  if (before > 0n && before <= height)
    throw CometError.InvalidParams("vote extensions cannot be changed once enabled");
  if (after !== 0n && after <= height)
    throw CometError.InvalidParams("vote extensions cannot start in the past");
}

/** tendermint.types.ConsensusParams. */
export function encodeConsensusParams(params: ConsensusParams): Uint8Array {
  return WireParams.encode(consensusParamsToWire(params));
}

/** Every section must be there. @throws Reject of codespace comet. */
export function decodeConsensusParams(bytes: Uint8Array): ConsensusParams {
  const message = decodeExact(WireParams, bytes, MAX_PARAMS_BYTES);
  for (const name of ["block", "evidence", "validator", "version", "abci"] as const)
    required(message[name], name);
  return mergeConsensusParams(DEFAULT_CONSENSUS_PARAMS, message);
}

/** ConsensusHash: SHA-256, not a Merkle root, over the block limits alone. */
export function consensusParamsHash({ block }: Pick<ConsensusParams, "block">): Hash32 {
  return sha256(HashedParams.encode({ blockMaxBytes: block.maxBytes, blockMaxGas: block.maxGas }));
}
