import type { Address } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";
import { AdapterStatus } from "../../proto/gen/openledger/modelfactory/v1.js";
import type { Adapter, BaseModel } from "../../proto/gen/openledger/modelfactory/v1.js";
import { contributorWeights } from "./contributors.js";
import { lineage, lineageDatasets } from "./lineage.js";
import { isMarked } from "./marks.js";
import type { Datasets } from "./ports.js";
import { MODELFACTORY_STORE, modelfactoryState } from "./state.js";

/** An adapter with the base it stands on. */
export interface AdapterView {
  readonly adapter: Adapter;
  readonly base: BaseModel;
  readonly isPublished: boolean;
  /** Its training, or one that it goes on from, was proven wrong or cannot be checked. */
  readonly isMarked: boolean;
}

/** What other modules may ask of models. */
export interface ModelFactoryService {
  adapter(stores: ReadStores, adapterId: bigint): AdapterView | undefined;
  /** Accounts with rows that count in the datasets of the adapter and of those it goes on from, in order of address; none for an unknown one. */
  contributors(stores: ReadStores, adapterId: bigint): readonly Address[];
}

export function createService(datasets: Datasets): ModelFactoryService {
  const read = (stores: ReadStores) => modelfactoryState.read(stores.store(MODELFACTORY_STORE));
  return {
    adapter(stores, adapterId) {
      const state = read(stores);
      const adapter = state.adapters.get(adapterId);
      if (adapter === undefined) return undefined;
      const base = state.baseModels.getOrFail(adapter.baseModelId);
      const isPublished = adapter.status === AdapterStatus.ADAPTER_STATUS_PUBLISHED;
      return { adapter, base, isPublished, isMarked: isMarked(adapter) };
    },
    contributors(stores, adapterId) {
      const refs = lineageDatasets(lineage(stores, adapterId));
      return contributorWeights(stores, datasets, refs).map((weight) => weight.account);
    },
  };
}
