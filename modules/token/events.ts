import type { Event } from "../../chain/abci/index.js";
import { formatAddress } from "../../chain/codec/index.js";
import { event, formatUopen } from "../../chain/kernel/index.js";
import type { Address, Uopen } from "../../chain/primitives/index.js";

/** The SDK's bank events (cosmos-formats.md §7.5). */

export function coinSpent(spender: Address, amount: Uopen): Event {
  return event("coin_spent", { spender: formatAddress(spender), amount: formatUopen(amount) });
}

export function coinReceived(receiver: Address, amount: Uopen): Event {
  return event("coin_received", { receiver: formatAddress(receiver), amount: formatUopen(amount) });
}

export function transferred(from: Address, to: Address, amount: Uopen): Event[] {
  const sender = formatAddress(from);
  return [
    event("transfer", { recipient: formatAddress(to), sender, amount: formatUopen(amount) }),
    event("message", { sender }),
  ];
}

export function burnt(burner: Address, amount: Uopen): Event {
  return event("burn", { burner: formatAddress(burner), amount: formatUopen(amount) });
}
