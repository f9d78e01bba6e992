/** What the application is asked, from blocks and commits. */
import type {
  CommitInfo,
  ExtendedCommitInfo,
  FinalizeBlockRequest,
  InitChainRequest,
  Misbehavior,
  ProcessProposalRequest,
} from "../../chain/abci/index.js";
import { headerHash, validatorSetHash } from "../../chain/block/index.js";
import type { Block, Commit, Evidence, ExtendedCommit, ValidatorSet } from "../../chain/block/index.js";
import { Fault, utf8 } from "../../chain/primitives/index.js";
import type { GenesisDoc } from "../config/genesis.js";
import type { ChainState } from "./chain-state.js";

const NO_COMMIT: CommitInfo = { round: 0, votes: [] };

export function initChainRequest(doc: GenesisDoc): InitChainRequest {
  return {
    time: doc.genesisTime,
    chainId: doc.chainId,
    consensusParams: doc.consensusParams,
    validators: doc.validators.map(({ publicKey, power }) => ({ publicKey, power })),
    appState: utf8(JSON.stringify(doc.appState)),
    initialHeight: doc.initialHeight,
  };
}

/** @param validators of the commit's height; null at the initial height, which has no commit before it. */
export function commitInfo(commit: Commit, validators: ValidatorSet | null): CommitInfo {
  if (validators === null) return NO_COMMIT;
  checkLength(commit.signatures.length, validators);
  const votes = validators.validators.map(({ address, power }, i) => ({
    validator: { address, power },
    flag: commit.signatures[i]?.flag ?? "absent",
  }));
  return { round: commit.round, votes };
}

export function extendedCommitInfo(
  commit: ExtendedCommit | null,
  validators: ValidatorSet | null,
): ExtendedCommitInfo {
  if (commit === null || validators === null) return { round: 0, votes: [] };
  checkLength(commit.signatures.length, validators);
  const votes = commit.signatures.flatMap(({ flag, extension, extensionSignature }, i) => {
    const validator = validators.validators[i];
    if (validator === undefined) return [];
    const { address, power } = validator;
    return [{ validator: { address, power }, flag, extension, extensionSignature }];
  });
  return { round: commit.round, votes };
}

export function misbehavior(evidence: readonly Evidence[]): Misbehavior[] {
  return evidence.map((e) => ({
    kind: "duplicate-vote",
    validator: { address: e.voteA.validator, power: e.validatorPower },
    height: e.voteA.height,
    time: e.time,
    totalVotingPower: e.totalVotingPower,
  }));
}

/** @param state before the block */
export function processRequest(state: ChainState, block: Block): ProcessProposalRequest {
  const { header } = block;
  return {
    txs: block.txs,
    proposedLastCommit: commitInfo(block.lastCommit, state.lastValidators),
    misbehavior: misbehavior(block.evidence),
    hash: headerHash(header),
    height: header.height,
    time: header.time,
    nextValidatorsHash: validatorSetHash(state.nextValidators),
    proposer: header.proposer,
  };
}

/** @param lastValidators of the height before the block; null for the initial height */
export function finalizeRequest(block: Block, lastValidators: ValidatorSet | null): FinalizeBlockRequest {
  const { header } = block;
  return {
    txs: block.txs,
    decidedLastCommit: commitInfo(block.lastCommit, lastValidators),
    misbehavior: misbehavior(block.evidence),
    hash: headerHash(header),
    height: header.height,
    time: header.time,
    nextValidatorsHash: header.nextValidatorsHash,
    proposer: header.proposer,
  };
}

function checkLength(signatures: number, validators: ValidatorSet): void {
  if (signatures !== validators.validators.length)
    throw new Fault("a commit of another validator set", {
      signatures,
      validators: validators.validators.length,
    });
}
