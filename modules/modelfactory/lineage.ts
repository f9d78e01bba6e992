import type { ReadStores } from "../../chain/store/index.js";
import type { Adapter, DatasetRef } from "../../proto/gen/openledger/modelfactory/v1.js";
import { MODELFACTORY_STORE, modelfactoryState } from "./state.js";

/** Adapters in a line at most, each going on from the one before: bounds what an order and an attribution have to read. */
export const MAX_LINEAGE = 8;

/** An adapter and those it goes on from, youngest first. */
export function lineage(stores: ReadStores, adapterId: bigint): Adapter[] {
  const { adapters } = modelfactoryState.read(stores.store(MODELFACTORY_STORE));
  const line: Adapter[] = [];
  for (let id = adapterId; id !== 0n && line.length <= MAX_LINEAGE; ) {
    const adapter = adapters.get(id);
    if (adapter === undefined) break;
    line.push(adapter);
    id = adapter.parentAdapterId;
  }
  return line;
}

/** The dataset versions of all of them, each once. */
export function lineageDatasets(line: readonly Adapter[], own: readonly DatasetRef[] = []): DatasetRef[] {
  const refs = new Map<string, DatasetRef>();
  for (const ref of [...own, ...line.flatMap((adapter) => adapter.datasets)]) refs.set(`${ref.datanetId}/${ref.version}`, ref);
  return [...refs.values()];
}
