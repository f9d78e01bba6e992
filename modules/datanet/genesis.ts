import { parseAddress, parseUopen } from "../../chain/codec/index.js";
import type { Context, ReadContext } from "../../chain/kernel/context.js";
import type { GenesisSpec } from "../../chain/kernel/module.js";
import { toHash32 } from "../../chain/primitives/index.js";
import { ContributionStatus, GenesisState } from "../../proto/gen/openledger/datanet/v1.js";
import type { Contribution } from "../../proto/gen/openledger/datanet/v1.js";
import { DatanetError } from "./errors.js";
import { countRows } from "./handlers/create-version.js";
import { parseSponsorContributor } from "./messages.js";
import { checkParams, defaultParams } from "./params.js";
import { DATANET_STORE, datanetState } from "./state.js";

type State = ReturnType<typeof datanetState.open>;

const { CONTRIBUTION_STATUS_COMMITTED, CONTRIBUTION_STATUS_REVEALED, CONTRIBUTION_STATUS_ACCEPTED } = ContributionStatus;

/** What is in use of a sponsorship is what is undecided. */
function countSponsored(state: State, { id, contributor, sponsor }: Contribution): void {
  const key = [parseAddress(contributor), parseAddress(sponsor)] as const;
  const found = state.sponsorships.getOrFail(key, () => DatanetError.InvalidGenesis(`contribution ${id} has a sponsor without a sponsorship`));
  state.sponsorships.set(key, { ...found, inUse: found.inUse + 1 });
}

function initSponsorships(state: State, { sponsorships }: GenesisState): void {
  for (const found of sponsorships) {
    const { contributor, sponsor, bonds } = parseSponsorContributor(found);
    if (state.sponsorships.has([contributor, sponsor])) throw DatanetError.InvalidGenesis(`a sponsorship of ${found.contributor} stands twice`);
    state.sponsorships.set([contributor, sponsor], { ...found, bonds, inUse: 0 });
  }
}

/** Everything that is derived from the contributions: indexes, pending work, owners of rows. */
function indexContribution(state: State, c: Contribution): void {
  state.contributions.set(c.id, c);
  state.byDatanet.add([c.datanetId, c.id]);
  state.commitments.add(toHash32(c.commitment));
  const isWaiting = c.status === CONTRIBUTION_STATUS_COMMITTED;
  if (isWaiting) state.deadlines.add([c.revealDeadline, c.id]);
  const isPending = isWaiting || c.status === CONTRIBUTION_STATUS_REVEALED;
  if (isPending) state.pending.add([c.datanetId, c.id]);
  if (isPending && c.sponsor !== "") countSponsored(state, c);
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
  if (c.sponsor !== "") parseAddress(c.sponsor);
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
  initSponsorships(state, genesis);
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
    sponsorships: [...state.sponsorships.values()],
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
    sponsorships: [],
  }),
  init,
  export: exportState,
};
