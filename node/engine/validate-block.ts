/** Whether a block follows from the state: the rules of CometBFT 0.38 (state/validation.go), BFT time included. */
import {
  BLOCK_PROTOCOL,
  CometError,
  MAX_BLOCK_BYTES,
  checkBlock,
  consensusParamsHash,
  encodeEvidence,
  equalBlockIds,
  findValidator,
  medianTime,
  validatorSetHash,
  verifyCommit,
} from "../../chain/block/index.js";
import type { Block, Evidence } from "../../chain/block/index.js";
import { equalBytes, toHeight } from "../../chain/primitives/index.js";
import { nextHeight } from "./chain-state.js";
import type { ChainState } from "./chain-state.js";

/** Checks one piece of evidence against the chain. @throws Reject when it does not convict. */
export type EvidenceCheck = (evidence: Evidence, state: ChainState) => void;

/**
 * @throws Reject of codespace comet naming what is wrong: comet/15 for the block, comet/10 and comet/16 to 18 for its last
 * commit, comet/12 for evidence, comet/3 for its size.
 */
export function checkBlockFollows(
  state: ChainState,
  block: Block,
  size: number,
  checkEvidence: EvidenceCheck,
): void {
  checkSize(state, size);
  checkHeader(state, block);
  checkBlock(block);
  checkLastCommit(state, block);
  checkTime(state, block);
  checkAllEvidence(state, block, checkEvidence);
}

function checkSize(state: ChainState, size: number): void {
  const { maxBytes } = state.params.block;
  const limit = maxBytes === -1n ? BigInt(MAX_BLOCK_BYTES) : maxBytes;
  if (BigInt(size) > limit) throw CometError.LimitExceeded(`a block of ${size} bytes, at most ${limit}`);
}

function checkHeader(state: ChainState, { header }: Block): void {
  const rules: readonly (readonly [string, boolean])[] = [
    ["block version", header.blockVersion === BLOCK_PROTOCOL],
    ["application version", header.appVersion === state.appVersion],
    ["chain id", header.chainId === state.chainId],
    ["height", header.height === nextHeight(state)],
    ["last block id", equalBlockIds(header.lastBlockId, state.lastBlockId)],
    ["application hash", equalBytes(header.appHash, state.appHash)],
    ["consensus hash", equalBytes(header.consensusHash, consensusParamsHash(state.params))],
    ["last results hash", equalBytes(header.lastResultsHash, state.lastResultsHash)],
    ["validators hash", equalBytes(header.validatorsHash, validatorSetHash(state.validators))],
    ["next validators hash", equalBytes(header.nextValidatorsHash, validatorSetHash(state.nextValidators))],
    ["proposer", findValidator(state.validators, header.proposer) !== undefined],
  ];
  for (const [name, holds] of rules) if (!holds) throw CometError.InvalidBlock(`wrong ${name}`);
}

function checkLastCommit(state: ChainState, { lastCommit }: Block): void {
  const { lastValidators, lastHeight, lastBlockId, chainId } = state;
  if (lastValidators === null) {
    if (lastCommit.signatures.length > 0)
      throw CometError.InvalidCommit("the first block has no last commit");
    return;
  }
  verifyCommit(
    { chainId, validators: lastValidators, height: toHeight(lastHeight), blockId: lastBlockId },
    lastCommit,
  );
}

function checkTime(state: ChainState, { header, lastCommit }: Block): void {
  if (state.lastValidators === null) {
    if (header.time !== state.lastTime) throw CometError.InvalidBlock("the first block has the genesis time");
    return;
  }
  if (header.time <= state.lastTime) throw CometError.InvalidBlock("time does not advance");
  if (header.time !== medianTime(lastCommit, state.lastValidators))
    throw CometError.InvalidBlock("time is not the median of the last commit");
}

function checkAllEvidence(state: ChainState, { evidence }: Block, check: EvidenceCheck): void {
  const bytes = evidence.reduce((sum, e) => sum + encodeEvidence(e).length, 0);
  if (BigInt(bytes) > state.params.evidence.maxBytes)
    throw CometError.LimitExceeded(`${bytes} bytes of evidence`);
  const seen = new Set<string>();
  for (const e of evidence) {
    check(e, state);
    const key = Buffer.from(encodeEvidence(e)).toString("latin1");
    if (seen.has(key)) throw CometError.InvalidEvidence("the same evidence twice");
    seen.add(key);
  }
}
