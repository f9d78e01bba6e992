/**
 * Proofs of equivocation that wait for a block. Bounded, checked before they are kept, kept over a restart, never proposed twice
 * (CometBFT evidence/pool.go).
 */
import {
  CometError,
  decodeEvidence,
  encodeEvidence,
  makeDuplicateVoteEvidence,
  verifyDuplicateVoteEvidence,
} from "../../chain/block/index.js";
import type { DuplicateVoteEvidence, Evidence, ValidatorSet, Vote } from "../../chain/block/index.js";
import { sha256 } from "../../chain/crypto/index.js";
import { Reject, compareAscii, toHex, u64be } from "../../chain/primitives/index.js";
import type { Height, TimeNs } from "../../chain/primitives/index.js";
import type { KvOp } from "../../chain/store/index.js";
import type { EngineKv } from "./block-store.js";
import type { ChainState } from "./chain-state.js";
import { KIND, hashKey } from "./store-keys.js";

/** Pieces kept at once; a set of 32 can double sign in eight places each and still fit. */
const MAX_PENDING = 256;
/** One piece puts a validator out for good, so that a liar cannot fill the pool and keep the proofs against others out. */
const MAX_PER_VALIDATOR = 8;
/** What encloses a piece in a block: a tag and a length. */
const FRAME_BYTES = 8;

export interface EvidenceContext {
  /** Validators of a height, while they are kept. */
  validators(height: Height): ValidatorSet | undefined;
  /** Time of the block of a height, while it is kept. */
  blockTime(height: Height): TimeNs | undefined;
}

export class EvidencePool {
  readonly #kv: EngineKv;
  readonly #context: EvidenceContext;
  /** hash -> evidence */
  readonly #pending = new Map<string, DuplicateVoteEvidence>();
  /** Votes of the height in progress: evidence needs the time of a block that does not exist yet. */
  #waiting: { readonly first: Vote; readonly second: Vote }[] = [];

  constructor(kv: EngineKv, context: EvidenceContext) {
    this.#kv = kv;
    this.#context = context;
  }

  /** Takes up what waited when the node stopped. What does not convict any more is dropped, from the disk too. */
  async load(stored: AsyncIterable<readonly [Uint8Array, Uint8Array]>, state: ChainState): Promise<void> {
    const dropped: KvOp[] = [];
    for await (const [key, bytes] of stored) {
      if (!this.#takesUp(bytes, state)) dropped.push({ key: Uint8Array.from(key), value: undefined });
    }
    if (dropped.length > 0) this.#kv.write(dropped);
  }

  #takesUp(bytes: Uint8Array, state: ChainState): boolean {
    try {
      const evidence = decodeEvidence(bytes);
      this.check(evidence, state);
      this.#checkRoom(evidence);
      this.#pending.set(keyOf(evidence), evidence);
      return true;
    } catch (error) {
      if (error instanceof Reject) return false;
      throw error;
    }
  }

