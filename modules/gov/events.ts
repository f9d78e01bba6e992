import type { Event } from "../../chain/abci/index.js";
import { formatAddress } from "../../chain/codec/index.js";
import { event, formatUopen } from "../../chain/kernel/index.js";
import type { Address, Uopen } from "../../chain/primitives/index.js";

/** The SDK's events of x/gov (types/events.go): names, attributes and their order. */

/** `types`: type URLs of the messages. Each is preceded by a comma, as in the SDK. */
export function submitted(id: bigint, proposer: Address, types: readonly string[]): Event {
  return event("submit_proposal", {
    proposal_id: id.toString(),
    proposal_proposer: formatAddress(proposer),
    proposal_messages: types.map((type) => `,${type}`).join(""),
  });
}

/** Voting began with the submission, or with a later deposit. */
export function votingStarted(by: "submit_proposal" | "proposal_deposit", id: bigint): Event {
  return event(by, { voting_period_start: id.toString() });
}

export function deposited(id: bigint, depositor: Address, amount: Uopen): Event {
  return event("proposal_deposit", {
    depositor: formatAddress(depositor),
    amount: formatUopen(amount),
    proposal_id: id.toString(),
  });
}

/** `option`: the SDK's JSON of the options. */
export function voted(id: bigint, voter: Address, option: string): Event {
  return event("proposal_vote", { voter: formatAddress(voter), option, proposal_id: id.toString() });
}

export function canceled(id: bigint, proposer: string): Event {
  return event("cancel_proposal", { sender: proposer, proposal_id: id.toString() });
}

/** Never reached the minimum deposit. */
export function dropped(id: bigint): Event {
  return event("inactive_proposal", { proposal_id: id.toString(), proposal_result: "proposal_dropped" });
}

export type Result = "proposal_passed" | "proposal_rejected" | "expedited_proposal_rejected" | "proposal_failed";

/** Voting is over. `log`: in words. */
export function tallied(id: bigint, result: Result, log: string): Event {
  return event("active_proposal", { proposal_id: id.toString(), proposal_result: result, proposal_log: log });
}
