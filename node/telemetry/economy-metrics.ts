/** Metrics of the data economy, from the events of committed blocks (chain/attest/events.ts, modules/attribution/events.ts). */
import type { Event } from "../../chain/abci/index.js";
import { UOPEN_PER_OPEN } from "../../chain/primitives/index.js";
import { mayHoldEvents } from "../app/index.js";
import type { Engine } from "../engine/types.js";
import { PayoutRole } from "../../proto/gen/openledger/attribution/v1.js";
import type { Registry } from "./metrics.js";

function declare(registry: Registry) {
  const counter = (name: string, help: string, ...labels: string[]) => registry.counter({ name: `openledger_${name}`, help, labels });
  return {
    closed: counter("tasks_closed_total", "Attestation tasks that were closed, by kind and how they were resolved.", "kind", "result"),
    retried: counter("task_retries_total", "Tasks that needed another committee, by kind.", "kind"),
    power: registry.gauge({
      name: "openledger_attestation_power",
      help: "Power of the validators that revealed a value for the last closed task, by kind.",
      labels: ["kind"],
    }),
    inferences: counter("inferences_total", "Inferences by what became of them: requested, answered, settled or refunded.", "stage"),
    fees: counter("inference_fees_open_total", "Fees of settled inferences, in OPEN."),
    disputes: counter("disputes_total", "Disputes of attributions: opened and closed.", "stage"),
    audits: counter("work_audits_total", "Audits of attesters' work by result.", "result"),
    payouts: counter("payouts_total", "Payouts of attributions, by role.", "role"),
    paid: counter("payouts_open_total", "What they paid, in OPEN, by role.", "role"),
    claimed: counter("rewards_claimed_open_total", "Rewards that were claimed, in OPEN."),
  };
}

/** Digits of uopen to OPEN; the sixth decimal is all that is lost to a float here. */
function openOf(uopen: string | undefined): number {
  return uopen !== undefined && /^\d{1,24}$/.test(uopen) ? Number(uopen) / Number(UOPEN_PER_OPEN) : 0;
}

function roleName(role: string | undefined): string {
  const name = Object.entries(PayoutRole).find(([, number]) => String(number) === role)?.[0] ?? "other";
  return name.replace(/^PAYOUT_ROLE_/, "").toLowerCase();
}

type Metrics = ReturnType<typeof declare>;
/** What an event says under a key; empty when nothing. */
type Value = (key: string) => string;
type Count = (m: Metrics, value: Value) => void;

const inference = (stage: string): Count => (m) => m.inferences.add(1, stage);
const dispute = (stage: string): Count => (m) => m.disputes.add(1, stage);

/** By type of event. */
const COUNTS: ReadonlyMap<string, Count> = new Map<string, Count>([
  ["request_inference", inference("requested")],
  ["answer_inference", inference("answered")],
  ["refund_inference", inference("refunded")],
  [
    "settle_inference",
    (m, value) => {
      m.inferences.add(1, "settled");
      m.fees.add(openOf(value("fee")));
    },
  ],
  ["task_retry", (m, value) => m.retried.add(1, value("kind"))],
  [
    "task_closed",
    (m, value) => {
      m.closed.add(1, value("kind"), value("result"));
      m.power.set(Number(value("revealed_power")), value("kind"));
    },
  ],
  ["dispute_attribution", dispute("opened")],
  ["close_attribution_dispute", dispute("closed")],
  ["close_work_audit", (m, value) => m.audits.add(1, value("result"))],
  ["claim_rewards", (m, value) => m.claimed.add(openOf(value("amount")))],
  [
    "attribution_payout",
    (m, value) => {
      m.payouts.add(1, roleName(value("role")));
      m.paid.add(openOf(value("amount")), roleName(value("role")));
    },
  ],
]);
const TYPES: ReadonlySet<string> = new Set(COUNTS.keys());

function count(metrics: Metrics, { type, attributes }: Event): void {
  COUNTS.get(type)?.(metrics, (key) => attributes.find((a) => a.key === key)?.value ?? "");
}

/** Counts until the function that it returns is called. */
export function watchEconomy(registry: Registry, engine: Pick<Engine, "subscribe">): () => void {
  const metrics = declare(registry);
  return engine.subscribe((event) => {
    if (event.kind !== "block") return;
    for (const e of event.results.events) count(metrics, e);
    if (!mayHoldEvents(event.results, TYPES)) return;
    // What a failed transaction says it did was undone.
    for (const { code, events } of event.results.txResults) if (code === 0) for (const e of events) count(metrics, e);
  });
}
