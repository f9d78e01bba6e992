/** A height as both engines know it, and what makes one follow from the other. */
import type { FinalizeBlockResponse } from "../../chain/abci/index.js";
import {
  blockId,
  checkBlock,
  consensusParamsHash,
  decodeBlock,
  equalBlockIds,
  headerHash,
  makePartSet,
  resultsHash,
  validatorSetHash,
  verifyExtendedCommit,
} from "../../chain/block/index.js";
import type { Block, BlockId, ConsensusParams, ExtendedCommit, ValidatorSet } from "../../chain/block/index.js";
import { equalBytes } from "../../chain/primitives/index.js";
import type { Height } from "../../chain/primitives/index.js";
import { isExtended } from "../engine/chain-state.js";
import type { ChainState } from "../engine/chain-state.js";
import { EdgeFailure } from "../errors.js";

export interface HeightRecord {
  readonly height: Height;
  readonly id: BlockId;
  /** tendermint.types.Block. */
  readonly bytes: Uint8Array;
  readonly block: Block;
  /** What the node saw; without extensions where they are not kept any more. */
  readonly commit: ExtendedCommit;
  /** Undefined where the node does not keep what FinalizeBlock answered. */
  readonly results: FinalizeBlockResponse | undefined;
  readonly validators: ValidatorSet;
  readonly params: ConsensusParams;
}

export function damaged(what: string, height: bigint, cause?: unknown): EdgeFailure {
  return new EdgeFailure("storage", `the chain in the stores cannot be moved: ${what}`, { height }, cause);
}

/** Whether extensions are there wherever this commit must have them. */
export function hasExtensions({ signatures }: ExtendedCommit): boolean {
  return signatures.every(({ flag, extensionSignature }) => flag !== "commit" || extensionSignature.length > 0);
}

/** The bytes as a block, which has to be the one that is named. @throws EdgeFailure "storage". */
export function readBlock(bytes: Uint8Array, id: BlockId, height: Height): Block {
  try {
    const block = decodeBlock(bytes);
    const actual = blockId(headerHash(block.header), makePartSet(bytes).header);
    if (!equalBlockIds(actual, id) || block.header.height !== height) throw damaged("a block is not the one that is named", height);
    return block;
  } catch (error) {
    throw error instanceof EdgeFailure ? error : damaged("a block cannot be read", height, error);
  }
}

/**
 * The hashes of a header against everything that it commits to.
 * @param before the height before, if it is there
 * @throws EdgeFailure "storage" naming what does not fit.
 */
export function checkRecord(record: HeightRecord, before: HeightRecord | undefined): void {
  const { height, block, validators, params } = record;
  const { header } = block;
  const rules: (readonly [boolean, string])[] = [
    [equalBytes(header.validatorsHash, validatorSetHash(validators)), "validators are not those of the header"],
    [equalBytes(header.consensusHash, consensusParamsHash(params)), "parameters are not those of the header"],
  ];
  if (before !== undefined) {
    const expected = before.block.header.nextValidatorsHash;
    rules.push([equalBlockIds(header.lastBlockId, before.id), "a block does not follow from the one before"]);
    rules.push([equalBytes(header.validatorsHash, expected), "the header before names other validators"]);
    if (before.results !== undefined) {
      rules.push([equalBytes(header.appHash, before.results.appHash), "the application's hash is not that of the header"]);
      rules.push([equalBytes(header.lastResultsHash, resultsHash(before.results.txResults)), "results are not those of the header"]);
    }
  }
  for (const [holds, what] of rules) if (!holds) throw damaged(what, height);
  try {
    checkBlock(block);
  } catch (error) {
    throw damaged("a block does not hold together", height, error);
  }
}

/** The last height against the state: what the next block is built on. @throws EdgeFailure "storage". */
export function checkTop(record: HeightRecord, state: ChainState): void {
  const { height, id, commit, results, validators } = record;
  const isSame = state.lastHeight === height && equalBlockIds(state.lastBlockId, id) && state.lastTime === record.block.header.time;
  if (!isSame) throw damaged("the state is not that after the last block", height);
  if (results !== undefined && !equalBytes(state.appHash, results.appHash)) throw damaged("the state has another application hash", height);
  try {
    const claim = { chainId: state.chainId, validators, height, blockId: id };
    verifyExtendedCommit(claim, commit, isExtended(record.params, height));
  } catch (error) {
    throw damaged("the last commit does not verify", height, error);
  }
}
