import type { Event } from "../../chain/abci/index.js";
import { formatAddress } from "../../chain/codec/index.js";
import { event } from "../../chain/kernel/events.js";
import type { Address, Uopen } from "../../chain/primitives/index.js";
import type { Allocation } from "../../proto/gen/openledger/emission/v1.js";

/** Rows of a contribution have counted; bytes of rows that nobody brought before. */
export function contributionCounted(of: {
  readonly epoch: bigint;
  readonly datanetId: bigint;
  readonly id: bigint;
  readonly contributor: Address;
  readonly bytes: bigint;
}): Event {
  return event("count_contribution", {
    epoch: of.epoch.toString(),
    datanet_id: of.datanetId.toString(),
    contribution_id: of.id.toString(),
    contributor: formatAddress(of.contributor),
    bytes: of.bytes.toString(),
  });
}

export function emissionAllocated(allocation: Allocation): Event {
  return event("allocate_emission", {
    epoch: allocation.epoch.toString(),
    datanet_id: allocation.datanetId.toString(),
    bytes: allocation.bytes.toString(),
    amount: allocation.amount,
    mature_height: allocation.matureHeight.toString(),
  });
}

/** `amount`: uopen over all Datanets. */
export function epochClosed(epoch: bigint, amount: Uopen): Event {
  return event("close_emission_epoch", { epoch: epoch.toString(), amount: amount.toString() });
}

export function emissionClaimed(account: Address, amount: Uopen, shares: number): Event {
  return event("claim_emission", { account: formatAddress(account), amount: amount.toString(), shares: shares.toString() });
}

export function allocationVoided(allocation: Allocation): Event {
  return event("void_emission", {
    epoch: allocation.epoch.toString(),
    datanet_id: allocation.datanetId.toString(),
    amount: allocation.amount,
  });
}
