import type { EncodeObject } from "@cosmjs/proto-signing";
import type { DeliverTxResponse } from "@cosmjs/stargate";
import type { OpenLedgerExtension } from "../../client/queries.js";
import type { Verifier } from "../../client/verify/index.js";
import type { Actor } from "./actors.js";

/** What the story needs of the network: public doors only. */
export interface StoryChain {
  readonly openledger: OpenLedgerExtension["openledger"];
  /** Recomputes payouts from proofs under headers that lead to a trusted one. */
  readonly verifier: Verifier;
  height(): Promise<number>;
  /** Signs with the actor's key, broadcasts, and waits for the block. @throws TxFailed with the chain's reason. */
  send(actor: Actor, messages: readonly EncodeObject[]): Promise<DeliverTxResponse>;
  /** uopen. */
  balance(address: string): Promise<bigint>;
  /** uopen in existence. */
  supply(): Promise<bigint>;
  /** Account address to name, for the validators' operators. */
  operators(): Promise<ReadonlyMap<string, string>>;
  hasBlob(cid: string): Promise<boolean>;
  /** Resolves to the id that the node gives it. */
  upload(bytes: Uint8Array): Promise<string>;
  /** The bytes, checked against their id. */
  readBlob(cid: string): Promise<Uint8Array>;
}
