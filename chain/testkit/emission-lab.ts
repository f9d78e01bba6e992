import { createEmissionModule } from "../../modules/emission/index.js";
import type { EmissionPorts } from "../../modules/emission/index.js";
import { DEFAULT_PARAMS } from "../../modules/emission/params.js";
import { emissionState } from "../../modules/emission/state.js";
import { datanetService } from "../../modules/datanet/service.js";
import { MsgClaimEmission, MsgClaimEmissionResponse } from "../../proto/gen/openledger/emission/v1.js";
import type { Params } from "../../proto/gen/openledger/emission/v1.js";
import type { Module } from "../kernel/module.js";
import { moduleAddress } from "../crypto/index.js";
import { toUopen } from "../primitives/index.js";
import type { Address } from "../primitives/index.js";
import { deliver } from "./deliver.js";
import { advance } from "./scratch-context.js";
import { bech, createDatanet, createEconomy, publishDatanet } from "./economy.js";
import type { Economy } from "./economy.js";
import { COMMUNITY, createPool } from "./ledger.js";

/** The data economy with emission from a pool in memory. */
export interface EmissionLab extends Economy {
  readonly emission: Module;
}

/** Datanets come from the economy, or from the test itself. */
export function createEmissionLab(params: Partial<Params> = {}, datanets: EmissionPorts["datanets"] = datanetService): EmissionLab {
  const economy = createEconomy();
  const { ctx, ledger } = economy;
  const emission = createEmissionModule({
    token: ledger,
    communityPool: {
      ...createPool(ledger),
      available: (stores) => toUopen(ledger.balance(stores, COMMUNITY)),
      spendTo: (c, module, amount) => ledger.toModule(c, COMMUNITY, module, amount),
    },
    datanets,
  });
  emission.genesis.init(ctx, emission.genesis.defaults());
  setParams({ ...economy, emission }, params);
  return { ...economy, emission };
}

/** What governance decides, without its votes. */
export function setParams({ ctx }: EmissionLab, params: Partial<Params>): void {
  const state = emissionState.open(ctx.store("emission"));
  state.params.set({ ...(state.params.get() ?? DEFAULT_PARAMS), ...params });
}

/** Ends this block and every one up to and at `height`. */
export function endBlocks(lab: EmissionLab, height: bigint): void {
  while (lab.ctx.block.height <= height) {
    lab.emission.endBlock?.(lab.ctx);
    advance(lab.ctx, lab.ctx.block.height + 1n);
  }
}

/** Runs to the height with which an epoch begins: the one before is closed. Emission must be on. */
export function toEpoch(lab: EmissionLab, number: bigint): void {
  const isClosed = (): boolean => {
    const last = emissionState.read(lab.ctx.store("emission")).epoch.get();
    return last !== undefined && last.number + 1n >= number && last.endHeight < lab.ctx.block.height;
  };
  while (!isClosed()) endBlocks(lab, lab.ctx.block.height);
}

export function claimEmission(lab: EmissionLab, account: Address): bigint {
  const message = { account: bech(account) };
  const done = deliver(lab.ctx, [lab.emission], { codec: MsgClaimEmission, message, response: MsgClaimEmissionResponse });
  return BigInt(done.amount);
}

/** A Datanet that takes contributions. */
export function openDatanet(lab: EmissionLab): bigint {
  const id = createDatanet(lab);
  publishDatanet(lab, id);
  return id;
}

export const heldByEmission = (lab: EmissionLab): bigint => lab.ledger.balance(lab.ctx, moduleAddress("emission"));
export const communityHas = (lab: EmissionLab): bigint => lab.ledger.balance(lab.ctx, COMMUNITY);

/** Puts the pool at exactly `amount`. */
export function fillPool(lab: EmissionLab, amount: bigint): void {
  const { ctx, ledger } = lab;
  const has = toUopen(communityHas(lab));
  if (has > 0n) ledger.fromModule(ctx, "community", moduleAddress("elsewhere"), has);
  ledger.mint(ctx, COMMUNITY, amount);
}
