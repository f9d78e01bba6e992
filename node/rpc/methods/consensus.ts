/** Methods about where consensus stands: consensus_state, dump_consensus_state, consensus_params. */
import { formatRfc3339Nano } from "../../../chain/codec/index.js";
import type { JsonObject } from "../../../chain/codec/index.js";
import { indexOfValidator } from "../../../chain/block/index.js";
import type { Commit, ValidatorSet, Vote } from "../../../chain/block/index.js";
import { EMPTY_BYTES, ZERO_TIME, toAddress, toHeight, toUpperHex } from "../../../chain/primitives/index.js";
import { consensusParamsJson, orNull, proposalJson, validatorJson } from "../json-chain.js";
import { defineMethod } from "../method.js";
import type { RpcMethod } from "../method.js";
import type { ChainReader, ConsensusState, RoundVotes } from "../types.js";
import { available, heightOf } from "./heights.js";

const FINGERPRINT_BYTES = 6;

function fingerprint(bytes: Uint8Array): string {
  return toUpperHex(bytes.subarray(0, FINGERPRINT_BYTES));
}

/** Go's `Vote.String()`: explorers look for "nil-Vote" and the address. */
function voteText(vote: Vote | null): string {
  if (vote === null) return "nil-Vote";
  const [type, short] = vote.type === "prevote" ? ["PREVOTE", "Prevote"] : ["PRECOMMIT", "Precommit"];
  const place = `${vote.height}/${vote.round.toString().padStart(2, "0")}/SIGNED_MSG_TYPE_${type}(${short})`;
  const hash = fingerprint(vote.blockId?.hash ?? EMPTY_BYTES);
  const tail = `${hash} ${fingerprint(vote.signature)} ${fingerprint(vote.extension)}`;
  return `Vote{${vote.index}:${fingerprint(vote.validator)} ${place} ${tail} @ ${formatRfc3339Nano(vote.time)}}`;
}

/** "BA{4:xx__} 20/40 = 0.50": ping.pub reads the ratio from the last four characters. */
function bitsText(votes: readonly (Vote | null)[], set: ValidatorSet): string {
  const voted = set.validators.map((_, i) => (votes[i] ?? null) !== null);
  const power = set.validators.reduce((sum, v, i) => (voted[i] === true ? sum + v.power : sum), 0n);
  const ratio = set.totalPower === 0n ? 0 : Number((power * 10_000n) / set.totalPower) / 10_000;
  const bits = voted.map((v) => (v ? "x" : "_")).join("");
  return `BA{${voted.length}:${bits}} ${power}/${set.totalPower} = ${ratio.toFixed(2)}`;
}

function roundJson(votes: RoundVotes, set: ValidatorSet): JsonObject {
  return {
    round: votes.round,
    prevotes: votes.prevotes.map(voteText),
    prevotes_bit_array: bitsText(votes.prevotes, set),
    precommits: votes.precommits.map(voteText),
    precommits_bit_array: bitsText(votes.precommits, set),
  };
}

function shortJson(state: ConsensusState): JsonObject {
  const { validators: set } = state;
  const address = set.proposer.address;
  return {
    "height/round/step": `${state.height}/${state.round}/${state.step}`,
    start_time: formatRfc3339Nano(state.startTime),
    proposal_block_hash: toUpperHex(state.proposal),
    locked_block_hash: toUpperHex(state.locked),
    valid_block_hash: toUpperHex(state.valid),
    height_vote_set: state.votes.map((votes) => roundJson(votes, set)),
    proposer: { address: toUpperHex(address), index: indexOfValidator(set, address) },
  };
}

interface Dump {
  readonly state: ConsensusState;
  /** Of the height before; undefined before the first block. */
  readonly last: { readonly commit: Commit; readonly validators: ValidatorSet } | undefined;
}

function setJson(set: ValidatorSet): JsonObject {
  return { validators: set.validators.map(validatorJson), proposer: validatorJson(set.proposer) };
}

function lastCommitJson({ commit, validators }: NonNullable<Dump["last"]>): JsonObject {
  const votes = commit.signatures.map((sig, index): Vote | null => {
    if (sig.flag === "absent") return null;
    const { height, round } = commit;
    const blockId = sig.flag === "commit" ? commit.blockId : null;
    const { time, validator, signature } = sig;
    const none = { extension: EMPTY_BYTES, extensionSignature: EMPTY_BYTES };
    return { type: "precommit", height, round, blockId, time, validator: toAddress(validator), index, signature, ...none };
  });
  return { votes: votes.map(voteText), votes_bit_array: bitsText(votes, validators), peer_maj_23s: {} };
}

/** CometBFT's RoundState. Blocks in progress and their parts are not shown: they are null, as before a proposal. */
function dumpJson({ state, last }: Dump): JsonObject {
  const none = { proposal_block: null, proposal_block_parts: null };
  return {
    height: state.height.toString(),
    round: state.round,
    step: state.step,
    start_time: formatRfc3339Nano(state.startTime),
    commit_time: formatRfc3339Nano(ZERO_TIME),
    validators: setJson(state.validators),
    proposal: orNull(state.proposalMessage, proposalJson),
    ...none,
    locked_round: state.lockedRound,
    locked_block: null,
    locked_block_parts: null,
    valid_round: state.validRound,
    valid_block: null,
    valid_block_parts: null,
    votes: state.votes.map((votes) => roundJson(votes, state.validators)),
    commit_round: -1,
    last_commit: orNull(last, lastCommitJson),
    last_validators: orNull(last?.validators, setJson),
    triggered_timeout_precommit: false,
  };
}

async function dump(chain: ChainReader): Promise<JsonObject> {
  const [state, { peers }] = await Promise.all([chain.consensus(), chain.netInfo()]);
  const height = toHeight(state.height - 1n);
  const found = height === 0n ? [] : await Promise.all([chain.commit(height), chain.validators(height)]);
  const [commit, validators] = found;
  const last = commit === undefined || validators === undefined ? undefined : { commit: commit.commit, validators };
  const round_state = dumpJson({ state, last });
  return { round_state, peers: peers.map(({ id, address }) => ({ node_address: `${id}@${address}`, peer_state: {} })) };
}

export function consensusMethods(chain: ChainReader): readonly (readonly [string, RpcMethod])[] {
  return [
    ["consensus_state", defineMethod({}, async () => ({ round_state: shortJson(await chain.consensus()) }))],
    ["dump_consensus_state", defineMethod({}, () => dump(chain))],
    [
      "consensus_params",
      defineMethod(
        { height: "int" },
        async (args) => {
          const height = heightOf(chain, args.height, 1n);
          const params = available(await chain.consensusParams(height), height, chain);
          return { block_height: height.toString(), consensus_params: consensusParamsJson(params) };
        },
        { cachedWith: "height" },
      ),
    ],
  ];
}