  /** Two votes that consensus saw of one validator. They become evidence once their block is committed. */
  report(first: Vote, second: Vote): void {
    if (this.#waiting.length < MAX_PENDING) this.#waiting.push({ first, second });
  }

  /** True when new. @throws Reject of codespace comet when it convicts nobody, comet/3 when there is no room. */
  add(evidence: Evidence, state: ChainState): boolean {
    const key = keyOf(evidence);
    if (this.#pending.has(key)) return false;
    this.#checkRoom(evidence);
    this.check(evidence, state);
    this.#pending.set(key, evidence);
    this.#kv.write([pendingOp(evidence)]);
    return true;
  }

  #checkRoom({ voteA }: Evidence): void {
    const voter = toHex(voteA.validator);
    const same = [...this.#pending.values()].filter((e) => toHex(e.voteA.validator) === voter).length;
    if (same >= MAX_PER_VALIDATOR) throw CometError.LimitExceeded("enough evidence against this validator waits");
    if (this.#pending.size >= MAX_PENDING) throw CometError.LimitExceeded("too much evidence waits");
  }

  /** How many pieces wait. */
  get size(): number {
    return this.#pending.size;
  }

  /** What a proposal may carry, oldest first, within `maxBytes`. The same list whatever order the pieces came in. */
  list(state: ChainState, maxBytes: bigint): Evidence[] {
    const listed: Evidence[] = [];
    let room = maxBytes;
    for (const [, evidence] of [...this.#pending].sort(byHeight)) {
      const size = BigInt(encodeEvidence(evidence).length + FRAME_BYTES);
      if (size > room || isEvidenceExpired(evidence, state)) continue;
      room -= size;
      listed.push(evidence);
    }
    return listed;
  }

  /**
   * Evidence in a block that two thirds have committed. Where the height is below the first that this node holds, as after state
   * sync, nothing is left to check it against: it is taken on their word, as the state itself was.
   *
   * @throws Reject comet/12 as `check`.
   */
  checkDecided(evidence: Evidence, state: ChainState): void {
    const { height } = evidence.voteA;
    const isHeld = this.#context.validators(height) !== undefined && this.#context.blockTime(height) !== undefined;
    if (isHeld || height > state.lastHeight) this.check(evidence, state);
  }

  /** @throws Reject comet/12 when expired, committed before, or not a contradiction by a validator of its height. */
  check(evidence: Evidence, state: ChainState): void {
    const { height } = evidence.voteA;
    if (height > state.lastHeight) throw CometError.InvalidEvidence("of a height that has no block yet");
    if (isEvidenceExpired(evidence, state)) throw CometError.InvalidEvidence("too old");
    const committed = this.#kv.get(hashKey(KIND.evidenceCommitted, hashOf(evidence)));
    if (committed !== undefined) throw CometError.InvalidEvidence("committed before");
    if (this.#pending.has(keyOf(evidence))) return;
    const validators = this.#context.validators(height);
    const time = this.#context.blockTime(height);
    if (validators === undefined || time === undefined)
      throw CometError.InvalidEvidence("its height is not kept");
    if (evidence.time !== time) throw CometError.InvalidEvidence("its time is not that of its block");
    verifyDuplicateVoteEvidence(evidence, state.chainId, validators);
  }

  /** After a block: marks what it carried, drops what expired. Returns what turned from two votes into evidence. */
  afterBlock(state: ChainState, included: readonly Evidence[]): readonly Evidence[] {
    const ops: KvOp[] = [];
    for (const evidence of included) {
      ops.push({ key: hashKey(KIND.evidenceCommitted, hashOf(evidence)), value: u64be(state.lastHeight) });
      ops.push(this.#forget(evidence));
    }
    for (const evidence of this.#pending.values()) if (isEvidenceExpired(evidence, state)) ops.push(this.#forget(evidence));
    if (ops.length > 0) this.#kv.write(ops);
    return this.#settle(state);
  }

  #forget(evidence: Evidence): KvOp {
    this.#pending.delete(keyOf(evidence));
    return { key: hashKey(KIND.evidencePending, hashOf(evidence)), value: undefined };
  }

  #settle(state: ChainState): readonly Evidence[] {
    const ready = this.#waiting.filter(({ first }) => first.height <= state.lastHeight);
    this.#waiting = this.#waiting.filter(({ first }) => first.height > state.lastHeight);
    return ready.flatMap(({ first, second }) => {
      const validators = this.#context.validators(first.height);
      const time = this.#context.blockTime(first.height);
      if (validators === undefined || time === undefined) return [];
      const evidence = makeDuplicateVoteEvidence(bare(first), bare(second), { validators, time });
      return this.#isTaken(evidence, state) ? [evidence] : [];
    });
  }

  /** What consensus saw may be known already, or find no room: both are in order. */
  #isTaken(evidence: Evidence, state: ChainState): boolean {
    try {
      return this.add(evidence, state);
    } catch (error) {
      if (error instanceof Reject) return false;
      throw error;
    }
  }
}

function byHeight([a, { voteA: first }]: readonly [string, DuplicateVoteEvidence], [b, { voteA: second }]: readonly [string, DuplicateVoteEvidence]): number {
  return first.height === second.height ? compareAscii(a, b) : Number(first.height - second.height);
}

function hashOf(evidence: Evidence): Uint8Array {
  return sha256(encodeEvidence(evidence));
}

function keyOf(evidence: Evidence): string {
  return toHex(hashOf(evidence));
}

function pendingOp(evidence: Evidence): KvOp {
  return { key: hashKey(KIND.evidencePending, hashOf(evidence)), value: encodeEvidence(evidence) };
}

/** For a block that is taken back: its evidence waits again, and another block may carry it. */
export function restoredEvidence(evidence: readonly Evidence[]): KvOp[] {
  return evidence.flatMap((e) => [{ key: hashKey(KIND.evidenceCommitted, hashOf(e)), value: undefined }, pendingOp(e)]);
}

/** Extensions prove nothing and may be large. */
function bare(vote: Vote): Vote {
  return { ...vote, extension: new Uint8Array(0), extensionSignature: new Uint8Array(0) };
}

function isEvidenceExpired({ voteA, time }: Evidence, state: ChainState): boolean {
  return isTooOldForEvidence({ height: voteA.height, time }, state);
}

/** Whether what happened in a block cannot be punished any more: old by both measures, as CometBFT counts. */
export function isTooOldForEvidence({ height, time }: { readonly height: bigint; readonly time: TimeNs }, state: ChainState): boolean {
  const { maxAgeNumBlocks, maxAgeDurationNs } = state.params.evidence;
  return state.lastHeight - height > maxAgeNumBlocks && state.lastTime - time > maxAgeDurationNs;
}
