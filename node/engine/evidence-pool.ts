/** Proofs of equivocation that wait for a block. Bounded, checked before they are kept, never proposed twice. */
import {
  CometError,
  encodeEvidence,
  makeDuplicateVoteEvidence,
  verifyDuplicateVoteEvidence,
} from "../../chain/block/index.js";
import type { DuplicateVoteEvidence, Evidence, ValidatorSet, Vote } from "../../chain/block/index.js";
import { sha256 } from "../../chain/crypto/index.js";
import { equalBytes, toHex, u64be } from "../../chain/primitives/index.js";
import type { Height, TimeNs } from "../../chain/primitives/index.js";
import type { KvOp } from "../../chain/store/index.js";
import type { EngineKv } from "./block-store.js";
import type { ChainState } from "./chain-state.js";
import { KIND, hashKey } from "./store-keys.js";

/** Pieces kept at once; a set of 50 can double sign everywhere and still fit. */
const MAX_PENDING = 256;

export interface EvidenceContext {
  /** Validators of a height, while they are kept. */
  validators(height: Height): ValidatorSet | undefined;
  /** Time of the block of a height. */
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

  /** Two votes that consensus saw of one validator. They become evidence once their block is committed. */
  report(first: Vote, second: Vote): void {
    if (this.#waiting.length < MAX_PENDING) this.#waiting.push({ first, second });
  }

  /** True when new. @throws Reject of codespace comet when it convicts nobody. */
  add(evidence: Evidence, state: ChainState): boolean {
    const hash = sha256(encodeEvidence(evidence));
    const key = toHex(hash);
    if (this.#pending.has(key)) return false;
    this.check(evidence, state);
    if (this.#pending.size >= MAX_PENDING) throw CometError.LimitExceeded("too much evidence waits");
    this.#pending.set(key, evidence);
    this.#kv.write([{ key: hashKey(KIND.evidencePending, hash), value: encodeEvidence(evidence) }]);
    return true;
  }

  /** What a proposal may carry, oldest first, within `maxBytes`. */
  list(state: ChainState, maxBytes: bigint): Evidence[] {
    const listed: Evidence[] = [];
    let room = maxBytes;
    for (const evidence of this.#pending.values()) {
      const size = BigInt(encodeEvidence(evidence).length + 8);
      if (size > room || isExpired(evidence, state)) continue;
      room -= size;
      listed.push(evidence);
    }
    return listed;
  }

  /** @throws Reject comet/12 when expired, committed before, or not a contradiction by a validator of its height. */
  check(evidence: Evidence, state: ChainState): void {
    const { height } = evidence.voteA;
    if (height > state.lastHeight) throw CometError.InvalidEvidence("of a height that has no block yet");
    if (isExpired(evidence, state)) throw CometError.InvalidEvidence("too old");
    const committed = this.#kv.get(hashKey(KIND.evidenceCommitted, sha256(encodeEvidence(evidence))));
    if (committed !== undefined) throw CometError.InvalidEvidence("committed before");
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
      const hash = sha256(encodeEvidence(evidence));
      ops.push({ key: hashKey(KIND.evidenceCommitted, hash), value: u64be(state.lastHeight) });
      ops.push({ key: hashKey(KIND.evidencePending, hash), value: undefined });
      this.#pending.delete(toHex(hash));
    }
    for (const [key, evidence] of this.#pending) if (isExpired(evidence, state)) this.#pending.delete(key);
    if (ops.length > 0) this.#kv.write(ops);
    return this.#settle(state);
  }

  #settle(state: ChainState): readonly Evidence[] {
    const ready = this.#waiting.filter(({ first }) => first.height <= state.lastHeight);
    this.#waiting = this.#waiting.filter(({ first }) => first.height > state.lastHeight);
    return ready.flatMap(({ first, second }) => {
      const validators = this.#context.validators(first.height);
      const time = this.#context.blockTime(first.height);
      if (validators === undefined || time === undefined) return [];
      const evidence = makeDuplicateVoteEvidence(bare(first), bare(second), { validators, time });
      const isKnown = [...this.#pending.values()].some((e) =>
        equalBytes(encodeEvidence(e), encodeEvidence(evidence)),
      );
      if (isKnown || this.#pending.size >= MAX_PENDING) return [];
      this.add(evidence, state);
      return [evidence];
    });
  }
}

/** Extensions prove nothing and may be large. */
function bare(vote: Vote): Vote {
  return { ...vote, extension: new Uint8Array(0), extensionSignature: new Uint8Array(0) };
}

/** Old by both measures, as CometBFT counts. */
function isExpired(evidence: Evidence, state: ChainState): boolean {
  const { maxAgeNumBlocks, maxAgeDurationNs } = state.params.evidence;
  const blocks = state.lastHeight - evidence.voteA.height;
  return blocks > maxAgeNumBlocks && state.lastTime - evidence.time > maxAgeDurationNs;
}
