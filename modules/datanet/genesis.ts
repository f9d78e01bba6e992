import { parseUopen } from "../../chain/codec/index.js";
import type { Context, ReadContext } from "../../chain/kernel/context.js";
import type { GenesisSpec } from "../../chain/kernel/module.js";
import { toHash32 } from "../../chain/primitives/index.js";
import { ContributionStatus, GenesisState } from "../../proto/gen/openledger/datanet/v1.js";
import type { Contribution } from "../../proto/gen/openledger/datanet/v1.js";
import { DatanetError } from "./errors.js";
import { countRows } from "./handlers/create-version.js";
import { checkParams, defaultParams } from "./params.js";
import { DATANET_STORE, datanetState } from "./state.js";

type State = ReturnType<typeof datanetState.open>;

const { CONTRIBUTION_STATUS_COMMITTED, CONTRIBUTION_STATUS_REVEALED, CONTRIBUTION_STATUS_ACCEPTED } = ContributionStatus;

/** Everything that is derived from the contributions: indexes, pending work, owners of rows. */
function indexContribution(state: State, c: Contribution): void {
  state.contributions.set(c.id, c);
  state.byDatanet.add([c.datanetId, c.id]);
  state.commitments.add(toHash32(c.commitment));
  const isWaiting = c.status === CONTRIBUTION_STATUS_COMMITTED;
  if (isWaiting) state.deadlines.add([c.revealDeadline, c.id]);
  if (isWaiting || c.status === CONTRIBUTION_STATUS_REVEALED) state.pending.add([c.datanetId, c.id]);
  if (c.status !== CONTRIBUTION_STATUS_ACCEPTED) return;
  if (c.version === 0n) state.unversioned.add([c.datanetId, c.id]);
  else state.members.set([c.datanetId, c.id], c.version);
  for (const { hash } of state.rows.getOrFail(c.id, () => DatanetError.InvalidGenesis(`contribution ${c.id} has no rows`)).rows) {
    const key = [c.datanetId, toHash32(hash)] as const;
    if (!state.rowOwners.has(key)) state.rowOwners.set(key, c.id);
  }
}

function checkContribution(state: State, c: Contribution, previous: bigint): void {
  if (c.id <= previous) throw DatanetError.InvalidGenesis("contributions must ascend");
  if (!state.datanets.has(c.datanetId)) throw DatanetError.InvalidGenesis(`contribution ${c.id} has no datanet`);
  if (c.commitment.length !== 32) throw DatanetError.InvalidGenesis(`contribution ${c.id} has no commitment`);
  parseUopen(c.bond);
}

function init(ctx: Context, genesis: GenesisState): readonly [] {
  checkParams(genesis.params);
  const state = datanetState.open(ctx.store(DATANET_STORE));
  state.params.set(genesis.params);
  state.nextDatanet.set(genesis.nextDatanetId);
  state.nextContribution.set(genesis.nextContributionId);
  for (const datanet of genesis.datanets) {
    if (datanet.id >= genesis.nextDatanetId) throw DatanetError.InvalidGenesis(`datanet ${datanet.id} is not before the next`);
    state.datanets.set(datanet.id, datanet);
  }
  for (const rows of genesis.rows) {
    if (rows.rows.some((row) => row.hash.length !== 32)) throw DatanetError.InvalidGenesis(`rows of ${rows.contributionId}`);
    state.rows.set(rows.contributionId, rows);
  }
  let previous = 0n;
  for (const contribution of genesis.contributions) {
    checkContribution(state, contribution, previous);
    indexContribution(state, contribution);
    previous = contribution.id;
  }
  if (previous >= genesis.nextContributionId) throw DatanetError.InvalidGenesis("next contribution id is taken");
  for (const version of genesis.versions) {
    state.versions.set([version.datanetId, version.version], version);
    const members = [...state.members.entries({ prefix: [version.datanetId] })].filter(([, first]) => first <= version.version);
    countRows(state, version.datanetId, {
      number: version.version,
      members: members.map(([[, id]]) => state.contributions.getOrFail(id)),
    });
  }
  return [];
}

function exportState(ctx: ReadContext): GenesisState {
  const state = datanetState.read(ctx.store(DATANET_STORE));
  return {
    params: state.params.getOrFail(),
    datanets: [...state.datanets.values()],
    contributions: [...state.contributions.values()],
    versions: [...state.versions.values()],
    rows: [...state.rows.values()],
    nextDatanetId: state.nextDatanet.peek(),
    nextContributionId: state.nextContribution.peek(),
  };
}

/** Indexes are not exported: they follow from the contributions. */
export const genesis: GenesisSpec<GenesisState> = {
  codec: GenesisState,
  defaults: () => ({
    params: defaultParams,
    datanets: [],
    contributions: [],
    versions: [],
    rows: [],
    nextDatanetId: 1n,
    nextContributionId: 1n,
  }),
  init,
  export: exportState,
};
