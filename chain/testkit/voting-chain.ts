import { ed25519 } from "@noble/curves/ed25519.js";
import type { CommitInfo, ExtendedCommitInfo, FinalizeBlockResponse, ValidatorUpdate } from "../abci/index.js";
import { encodeInjection } from "../attest/injection.js";
import { extendOwn } from "../attest/own-extension.js";
import type { ExtensionSource } from "../attest/index.js";
import { DEFAULT_CONSENSUS_PARAMS, voteExtensionSignBytes } from "../block/index.js";
import type { ConsensusParams } from "../block/index.js";
import { ed25519Address } from "../crypto/index.js";
import { EMPTY_BYTES, Fault, equalBytes, toHeight, toVotingPower } from "../primitives/index.js";
import type { BlockFacts, TestChain } from "./chain.js";
import type { TestKey } from "./validators.js";

/** A validator whose precommits carry what its source says. */
export interface Voter {
  readonly key: TestKey;
  readonly source: ExtensionSource;
}

/** The consensus params a voting chain needs: extensions from the first block. */
export const VOTING_PARAMS: ConsensusParams = { ...DEFAULT_CONSENSUS_PARAMS, abci: { voteExtensionsEnableHeight: 1n } };

/**
 * A test chain whose blocks carry real vote extensions: each validator signs its own, the proposer injects the pruned
 * extended commit of the height before, every block that carries anything passes ProcessProposal, and validator updates act two blocks later,
 * as with any engine.
 */
export interface VotingChain {
  readonly chain: TestChain;
  /** Proposes, judges, finalizes and commits one block. @throws Fault when the proposal is rejected. */
  nextBlock(txs?: readonly Uint8Array[], facts?: BlockFacts): FinalizeBlockResponse;
  /** Who votes at the next height. */
  validators(): readonly ValidatorUpdate[];
}

type Set = readonly ValidatorUpdate[];

function applied(set: Set, updates: Set): Set {
  const kept = set.filter((v) => !updates.some((u) => equalBytes(u.publicKey, v.publicKey)));
  return [...kept, ...updates.filter((u) => u.power > 0n)];
}

const NO_VOTES: ExtendedCommitInfo = { round: 0, votes: [] };

function absent({ address }: Pick<TestKey, "address">, power: bigint): ExtendedCommitInfo["votes"][number] {
  const nothing = { extension: EMPTY_BYTES, extensionSignature: EMPTY_BYTES };
  return { validator: { address, power: toVotingPower(power) }, flag: "absent", ...nothing };
}

function withoutExtensions({ round, votes }: ExtendedCommitInfo): CommitInfo {
  return { round, votes: votes.map(({ validator, flag }) => ({ validator, flag })) };
}

/** Whether a validator sends no precommit at a height. More than two thirds of the power must. */
export type IsAbsent = (height: bigint, validator: Uint8Array) => boolean;

const NOBODY: IsAbsent = () => false;

/** `initial`: the validators of genesis. `voters`: everyone who may ever validate. */
export function createVotingChain(chain: TestChain, voters: readonly Voter[], initial: Set, isAbsent = NOBODY): VotingChain {
  let [current, next] = [initial, initial];
  let last = NO_VOTES;

  /** Nothing but empty extensions, which cost a test their signatures and a chain nothing, need no proof. */
  const isIdle = (): boolean => last.votes.every((v) => v.extension.length === 0);

  /** Precommits of the height that is being decided; they see the state before it, as every validator does. */
  const precommits = (height: bigint): ExtendedCommitInfo => {
    const votes = current.flatMap(({ publicKey, power }): ExtendedCommitInfo["votes"] => {
      const voter = voters.find((v) => equalBytes(v.key.publicKey, publicKey));
      // A key that nobody has, as a damaged message may name: such a validator never votes.
      if (voter === undefined) return [absent({ address: ed25519Address(publicKey) }, power)];
      const { key, source } = voter;
      if (isAbsent(height, key.address)) return [absent(key, power)];
      const extension = extendOwn(chain.read(), chain.chainId, source);
      const validator = { address: key.address, power: toVotingPower(power) };
      if (extension.length === 0) return [{ validator, flag: "commit", extension, extensionSignature: EMPTY_BYTES }];
      const message = voteExtensionSignBytes(chain.chainId, { height: toHeight(height), round: 0, extension });
      return [{ validator, flag: "commit", extension, extensionSignature: ed25519.sign(message, key.secret) }];
    });
    return { round: 0, votes };
  };

  const signedAnew = (): ExtendedCommitInfo => ({
    ...last,
    votes: last.votes.map((vote) => {
      const key = voters.find((v) => equalBytes(v.key.address, vote.validator.address))?.key;
      if (vote.extension.length > 0 || vote.flag === "absent" || key === undefined) return vote;
      const empty = { height: toHeight(chain.height()), round: 0, extension: EMPTY_BYTES };
      return { ...vote, extensionSignature: ed25519.sign(voteExtensionSignBytes(chain.chainId, empty), key.secret) };
    }),
  });

  const propose = (height: bigint, txs: readonly Uint8Array[]): readonly Uint8Array[] => {
    if (isIdle()) return last.votes.length === 0 ? txs : [encodeInjection(last), ...txs];
    last = signedAnew();
    const shared = { misbehavior: [], height: toHeight(height), time: chain.time(), nextValidatorsHash: EMPTY_BYTES, proposer: EMPTY_BYTES };
    const { app } = chain;
    const { txs: proposal } = app.prepareProposal({ ...shared, txs, maxTxBytes: 4_000_000, localLastCommit: last });
    const verdict = app.processProposal({ ...shared, txs: proposal, proposedLastCommit: withoutExtensions(last), hash: EMPTY_BYTES });
    if (verdict !== "accept") throw new Fault("a proposal of a correct proposer is rejected", { height });
    return proposal;
  };

  return {
    chain,
    validators: () => current,
    nextBlock(txs = [], facts = {}) {
      const height = chain.height() + 1n;
      const proposal = propose(height, txs);
      const votes = precommits(height);
      const response = chain.nextBlock(proposal, withoutExtensions(last), facts);
      last = votes;
      [current, next] = [next, applied(next, response.validatorUpdates)];
      return response;
    },
  };
}
