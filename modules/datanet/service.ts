import { parseAddress } from "../../chain/codec/index.js";
import { toHash32 } from "../../chain/primitives/index.js";
import type { Address } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";
import { DatanetStatus } from "../../proto/gen/openledger/datanet/v1.js";
import type { License } from "../../proto/gen/openledger/datanet/v1.js";
import { countedPositions } from "./rules/rows.js";
import type { RowSize } from "./rules/rows.js";
import { DATANET_STORE, datanetState } from "./state.js";

/** A contribution that is in a version, with those of its rows that count there. */
export interface FrozenContribution {
  readonly id: bigint;
  readonly contributor: Address;
  readonly rows: readonly RowSize[];
}

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
  /**
   * The next contribution above `after` that is in a version. Ids of later versions are higher than those of earlier ones, and a frozen
   * row never changes its owner (ADR 0045). Cost: two reads for each of its rows.
   */
  frozenAfter(stores: ReadStores, datanetId: bigint, after: bigint): FrozenContribution | undefined;
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
  frozenAfter(stores, datanetId, after) {
    const { members, contributions, rows, rowOwners } = datanetState.read(stores.store(DATANET_STORE));
    const [next] = members.keys({ prefix: [datanetId], start: [datanetId, after + 1n], limit: 1 });
    if (next === undefined) return undefined;
    const [, id] = next;
    const digests = rows.getOrFail(id).rows;
    const counted = countedPositions(digests, (hash) => rowOwners.get([datanetId, toHash32(hash)]) === id);
    const { contributor } = contributions.getOrFail(id);
    const owned = new Set(counted);
    return { id, contributor: parseAddress(contributor), rows: digests.filter((_, i) => owned.has(i)) };
  },
};
