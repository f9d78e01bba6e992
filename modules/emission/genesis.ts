import { formatAddress, parseAddress, parseUopen } from "../../chain/codec/index.js";
import type { Context, ReadContext } from "../../chain/kernel/context.js";
import type { GenesisSpec } from "../../chain/kernel/module.js";
import { sumUopen, toHash32 } from "../../chain/primitives/index.js";
import type { Uopen } from "../../chain/primitives/index.js";
import { Epoch, GenesisState } from "../../proto/gen/openledger/emission/v1.js";
import type { Allocation } from "../../proto/gen/openledger/emission/v1.js";
import { heldFor } from "./claims.js";
import { EmissionError } from "./errors.js";
import { DEFAULT_PARAMS, checkParams } from "./params.js";
import type { EmissionPorts } from "./ports.js";
import { EMISSION_STORE, emissionState } from "./state.js";

type State = ReturnType<typeof emissionState.open>;

/** The digests of what was counted, from the contributions themselves. */
function recountRows(ctx: Context, { datanets }: EmissionPorts, state: State): void {
  for (const [datanetId, last] of state.cursors.entries()) {
    let frozen = datanets.frozenAfter(ctx, datanetId, 0n);
    while (frozen !== undefined && frozen.id <= last) {
      for (const { hash } of frozen.rows) state.rows.add(toHash32(hash));
      frozen = datanets.frozenAfter(ctx, datanetId, frozen.id);
    }
  }
}

function checkAllocation(allocation: Allocation): void {
  for (const text of [allocation.amount, allocation.paid, allocation.returned]) parseUopen(text);
  const isWhole = allocation.claimedBytes <= allocation.bytes && parseUopen(allocation.paid) <= parseUopen(allocation.amount);
  if (!isWhole) throw EmissionError.InvalidGenesis(`allocation of datanet ${allocation.datanetId} in epoch ${allocation.epoch}`);
}

function readShares(state: State, doc: GenesisState): void {
  for (const { account, epoch, datanetId, bytes } of doc.shares) {
    if (bytes === 0n) throw EmissionError.InvalidGenesis("a share of nothing");
    const key = [parseAddress(account), epoch, datanetId] as const;
    if (state.shares.has(key)) throw EmissionError.InvalidGenesis("a share stands twice");
    state.shares.set(key, bytes);
    if (state.allocations.has([datanetId, epoch])) continue;
    if (epoch !== doc.epoch.number) throw EmissionError.InvalidGenesis(`a share of epoch ${epoch} without an allocation`);
    state.running.set([epoch, datanetId], (state.running.get([epoch, datanetId]) ?? 0n) + bytes);
  }
}

/** What the module's account owes to those who have not claimed. */
export function owed(ctx: ReadContext): Uopen {
  return sumUopen([...emissionState.read(ctx.store(EMISSION_STORE)).allocations.values()].map(heldFor));
}

/** Bytes of an allocation that are still somebody's share. */
export function unclaimedBytes(ctx: ReadContext): ReadonlyMap<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const [[, epoch, datanetId], bytes] of emissionState.read(ctx.store(EMISSION_STORE)).shares.entries()) {
    const key = `${datanetId}/${epoch}`;
    sums.set(key, (sums.get(key) ?? 0n) + bytes);
  }
  return sums;
}

function check(ctx: Context, { token }: EmissionPorts, state: State): void {
  const sums = unclaimedBytes(ctx);
  for (const [[datanetId, epoch], { bytes, claimedBytes }] of state.allocations.entries()) {
    const left = sums.get(`${datanetId}/${epoch}`) ?? 0n;
    if (left !== bytes - claimedBytes) throw EmissionError.InvalidGenesis(`shares of datanet ${datanetId} in epoch ${epoch} do not sum`);
  }
  const [due, held] = [owed(ctx), token.moduleBalance(ctx, EMISSION_STORE)];
  if (due !== held) throw EmissionError.InvalidGenesis(`the module owes ${due} uopen and its account holds ${held}`);
}

/** Must come after datanet, of which the rows that counted are read. */
export const emissionGenesis = (ports: EmissionPorts): GenesisSpec<GenesisState> => ({
  codec: GenesisState,
  defaults: () => GenesisState.create({ params: DEFAULT_PARAMS }),
  init(ctx, doc) {
    checkParams(doc.params);
    const state = emissionState.open(ctx.store(EMISSION_STORE));
    state.params.set(doc.params);
    if (doc.epoch.number > 0n) state.epoch.set(doc.epoch);
    for (const { datanetId, contributionId } of doc.cursors) state.cursors.set(datanetId, contributionId);
    for (const allocation of doc.allocations) {
      checkAllocation(allocation);
      state.allocations.set([allocation.datanetId, allocation.epoch], allocation);
    }
    readShares(state, doc);
    recountRows(ctx, ports, state);
    check(ctx, ports, state);
    return [];
  },
  export(ctx) {
    const state = emissionState.read(ctx.store(EMISSION_STORE));
    return {
      params: state.params.getOrFail(),
      epoch: state.epoch.get() ?? Epoch.create({}),
      cursors: [...state.cursors.entries()].map(([datanetId, contributionId]) => ({ datanetId, contributionId })),
      shares: [...state.shares.entries()].map(([[account, epoch, datanetId], bytes]) => {
        return { account: formatAddress(account), epoch, datanetId, bytes };
      }),
      allocations: [...state.allocations.values()],
    };
  },
});
