import type { CommitInfo, Event, Misbehavior } from "../abci/index.js";
import type { Address, Hash32, Height, TimeNs } from "../primitives/index.js";
import type { GasMeter, ReadStores, Stores } from "../store/index.js";

/** What code may know of the block it runs in. Time is the header's; there is no other clock. */
export interface BlockInfo {
  readonly chainId: string;
  readonly height: Height;
  readonly time: TimeNs;
  /** Consensus address of the proposer, 20 bytes; empty at genesis and in queries. */
  readonly proposer: Uint8Array;
  /** Hash of this block; empty where none exists yet (genesis, CheckTx, queries). */
  readonly hash: Uint8Array;
}

/** Queries and invariants: one committed version, never half a block. */
export interface ReadContext extends ReadStores {
  readonly block: BlockInfo;
}

/** Genesis, begin and end of block, and what happens inside a transaction. Writes go to the current branch. */
export interface Context extends Stores {
  readonly block: BlockInfo;
  readonly gas: GasMeter;
  /** Appends to the events of this branch; they vanish with it. */
  emit(event: Event): void;
  /** Nobody hears its events: what every transaction runs through need not make them. */
  readonly isSilent?: boolean;
}

/** Begin of a block: what the engine says of the block before. */
export interface BeginContext extends Context {
  /** Who of the validators of the previous height signed it; empty at the initial height. Powers are those of that height. */
  readonly lastCommit: CommitInfo;
  /** Proven double signs and light-client attacks that this block carries. */
  readonly misbehavior: readonly Misbehavior[];
  /** Of this block's header: who validates the next height. */
  readonly nextValidatorsHash: Uint8Array;
  /** Of this block's header: the state before it. */
  readonly appHash: Uint8Array;
}

/** One message of one transaction. */
export interface TxContext extends Context {
  readonly txHash: Hash32;
  readonly messageIndex: number;
  /** Who signed the transaction, in signer order. */
  readonly signers: readonly Address[];
}
