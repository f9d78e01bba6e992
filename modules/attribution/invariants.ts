import { formatAddress, parseUopen } from "../../chain/codec/index.js";
import type { ReadContext } from "../../chain/kernel/context.js";
import type { Invariant } from "../../chain/kernel/module.js";
import { sumUopen } from "../../chain/primitives/index.js";
import type { Uopen } from "../../chain/primitives/index.js";
import { AttributionDisputeStatus, RecordStatus } from "../../proto/gen/openledger/attribution/v1.js";
import type { AttributionRecord } from "../../proto/gen/openledger/attribution/v1.js";
import type { Token } from "./ports.js";
import { payoutTotal } from "./rules/split.js";
import { ATTRIBUTION_STORE, attributionState } from "./state.js";

const open = (ctx: ReadContext): ReturnType<typeof attributionState.read> =>
  attributionState.read(ctx.store(ATTRIBUTION_STORE));

const isFinal = (record: AttributionRecord): boolean => record.status === RecordStatus.RECORD_STATUS_FINAL;

const unfinished = (ctx: ReadContext): AttributionRecord[] => [...open(ctx).records.values()].filter((r) => !isFinal(r));

function bonds(ctx: ReadContext): Uopen {
  const { ATTRIBUTION_DISPUTE_STATUS_OPEN: OPEN } = AttributionDisputeStatus;
  const disputes = [...open(ctx).disputes.values()].filter((d) => d.status === OPEN);
  return sumUopen(disputes.map((d) => parseUopen(d.bond)));
}

const money = (token: Token): readonly Invariant[] => [
  {
    name: "the attribution account holds exactly the fees of records that are not final, what is accrued, and bonds",
    holds(ctx) {
      const fees = sumUopen(unfinished(ctx).map((r) => parseUopen(r.fee)));
      const owed = sumUopen([fees, bonds(ctx), ...open(ctx).accrued.values()]);
      const held = token.moduleBalance(ctx, ATTRIBUTION_STORE);
      return owed === held || { owed, held };
    },
  },
  {
    name: "what is held for an account is what records that are not final say it gets",
    holds(ctx) {
      const sums = new Map<string, bigint>();
      for (const { account, amount } of unfinished(ctx).flatMap((r) => r.payouts)) {
        if (account !== "") sums.set(account, (sums.get(account) ?? 0n) + parseUopen(amount));
      }
      const held = [...open(ctx).held.entries()];
      for (const [account, amount] of held) {
        if (sums.get(formatAddress(account)) !== amount) return { account: formatAddress(account), amount };
      }
      return held.length === sums.size || { held: held.length, owed: sums.size };
    },
  },
  {
    name: "the payouts of every record sum to its fee",
    holds(ctx) {
      for (const record of open(ctx).records.values()) {
        const paid = payoutTotal(record.payouts);
        if (paid !== parseUopen(record.fee)) return { inference: record.inferenceId, paid, fee: record.fee };
      }
      return true;
    },
  },
];

const lifecycle: readonly Invariant[] = [
  {
    name: "an inference is attributed once: no record is still pending",
    holds(ctx) {
      const state = open(ctx);
      for (const id of state.pending.keys()) if (state.records.has(id)) return { inference: id };
      return true;
    },
  },
  {
    name: "each open record is due once, at its final height, and no other record is",
    holds(ctx) {
      const { due, records } = open(ctx);
      const entries = [...due.keys()];
      for (const [height, inference] of entries) {
        const record = records.get(inference);
        const isDue = record?.status === RecordStatus.RECORD_STATUS_OPEN && record.finalHeight === height;
        if (!isDue) return { inference, height };
      }
      const count = [...records.values()].filter((r) => r.status === RecordStatus.RECORD_STATUS_OPEN).length;
      return count === entries.length || { open: count, due: entries.length };
    },
  },
  {
    name: "a disputed record has one open dispute, and no other record has one",
    holds(ctx) {
      const { disputes, records } = open(ctx);
      const { ATTRIBUTION_DISPUTE_STATUS_OPEN: OPEN } = AttributionDisputeStatus;
      const disputed = [...disputes.values()].filter((d) => d.status === OPEN).map((d) => d.inferenceId);
      for (const id of disputed) {
        if (records.get(id)?.status !== RecordStatus.RECORD_STATUS_DISPUTED) return { inference: id };
      }
      const count = [...records.values()].filter((r) => r.status === RecordStatus.RECORD_STATUS_DISPUTED).length;
      return (count === disputed.length && new Set(disputed).size === count) || { disputed: count, disputes: disputed.length };
    },
  },
  {
    name: "a record waits for exactly its draws and audits, and a final one for none",
    holds(ctx) {
      const { waiting, draws, audits, records } = open(ctx);
      const sums = new Map<bigint, number>();
      const add = (id: bigint): void => void sums.set(id, (sums.get(id) ?? 0) + 1);
      for (const [, inferenceId] of draws.keys()) add(inferenceId);
      for (const { inferenceId } of audits.values()) add(inferenceId);
      const entries = [...waiting.entries()];
      for (const [inference, count] of entries) {
        const record = records.get(inference);
        if (sums.get(inference) !== count || record === undefined || isFinal(record)) return { inference, count };
      }
      return entries.length === sums.size || { waiting: entries.length, expected: sums.size };
    },
  },
  {
    name: "findings are kept for records that are not final, and for all of them",
    holds(ctx) {
      const ids = new Set([...open(ctx).works.keys()].map(([inferenceId]) => inferenceId));
      const records = unfinished(ctx);
      const missing = records.find((r) => !ids.has(r.inferenceId));
      return (missing === undefined && ids.size === records.length) || { kept: ids.size, unfinished: records.length };
    },
  },
];

/** Statements that hold after every block. */
export const invariants = (token: Token): readonly Invariant[] => [...money(token), ...lifecycle];
