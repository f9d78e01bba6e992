import { compareBytes, toHex } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";
import type { DatasetRef } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Datasets } from "./ports.js";
import type { DataWeight } from "./rules/training-split.js";

/** Rows that count per contributor over several dataset versions, in order of address. */
export function contributorWeights(stores: ReadStores, datasets: Datasets, refs: readonly DatasetRef[]): DataWeight[] {
  const rows = new Map<string, DataWeight>();
  for (const { datanetId, version } of refs) {
    for (const weight of datasets.contributors(stores, datanetId, version)) {
      const key = toHex(weight.account);
      rows.set(key, { account: weight.account, rows: weight.rows + (rows.get(key)?.rows ?? 0) });
    }
  }
  return [...rows.values()].sort((a, b) => compareBytes(a.account, b.account));
}
