import { formatAddress, parseAddress, parseUopen } from "../../chain/codec/index.js";
import type { GenesisSpec } from "../../chain/kernel/module.js";
import { GenesisState } from "../../proto/gen/openledger/attribution/v1.js";
import { AttributionError } from "./errors.js";
import { checkParams, defaultParams } from "./params.js";
import { payoutTotal } from "./rules/split.js";
import { ATTRIBUTION_STORE, attributionState } from "./state.js";

function check(genesis: GenesisState): void {
  checkParams(genesis.params);
  for (const record of genesis.records) {
    if (payoutTotal(record.payouts) !== parseUopen(record.fee)) {
      throw AttributionError.InvalidGenesis(`payouts of inference ${record.inferenceId} do not sum to its fee`);
    }
  }
  if (genesis.accrued.some(({ amount }) => parseUopen(amount) === 0n)) {
    throw AttributionError.InvalidGenesis("nothing accrued is left out");
  }
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
    check(document);
    const state = attributionState.open(ctx.store(ATTRIBUTION_STORE));
    state.params.set(document.params);
    for (const record of document.records) state.records.set(record.inferenceId, record);
    for (const { account, amount } of document.accrued) state.accrued.set(parseAddress(account), parseUopen(amount));
    for (const entry of document.harm) state.harm.set([entry.adapterId, parseAddress(entry.contributor)], entry);
    for (const entry of document.pending) state.pending.set(entry.draft.inferenceId, entry);
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
      disputes: [],
      nextDisputeId: 1n,
      attesters: [],
      audits: [],
      nextAuditId: 1n,
      works: [],
    };
  },
};
