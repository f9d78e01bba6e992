import { attestModule, createAttestation } from "../chain/attest/index.js";
import type { ExtensionSource, TaskOpener, TaskReader } from "../chain/attest/index.js";
import { createApplication, createMessageRunner, createRouter, storeNames } from "../chain/kernel/index.js";
import type {
  Accounts,
  ApplicationOptions,
  AttestHooks,
  Context,
  FeeGrants,
  Fees,
  GasPrice,
  KernelApplication,
  MessageRunner,
  Module,
  Router,
} from "../chain/kernel/index.js";
import { moduleAddress } from "../chain/crypto/index.js";
import { toHeight, keyText } from "../chain/primitives/index.js";
import type { Address, Height } from "../chain/primitives/index.js";
import { openMultiStore, storedNames } from "../chain/store/index.js";
import type { KvStore } from "../chain/store/index.js";
import { createAttributionModule } from "./attribution/index.js";
import { createAuthModule, createAuthService } from "./auth/index.js";
import type { AuthService } from "./auth/index.js";
import { createAuthzModule } from "./authz/index.js";
import { consensusModule } from "./consensus/index.js";
import { createDatanetModule } from "./datanet/index.js";
import { DISTRIBUTION_STORE, createDistributionModule } from "./distribution/index.js";
import type { DistributionService } from "./distribution/index.js";
import { ECONOMY_ACCOUNTS } from "./economy-accounts.js";
import { createEmissionModule } from "./emission/index.js";
import { createEvidenceModule } from "./evidence/index.js";
import { createFeegrantModule, feeGrants } from "./feegrant/index.js";
import { GOV_STORE, createGovModule } from "./gov/index.js";
import { bucketAddress } from "./genesis.js";
import { MINT_STORE, createMintModule } from "./mint/index.js";
import { createModelFactoryModule } from "./modelfactory/index.js";
import { createOpenLoraModule } from "./openlora/index.js";
import { createSlashingModule } from "./slashing/index.js";
import type { SlashingService } from "./slashing/index.js";
import { BONDED_POOL, NOT_BONDED_POOL, createStakingModule, createStakingService } from "./staking/index.js";
import type { StakingHooks, StakingPorts, StakingService } from "./staking/index.js";
import {
  COMMUNITY_POOL,
  FEE_COLLECTOR,
  createCommunityPool,
  createTokenModule,
  createTokenService,
} from "./token/index.js";
import type { TokenService } from "./token/index.js";
import { createUpgradeModule } from "./upgrade/index.js";
import { UPGRADES, storeChanges } from "./upgrades.js";
import type { Upgrades } from "./upgrades.js";

export { UpgradeHalt } from "./upgrade/index.js";
export { UPGRADES } from "./upgrades.js";
export type { Upgrades } from "./upgrades.js";

/** The only file that knows all the modules: who they are, whom each may call, and in which order blocks run them. */

/** Accounts of modules: plain transfers may not reach them, and queries list them. */
const MODULE_ACCOUNTS: readonly string[] = [
  FEE_COLLECTOR,
  COMMUNITY_POOL,
  GOV_STORE,
  BONDED_POOL,
  NOT_BONDED_POOL,
  MINT_STORE,
  DISTRIBUTION_STORE,
];

export interface CoreModules {
  readonly auth: AuthService;
  readonly token: TokenService;
  readonly staking: StakingService;
  readonly slashing: SlashingService;
  readonly distribution: DistributionService;
  /** Names of the accounts of modules. */
  readonly moduleAccounts: readonly string[];
  readonly modules: readonly Module[];
}

/** Runs messages of all modules; their router is made once, when they are there. */
function createRunner(modules: () => readonly Module[]): MessageRunner {
  let router: Router | undefined;
  return createMessageRunner(() => (router ??= createRouter(modules())));
}

/**
 * Accounts, coins, validators and their punishment, which every chain of ours has. `moduleAccounts`: names of further modules that
 * hold coins. `all`: every module of the application, where there are more than these.
 */
export function createCoreModules(moduleAccounts: readonly string[] = [], all?: () => readonly Module[]): CoreModules {
  const names = [...MODULE_ACCOUNTS, ...moduleAccounts];
  const auth = createAuthService();
  const token = createTokenService(auth);
  // Tied late: who listens to stake is made of what it offers.
  const listeners: StakingHooks[] = [];
  const stakingPorts: StakingPorts = { token, communityPool: createCommunityPool(token), hooks: () => listeners };
  const staking = createStakingService(stakingPorts);
  const distribution = createDistributionModule({
    token,
    staking,
    feeCollector: FEE_COLLECTOR,
    communityPool: COMMUNITY_POOL,
    communityReserve: bucketAddress("community"),
    isModuleAccount: isOneOf(names),
  });
  listeners.push(distribution.hooks);
  const slashing = createSlashingModule(staking);
  listeners.push(slashing.hooks);
  const accounts = { ...auth, isBlocked: isOneOf(names) };
  const runner = createRunner(() => all?.() ?? modules);
  const communityPool = createCommunityPool(token);
  const gov = createGovModule({ token, communityPool, isModuleAccount: accounts.isBlocked, accounts: auth, staking, runner });
  listeners.push(gov.hooks);
  const modules: readonly Module[] = [
    createAuthModule({ accounts: auth, coins: { ...token, isBlocked: accounts.isBlocked }, moduleNames: names }),
    createTokenModule(token, auth, names),
    createMintModule(),
    distribution,
    gov,
    createStakingModule(stakingPorts),
    slashing,
    createEvidenceModule(staking, slashing.service),
    createFeegrantModule(accounts),
    createAuthzModule({ accounts, messages: runner }),
    consensusModule,
  ];
  return { auth, token, staking, slashing: slashing.service, distribution: distribution.service, moduleAccounts: names, modules };
}

