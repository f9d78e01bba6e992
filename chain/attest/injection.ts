import { voteExtensionSignBytes } from "../block/index.js";
import type { CommitInfo, ExtendedCommitInfo, ExtendedVoteInfo } from "../abci/index.js";
import type { BlockIdFlag } from "../block/types.js";
import { verifyEd25519 } from "../crypto/index.js";
import { EMPTY_BYTES, Reject, equalBytes, toHeight, toHex, toVotingPower } from "../primitives/index.js";
import type { Height } from "../primitives/index.js";
import type { ReadStores } from "../store/index.js";
import { InjectedCommit } from "../../proto/gen/openledger/attest/v1.js";
import type { Params } from "../../proto/gen/openledger/attest/v1.js";
import { AttestError } from "./errors.js";
import { isWellFormed } from "./extension.js";
import { paramsOfVotes } from "./limits.js";
import type { AttestValidators } from "./ports.js";

/**
 * The extended commit of the last height as transaction 0 (cosmos-formats.md §3.6). The proposer prunes what would not
 * stand, every validator checks the rest against the commit that consensus itself proposes, and FinalizeBlock reads it.
 */

const FLAGS: readonly BlockIdFlag[] = ["absent", "commit", "nil"];

/** More votes than any validator set may have: bounds decoding before anything is compared. */
const MAX_VOTES = 10_000;

export function encodeInjection(info: ExtendedCommitInfo): Uint8Array {
  const votes = info.votes.map((v) => ({
    validator: { address: v.validator.address, power: v.validator.power },
    voteExtension: v.extension,
    extensionSignature: v.extensionSignature,
    blockIdFlag: FLAGS.indexOf(v.flag) + 1,
  }));
  return InjectedCommit.encode({ commit: { round: info.round, votes } });
}

/** @throws Reject attest/3 on anything but the canonical encoding of an extended commit. */
export function parseInjection(bytes: Uint8Array): ExtendedCommitInfo {
  const { commit } = decode(bytes);
  if (commit.round < 0 || commit.votes.length > MAX_VOTES) throw AttestError.InvalidInjection("bounds");
  const votes = commit.votes.map((v): ExtendedVoteInfo => {
    const flag = FLAGS[v.blockIdFlag - 1];
    const power = v.validator.power;
    if (flag === undefined || v.validator.address.length !== 20 || power < 0n) throw AttestError.InvalidInjection("vote");
    return {
      validator: { address: v.validator.address, power: toVotingPower(power) },
      flag,
      extension: v.voteExtension,
      extensionSignature: v.extensionSignature,
    };
  });
  const info = { round: commit.round, votes };
  if (!equalBytes(encodeInjection(info), bytes)) throw AttestError.InvalidInjection("not the canonical encoding");
  return info;
}

function decode(bytes: Uint8Array): InjectedCommit {
  try {
    return InjectedCommit.decode(bytes);
  } catch (error) {
    if (error instanceof Reject) throw AttestError.InvalidInjection(error.message);
    throw error;
  }
}

export interface InjectionRules {
  readonly stores: ReadStores;
  readonly chainId: string;
  /** Height whose precommits these are. */
  readonly height: Height;
  readonly validators: AttestValidators;
}

/**
 * A commit vote needs a valid signature over its extension. A validator that the application has already forgotten
 * (updates act at H+2) has no key here: its extension cannot be checked, so it must be empty.
 */
function isSound(rules: InjectionRules, params: Params, round: number, vote: ExtendedVoteInfo): boolean {
  if (vote.flag !== "commit") return vote.extension.length === 0 && vote.extensionSignature.length === 0;
  const key = rules.validators.consensusKey(rules.stores, vote.validator.address);
  if (key === undefined) return vote.extension.length === 0;
  if (vote.extensionSignature.length !== 64 || !isWellFormed(vote.extension, params)) return false;
  const message = voteExtensionSignBytes(rules.chainId, { height: rules.height, round, extension: vote.extension });
  return verifyEd25519(key, message, vote.extensionSignature);
}

/**
 * What the proposer injects: its own extended commit with every unsound vote turned into an absent one. Precommits that
 * arrived after the decision were never verified by consensus (cometbft #2361), so all of them are checked here.
 */
export function pruneCommit(rules: InjectionRules, info: ExtendedCommitInfo): ExtendedCommitInfo {
  const params = paramsOfVotes(rules.stores, rules.height);
  const votes = info.votes.map((vote): ExtendedVoteInfo => {
    const sound = vote.flag === "commit" && isSound(rules, params, info.round, vote);
    if (sound || vote.flag === "nil") return vote.flag === "nil" ? stripped(vote, "nil") : vote;
    return stripped(vote, "absent");
  });
  return { round: info.round, votes };
}

function stripped(vote: ExtendedVoteInfo, flag: BlockIdFlag): ExtendedVoteInfo {
  return { ...vote, flag, extension: EMPTY_BYTES, extensionSignature: EMPTY_BYTES };
}

/** @throws Reject attest/3 unless `info` is the last commit as proposed, vote by vote, with sound extensions. */
export function checkInjection(rules: InjectionRules, info: ExtendedCommitInfo, last: CommitInfo): void {
  if (info.round !== last.round) throw AttestError.InvalidInjection("round differs from the last commit");
  if (info.votes.length !== last.votes.length) throw AttestError.InvalidInjection("number of votes differs");
  const params = paramsOfVotes(rules.stores, rules.height);
  const seen = new Set<string>();
  let total = 0n;
  let committed = 0n;
  info.votes.forEach((vote, i) => {
    const expected = last.votes[i];
    const { address, power } = vote.validator;
    if (expected === undefined || !equalBytes(expected.validator.address, address) || expected.validator.power !== power) {
      throw AttestError.InvalidInjection("votes are not those of the last commit", { index: i });
    }
    if (vote.flag !== expected.flag && vote.flag !== "absent") throw AttestError.InvalidInjection("flag", { index: i });
    if (seen.has(toHex(address))) throw AttestError.InvalidInjection("a validator votes twice", { index: i });
    if (!isSound(rules, params, info.round, vote)) throw AttestError.InvalidInjection("unsound extension", { index: i });
    seen.add(toHex(address));
    total += power;
    if (vote.flag === "commit") committed += power;
  });
  if (committed < (2n * total) / 3n + 1n) throw AttestError.InvalidInjection("less than two thirds of the power");
}

/** The height before. The first block has none. */
export function previousHeight(height: Height): Height {
  return toHeight(height - 1n);
}
