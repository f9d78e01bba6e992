export { checkBlock, dataHash, decodeBlock, encodeBlock } from "./block.js";
export {
  ZERO_BLOCK_ID,
  blockId,
  blockIdKey,
  blockIdToWire,
  equalBlockIds,
  equalVoteValues,
  isCompleteBlockId,
  isZeroBlockId,
  parseBlockId,
} from "./block-id.js";
export {
  ABSENT_SIG,
  EMPTY_COMMIT,
  commitHash,
  decodeCommit,
  encodeCommit,
  flagToWire,
  parseFlag,
} from "./commit.js";
export { CometError } from "./errors.js";
export {
  decodeEvidence,
  encodeEvidence,
  evidenceHash,
  makeDuplicateVoteEvidence,
  verifyDuplicateVoteEvidence,
} from "./evidence.js";
export { decodeExtendedCommit, encodeExtendedCommit, toCommit, toExtendedCommit } from "./extended-commit.js";
export { decodeHeader, encodeHeader, headerHash } from "./header.js";
export { DEFAULT_TRUST_LEVEL, verifyAdjacent, verifySkipping } from "./light.js";
export type { LightBlock, LightOptions, TrustedState } from "./light.js";
export {
  BLOCK_PROTOCOL,
  MAX_BLOCK_BYTES,
  MAX_EXTENSION_BYTES,
  MAX_PARTS,
  MAX_PART_MESSAGE_BYTES,
  MAX_PROPOSAL_BYTES,
  MAX_TOTAL_POWER,
  MAX_VALIDATORS,
  MAX_VOTE_BYTES,
  PART_BYTES,
  maxDataBytes,
} from "./limits.js";
export { medianTime } from "./median-time.js";
export {
  DEFAULT_CONSENSUS_PARAMS,
  checkConsensusParams,
  checkParamsUpdate,
  consensusParamsHash,
  consensusParamsToWire,
  decodeConsensusParams,
  encodeConsensusParams,
  mergeConsensusParams,
} from "./params.js";
export { decodePart, encodePart } from "./part.js";
export { createPartAssembler, makePartSet, maxParts } from "./part-set.js";
export type { PartAssembler, PartSet } from "./part-set.js";
export { decodeProposal, encodeProposal } from "./proposal.js";
export { encodeDeterministicResult, resultsHash } from "./results.js";
export type { DeterministicResult } from "./results.js";
export { MAX_INCREMENTS, incrementPriority } from "./rotation.js";
export { commitSignBytes, proposalSignBytes, voteExtensionSignBytes, voteSignBytes } from "./sign-bytes.js";
export type { VoteContent } from "./sign-bytes.js";
export type {
  Block,
  BlockId,
  BlockIdFlag,
  BlockParams,
  Commit,
  CommitSig,
  ConsensusParams,
  DuplicateVoteEvidence,
  Evidence,
  ExtendedCommit,
  ExtendedCommitSig,
  Header,
  Part,
  PartSetHeader,
  Proposal,
  Validator,
  ValidatorSet,
  Vote,
  VoteType,
} from "./types.js";
export { decodeValidatorSet, encodeValidatorSet, validatorSetHash } from "./validator-codec.js";
export {
  applyUpdates,
  compareValidators,
  createValidatorSet,
  findValidator,
  indexOfValidator,
} from "./validator-set.js";
export type { ValidatorChange } from "./validator-set.js";
export {
  verifyCommit,
  verifyCommitLight,
  verifyCommitTrusting,
  verifyExtendedCommit,
} from "./verify-commit.js";
export type { CommitClaim, Fraction } from "./verify-commit.js";
export { decodeVote, encodeVote } from "./vote.js";
