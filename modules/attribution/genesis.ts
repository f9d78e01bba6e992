import { formatAddress, parseAddress, parseUopen } from "../../chain/codec/index.js";
import type { GenesisSpec } from "../../chain/kernel/module.js";
import { addUopen, toAddress, toHeight, toUopen } from "../../chain/primitives/index.js";
import type { Store } from "../../chain/store/index.js";
import { GenesisState, RecordStatus } from "../../proto/gen/openledger/attribution/v1.js";
import type { AttributionRecord } from "../../proto/gen/openledger/attribution/v1.js";
import { checkGenesis } from "./genesis-check.js";
import { defaultParams } from "./params.js";
import { ATTRIBUTION_STORE, attributionState } from "./state.js";

type State = ReturnType<typeof attributionState.open>;

function wait(state: State, inferenceId: bigint): void {
  state.waiting.set(inferenceId, (state.waiting.get(inferenceId) ?? 0) + 1);
}

function initRecords(state: State, records: readonly AttributionRecord[]): void {
  for (const record of records) {
    state.records.set(record.inferenceId, record);
    if (record.status === RecordStatus.RECORD_STATUS_FINAL) continue;
    if (record.finalHeight > 0n) state.due.add([record.finalHeight, record.inferenceId]);
    for (const payout of record.payouts.filter((p) => p.account !== "")) {
      const account = parseAddress(payout.account);
      state.held.set(account, addUopen(state.held.get(account) ?? toUopen(0n), parseUopen(payout.amount)));
    }
  }
}

function initDisputes(state: State, { disputes, nextDisputeId, works, audits, nextAuditId, attesters }: GenesisState): void {
  state.nextDispute.set(nextDisputeId);
  for (const dispute of disputes) {
    state.disputes.set(dispute.id, dispute);
    state.disputesOf.add([dispute.inferenceId, dispute.id]);
  }
  for (const work of works) {
    state.works.set([work.inferenceId, work.taskId], work);
    if (work.drawn) continue;
    state.draws.add([work.settledHeight, work.inferenceId, work.taskId]);
    wait(state, work.inferenceId);
  }
  state.nextAudit.set(nextAuditId);
  for (const audit of audits) {
    state.audits.set(audit.id, audit);
    wait(state, audit.inferenceId);
  }
  for (const attester of attesters) {
    state.attesters.set(toAddress(attester.validator), attester);
    if (attester.account === "" || attester.forfeitHeight === 0n) continue;
    state.forfeits.set(parseAddress(attester.account), toHeight(attester.forfeitHeight));
  }
}

function init(store: Store, document: GenesisState): void {
  const state = attributionState.open(store);
  state.params.set(document.params);
  initRecords(state, document.records);
  for (const { account, amount } of document.accrued) state.accrued.set(parseAddress(account), parseUopen(amount));
  for (const entry of document.harm) state.harm.set([entry.adapterId, parseAddress(entry.contributor)], entry);
  for (const entry of document.pending) state.pending.set(entry.draft.inferenceId, entry);
  initDisputes(state, document);
}

export const genesis: GenesisSpec<GenesisState> = {
  codec: GenesisState,
  defaults: () => ({
    params: defaultParams,
    records: [],
    accrued: [],
    harm: [],
    pending: [],
    disputes: [],
    nextDisputeId: 1n,
    attesters: [],
    audits: [],
    nextAuditId: 1n,
    works: [],
  }),
  init(ctx, document) {
    checkGenesis(document);
    init(ctx.store(ATTRIBUTION_STORE), document);
    return [];
  },
  export(ctx) {
    const state = attributionState.read(ctx.store(ATTRIBUTION_STORE));
    return {
      params: state.params.getOrFail(),
      records: [...state.records.values()],
      accrued: [...state.accrued.entries()].map(([account, amount]) => ({
        account: formatAddress(account),
        amount: amount.toString(),
      })),
      harm: [...state.harm.values()],
      pending: [...state.pending.values()],
      disputes: [...state.disputes.values()],
      nextDisputeId: state.nextDispute.peek(),
      attesters: [...state.attesters.values()],
      audits: [...state.audits.values()],
      nextAuditId: state.nextAudit.peek(),
      works: [...state.works.values()],
    };
  },
};