/** Whether an address is the account of one of these modules. */
function isOneOf(names: readonly string[]): (address: Address) => boolean {
  const addresses = new Set(names.map((name) => keyText(moduleAddress(name))));
  return (address) => addresses.has(keyText(address));
}

export interface AppModules {
  /** In block and genesis order. */
  readonly modules: readonly Module[];
  readonly accounts: Accounts;
  readonly fees: Fees;
  readonly feeGrants: FeeGrants;
  readonly attest: AttestHooks;
  readonly services: Pick<CoreModules, "auth" | "token" | "staking">;
}

/** The data economy. Serving and attribution call each other, so each reaches the other through a late binding. */
function createEconomy({ token, staking, slashing, distribution }: CoreModules, tasks: TaskOpener & TaskReader): readonly Module[] {
  const base = { token, communityPool: createCommunityPool(token), tasks };
  const datanet = createDatanetModule(base);
  const emission = createEmissionModule({ token, communityPool: distribution.communityPool, datanets: datanet.service });
  const modelfactory = createModelFactoryModule({ ...base, datasets: datanet.service });
  const adapters = modelfactory.service;
  const openlora = createOpenLoraModule({
    token,
    tasks,
    adapters,
    attribution: {
      feeOf: (usage, prices) => attribution.service.feeOf(usage, prices),
      open: (ctx, answer) => attribution.service.open(ctx, answer),
    },
  });
  const validators = { validators: staking, punishment: slashing, rewards: distribution };
  const attribution = createAttributionModule({ ...base, ...validators, adapters, inferences: openlora.service });
  return [datanet, emission, modelfactory, openlora, attribution];
}

function createUpgrades(
  { plans, skipHeights = new Set() }: Upgrades,
  { token, moduleAccounts }: CoreModules,
  modules: () => readonly Module[],
): Module {
  const handlers = new Map([...plans].map(([name, { run }]) => [name, run]));
  const versions = () => new Map(modules().map((m) => [m.name, m.version ?? 1n]));
  const claimAccounts = (ctx: Context): void => {
    for (const name of moduleAccounts) token.claimModule(ctx, name);
  };
  return createUpgradeModule({ handlers, versions, skipHeights, claimAccounts });
}

/** `source`: what this validator's own sidecar found; it never affects a state transition. */
export function createModules(source: ExtensionSource, upgrades: Upgrades = UPGRADES): AppModules {
  const core = createCoreModules(ECONOMY_ACCOUNTS, () => modules);
  const { auth, token, staking } = core;
  const kinds = () => modules.flatMap((m) => m.tasks);
  const attestation = createAttestation({ validators: staking, kinds, source });
  const upgrade = createUpgrades(upgrades, core, () => modules);
  const modules: readonly Module[] = [upgrade, ...core.modules, ...createEconomy(core, attestation.opener), attestModule];
  return {
    modules,
    accounts: auth,
    fees: token,
    feeGrants,
    attest: attestation.hooks,
    services: { auth, token, staking },
  };
}

export interface OpenLedgerOptions extends Pick<ApplicationOptions, "minRetainBlocks" | "onCommit" | "onVerified"> {
  readonly kv: KvStore;
  readonly source: ExtensionSource;
  readonly minGasPrice: GasPrice;
  readonly version: string;
  /** Versions kept for queries and proofs; 0 keeps all. */
  readonly keepRecent?: number;
  /** The height of the chain's first block, which is the first version of its state; default 1. */
  readonly initialHeight?: Height;
  /** What this program knows of upgrades, where it is not what modules/upgrades.ts says. */
  readonly upgrades?: Upgrades;
}

/** The application of this chain over a key-value store. */
export function createOpenLedger(options: OpenLedgerOptions): KernelApplication {
  const { kv, minGasPrice, version, keepRecent = 0, initialHeight = toHeight(1n), upgrades = UPGRADES } = options;
  const { modules, accounts, fees, feeGrants: grants, attest } = createModules(options.source, upgrades);
  const stores = storeNames(modules);
  const state = openMultiStore({ kv, stores, keepRecent, initialVersion: initialHeight, upgrade: storeChanges(upgrades, storedNames(kv), stores) });
  return createApplication({
    modules,
    state,
    accounts,
    fees,
    feeGrants: grants,
    attest,
    minGasPrice,
    ...(options.minRetainBlocks === undefined ? {} : { minRetainBlocks: options.minRetainBlocks }),
    ...(options.onCommit === undefined ? {} : { onCommit: options.onCommit }),
    ...(options.onVerified === undefined ? {} : { onVerified: options.onVerified }),
    name: "openledger",
    version,
    appVersion: 1n,
  });
}
