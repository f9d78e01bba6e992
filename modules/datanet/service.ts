import type { Address } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";
import { DatanetStatus } from "../../proto/gen/openledger/datanet/v1.js";
import type { License } from "../../proto/gen/openledger/datanet/v1.js";
import { DATANET_STORE, datanetState } from "./state.js";

/** What other modules may ask of Datanets. */
export interface DatanetService {
  /** Undefined when there is no such Datanet. */
  terms(stores: ReadStores, datanetId: bigint): { readonly isPublished: boolean; readonly license: License } | undefined;
  hasVersion(stores: ReadStores, datanetId: bigint, version: bigint): boolean;
  /** Rows that count per contributor of a version, in order of address bytes. */
  contributors(
    stores: ReadStores,
    datanetId: bigint,
    version: bigint,
  ): readonly { readonly account: Address; readonly rows: number }[];
}

export const datanetService: DatanetService = {
  terms(stores, datanetId) {
    const datanet = datanetState.read(stores.store(DATANET_STORE)).datanets.get(datanetId);
    if (datanet === undefined) return undefined;
    return { isPublished: datanet.status === DatanetStatus.DATANET_STATUS_PUBLISHED, license: datanet.license };
  },
  hasVersion: (stores, datanetId, version) =>
    datanetState.read(stores.store(DATANET_STORE)).versions.has([datanetId, version]),
  contributors(stores, datanetId, version) {
    const { countedRows } = datanetState.read(stores.store(DATANET_STORE));
    const entries = [...countedRows.entries({ prefix: [datanetId, version] })];
    return entries.map(([[, , account], rows]) => ({ account, rows }));
  },
};
