import { formatAddress, parseAddress } from "../../../chain/codec/index.js";
import type { TxContext } from "../../../chain/kernel/context.js";
import { toHash32 } from "../../../chain/primitives/index.js";
import { DatanetStatus } from "../../../proto/gen/openledger/datanet/v1.js";
import type {
  Contribution,
  Datanet,
  DatasetVersion,
  MsgCreateVersionResponse,
  VersionLeaf,
} from "../../../proto/gen/openledger/datanet/v1.js";
import { DatanetError } from "../errors.js";
import { versionCreated } from "../events.js";
import type { OwnerAction } from "../messages.js";
import { countedPositions } from "../rules/rows.js";
import { versionRoot } from "../rules/version.js";
import { DATANET_STORE, datanetState } from "../state.js";

type State = ReturnType<typeof datanetState.open>;

function checkDatanet(state: State, msg: OwnerAction): Datanet {
  const datanet = state.datanets.getOrFail(msg.datanetId, () => DatanetError.DatanetNotFound(`datanet ${msg.datanetId}`));
  if (datanet.owner !== formatAddress(msg.owner)) throw DatanetError.NotOwner();
  if (datanet.status !== DatanetStatus.DATANET_STATUS_PUBLISHED) throw DatanetError.NotPublished();
  return datanet;
}

/**
 * Accepted contributions that are in no version, up to the first undecided one of the Datanet: were a later one frozen
 * first, an earlier commit could no longer get the rows that both have.
 */
function newlyAccepted(state: State, datanetId: bigint): bigint[] {
  const [horizon] = state.pending.keys({ prefix: [datanetId], limit: 1 });
  const fresh = [...state.unversioned.keys({ prefix: [datanetId] })].map(([, id]) => id);
  return fresh.filter((id) => horizon === undefined || id < horizon[1]);
}

const leafOf = (c: Contribution): VersionLeaf => ({
  contributionId: c.id,
  contributor: c.contributor,
  blobCid: c.blobCid,
  rowsRoot: c.rowsRoot,
});

/** Rows that count, per contributor, over all members of the version; written under the version for good. */
export function countRows(state: State, datanetId: bigint, version: { number: bigint; members: readonly Contribution[] }): bigint {
  let total = 0;
  for (const member of version.members) {
    const { rows } = state.rows.getOrFail(member.id);
    const counted = countedPositions(rows, (hash) => state.rowOwners.get([datanetId, toHash32(hash)]) === member.id).length;
    const key = [datanetId, version.number, parseAddress(member.contributor)] as const;
    if (counted > 0) state.countedRows.set(key, (state.countedRows.get(key) ?? 0) + counted);
    total += counted;
  }
  return BigInt(total);
}

/**
 * Freezes the accepted contributions, the older versions' included. Cost: reads every row digest of the version.
 *
 * @throws Reject datanet/4, datanet/5, datanet/7, datanet/21, datanet/22.
 */
export function createVersion(ctx: TxContext, msg: OwnerAction): MsgCreateVersionResponse {
  const state = datanetState.open(ctx.store(DATANET_STORE));
  const datanet = checkDatanet(state, msg);
  const fresh = newlyAccepted(state, datanet.id);
  if (fresh.length === 0) throw DatanetError.NothingToVersion();
  const last = state.versions.get([datanet.id, datanet.latestVersion]);
  const size = Number(last?.contributions ?? 0n) + fresh.length;
  const limit = state.params.getOrFail().maxContributionsPerVersion;
  if (size > limit) throw DatanetError.VersionFull(`at most ${limit}, got ${size}`);

  const number = datanet.latestVersion + 1n;
  for (const id of fresh) {
    state.contributions.set(id, { ...state.contributions.getOrFail(id), version: number });
    state.unversioned.delete([datanet.id, id]);
    state.members.set([datanet.id, id], number);
  }
  const members = [...state.members.keys({ prefix: [datanet.id] })].map(([, id]) => state.contributions.getOrFail(id));
  const version: DatasetVersion = {
    datanetId: datanet.id,
    version: number,
    root: versionRoot(members.map(leafOf)),
    contributions: BigInt(members.length),
    rows: countRows(state, datanet.id, { number, members }),
    height: ctx.block.height,
  };
  state.versions.set([datanet.id, number], version);
  state.datanets.set(datanet.id, { ...datanet, latestVersion: number });
  ctx.emit(versionCreated(version));
  return { version: number, root: version.root };
}
