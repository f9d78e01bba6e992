import { parseAddress } from "../../chain/codec/index.js";
import type { Address } from "../../chain/primitives/index.js";
import type { MsgClaimEmission, MsgVoidAllocations } from "../../proto/gen/openledger/emission/v1.js";

/** Pays what the data of an account has earned. */
export interface ClaimEmission {
  readonly account: Address;
}

/** Governance takes back what a Datanet was allocated, as far as it is not mature. */
export interface VoidAllocations {
  readonly authority: Address;
  readonly authorityText: string;
  readonly datanetId: bigint;
  readonly fromEpoch: bigint;
}

/** @throws Reject sdk/7. */
export function parseClaimEmission(wire: MsgClaimEmission): ClaimEmission {
  return { account: parseAddress(wire.account) };
}

/** @throws Reject sdk/7. */
export function parseVoidAllocations(wire: MsgVoidAllocations): VoidAllocations {
  const { authority, datanetId, fromEpoch } = wire;
  return { authority: parseAddress(authority), authorityText: authority, datanetId, fromEpoch };
}
