/** Chains of one validator set without engines, and what its validators sign twice. */
import { ed25519 } from "@noble/curves/ed25519.js";
import { DEFAULT_CONSENSUS_PARAMS, ZERO_BLOCK_ID, createValidatorSet, makeDuplicateVoteEvidence, voteSignBytes } from "../../../chain/block/index.js";
import type { ConsensusParams, DuplicateVoteEvidence, ValidatorSet, Vote } from "../../../chain/block/index.js";
import { sha256 } from "../../../chain/crypto/index.js";
import { EMPTY_BYTES, toHeight, toTimeNs, toVotingPower, utf8 } from "../../../chain/primitives/index.js";
import type { TimeNs } from "../../../chain/primitives/index.js";
import { createMemoryKv } from "../../../chain/store/index.js";
import type { KvOp } from "../../../chain/store/index.js";
import type { EngineKv } from "../block-store.js";
import type { ChainState } from "../chain-state.js";
import { keyFromSeed } from "../key-file.js";
import { seedOf } from "./cluster.js";

export const EVIDENCE_CHAIN = "evidence-test-1";

/** A store in memory that also lists what it holds. */
export function memoryEngineKv(): EngineKv & { entriesOf(kind: number): AsyncGenerator<readonly [Uint8Array, Uint8Array]> } {
  const kv = createMemoryKv();
  const keys = new Map<string, Uint8Array>();
  return {
    get: (key) => kv.get(key),
    write(ops: readonly KvOp[]) {
      for (const { key } of ops) keys.set(Buffer.from(key).toString("hex"), key);
      kv.write(ops);
    },
    flushed: () => Promise.resolve(),
    async *entriesOf(kind: number) {
      for (const key of keys.values()) {
        const value = kv.get(key);
        if (key[0] === kind && value !== undefined) yield [key, value] as const;
      }
      await Promise.resolve();
    },
  };
}

export function setOf(count: number): ValidatorSet {
  return createValidatorSet(
    Array.from({ length: count }, (_, i) => ({ publicKey: keyFromSeed(seedOf(i)).publicKey, power: toVotingPower(10n) })),
  );
}

/** One block a second. */
export const timeOf = (height: bigint): TimeNs => toTimeNs(1_790_000_000n + height, 0);

/** The state after a height. */
export function stateAt(height: bigint, validators: ValidatorSet, params: ConsensusParams = DEFAULT_CONSENSUS_PARAMS): ChainState {
  return {
    chainId: EVIDENCE_CHAIN,
    initialHeight: toHeight(1n),
    lastHeight: toHeight(height),
    lastBlockId: ZERO_BLOCK_ID,
    lastTime: timeOf(height),
    validators,
    nextValidators: validators,
    lastValidators: validators,
    params,
    appVersion: 1n,
    appHash: EMPTY_BYTES,
    lastResultsHash: EMPTY_BYTES,
  };
}

export interface VotePlace {
  /** Whose key signs: its number. */
  readonly who: number;
  readonly height: bigint;
  readonly round?: number;
  readonly type?: Vote["type"];
  readonly chainId?: string;
}

/** A signed vote for a block of this name. */
export function voteFor(block: string, set: ValidatorSet, place: VotePlace): Vote {
  const { who, height, round = 0, type = "precommit", chainId = EVIDENCE_CHAIN } = place;
  const { address } = keyFromSeed(seedOf(who));
  const index = set.validators.findIndex((v) => Buffer.compare(v.address, address) === 0);
  const hash = sha256(utf8(block));
  const empty = { signature: EMPTY_BYTES, extension: EMPTY_BYTES, extensionSignature: EMPTY_BYTES };
  const unsigned: Vote = { type, height: toHeight(height), round, validator: address, index, ...empty, blockId: { hash, parts: { total: 1, hash } }, time: timeOf(height) };
  return { ...unsigned, signature: ed25519.sign(voteSignBytes(chainId, unsigned), seedOf(who)) };
}

/** Two votes of one place for two blocks. */
export function doubleVote(set: ValidatorSet, place: VotePlace): DuplicateVoteEvidence {
  const context = { validators: set, time: timeOf(place.height) };
  return makeDuplicateVoteEvidence(voteFor("one", set, place), voteFor("other", set, place), context);
}
