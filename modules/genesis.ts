import { GenesisState as AuthGenesis } from "../proto/gen/cosmos/auth/v1beta1.js";
import { GenesisState as BankGenesis } from "../proto/gen/cosmos/bank/v1beta1.js";
import { GenesisState as StakingGenesis } from "../proto/gen/cosmos/staking/v1beta1.js";
import { GenesisState as AttestGenesis } from "../proto/gen/openledger/attest/v1.js";
import type { Params as AttestParams } from "../proto/gen/openledger/attest/v1.js";
import { GenesisState as AttributionGenesis } from "../proto/gen/openledger/attribution/v1.js";
import type { Params as AttributionParams } from "../proto/gen/openledger/attribution/v1.js";
import type { BaseModel, Params as ModelFactoryParams } from "../proto/gen/openledger/modelfactory/v1.js";
import { GenesisState as ModelFactoryGenesis } from "../proto/gen/openledger/modelfactory/v1.js";
import { defaultAttestParams } from "../chain/attest/index.js";
import { createTypeRegistry, formatAddress, toJson } from "../chain/codec/index.js";
import { moduleAddress } from "../chain/crypto/index.js";
import { SdkError, toCoins } from "../chain/kernel/index.js";
import { UOPEN_PER_OPEN, compareBytes, splitTime, subUopen, sumUopen, toUopen, utf8 } from "../chain/primitives/index.js";
import type { Address, TimeNs, Uopen } from "../chain/primitives/index.js";
import { defaultParams as ATTRIBUTION_PARAMS } from "./attribution/index.js";
import { ACCOUNT_TYPES, DEFAULT_PARAMS as AUTH_PARAMS, NOTHING_DELEGATED, accountToAny } from "./auth/index.js";
import type { Account } from "./auth/index.js";
import { ECONOMY_ACCOUNTS } from "./economy-accounts.js";
import { DISTRIBUTION_STORE } from "./distribution/index.js";
import { MINT_STORE } from "./mint/index.js";
import { defaultParams as MODELFACTORY_PARAMS } from "./modelfactory/index.js";
import { BONDED_POOL, DEFAULT_PARAMS as STAKING_PARAMS, NOT_BONDED_POOL, TOKENS_PER_POWER, bondedValidator, selfDelegation } from "./staking/index.js";
import { GenesisState as UpgradeGenesis } from "../proto/gen/openledger/upgrade/v1.js";
import { UPGRADES } from "./upgrades.js";
import type { Upgrades } from "./upgrades.js";
import {
  COMMUNITY_POOL,
  DEFAULT_PARAMS as BANK_PARAMS,
  FEE_COLLECTOR,
  OPEN_METADATA,
} from "./token/index.js";

/** Seconds in a twelfth of 365.25 days: what a month of the release schedules is. */
export const MONTH_SECONDS = 2_629_800n;

/** The five parts of the supply (design §6). */
export const BUCKETS = ["community", "ecosystem", "investors", "team", "liquidity"] as const;
export type Bucket = (typeof BUCKETS)[number];
/** Buckets with coins at launch, from which accounts may be funded. */
export type LaunchedBucket = "community" | "ecosystem" | "liquidity";

interface Release {
  readonly total: Uopen;
  readonly atLaunch: Uopen;
  /** Months after genesis between which the rest is released, linearly. */
  readonly fromMonth: bigint;
  readonly toMonth: bigint;
}

function open(amount: bigint): Uopen {
  return toUopen(amount * UOPEN_PER_OPEN);
}

export const RELEASES: Readonly<Record<Bucket, Release>> = {
  community: { total: open(517_100_000n), atLaunch: open(145_500_000n), fromMonth: 0n, toMonth: 48n },
  ecosystem: { total: open(100_000_000n), atLaunch: open(20_000_000n), fromMonth: 0n, toMonth: 48n },
  investors: { total: open(182_900_000n), atLaunch: open(0n), fromMonth: 12n, toMonth: 48n },
  team: { total: open(150_000_000n), atLaunch: open(0n), fromMonth: 12n, toMonth: 48n },
  liquidity: { total: open(50_000_000n), atLaunch: open(50_000_000n), fromMonth: 0n, toMonth: 0n },
};

export interface GenesisAccount {
  readonly address: Address;
  readonly amount: Uopen;
  readonly from: LaunchedBucket;
}

export interface GenesisValidator {
  readonly operator: Address;
  /** ed25519, 32 bytes. */
  readonly publicKey: Uint8Array;
  readonly power: bigint;
  readonly moniker: string;
}

export interface GenesisOptions {
  readonly time: TimeNs;
  readonly validators: readonly GenesisValidator[];
  readonly accounts: readonly GenesisAccount[];
  /** Base models that jobs may build on from the first block; ids are given in this order, from 1. */
  readonly baseModels?: readonly Omit<BaseModel, "id">[];
  /** Windows, bonds and limits of training, where they differ from the defaults. */
  readonly modelfactory?: Partial<ModelFactoryParams>;
  /** How long validators wait for one another's sidecars. */
  readonly attest?: Partial<AttestParams>;
  /** Shares, windows and penalties of attribution, where they differ from the defaults. */
  readonly attribution?: Partial<AttributionParams>;
  /** Plans of this program; a new chain begins after all of them (ADR 0146). */
  readonly upgrades?: Upgrades;
  /** Who holds a bucket; by default an address without a key, named after the bucket. */
  readonly owners?: Partial<Readonly<Record<Bucket, Address>>>;
}

/** Where a bucket lies when nobody is named as its owner. */
export function bucketAddress(bucket: Bucket): Address {
  return moduleAddress(`bucket/${bucket}`);
}

interface Holding {
  readonly account: Account;
  readonly amount: Uopen;
}

/** Where the stake of the first validators comes from: securing the network is what the ecosystem's part is for. */
const STAKE_BUCKET = "ecosystem";

function stakeOf(validators: readonly GenesisValidator[]): Uopen {
  return sumUopen(validators.map((v) => toUopen(v.power * TOKENS_PER_POWER)));
}

/** What is left of a bucket once the accounts funded from it are carved out of its launched part. */
function bucketHolding(bucket: Bucket, number: bigint, options: GenesisOptions): Holding {
  const { total, atLaunch, fromMonth, toMonth } = RELEASES[bucket];
  const funded = options.accounts.filter((a) => a.from === bucket).map((a) => a.amount);
  const carved = sumUopen(bucket === STAKE_BUCKET ? [...funded, stakeOf(options.validators)] : funded);
  if (carved > atLaunch)
    throw SdkError.InvalidRequest(`accounts and stakes take ${carved} of the ${atLaunch} uopen launched from ${bucket}`);
  const base = {
    address: options.owners?.[bucket] ?? bucketAddress(bucket),
    publicKey: undefined,
    number,
    sequence: 0n,
  };
  const amount = subUopen(total, carved);
  const original = subUopen(total, atLaunch);
  if (original === 0n) return { account: { ...base, kind: "base" }, amount };
  const { seconds } = splitTime(options.time);
  const schedule = {
    kind: "continuous" as const,
    original,
    start: seconds + fromMonth * MONTH_SECONDS,
    end: seconds + toMonth * MONTH_SECONDS,
  };
  return { account: { ...base, kind: "vesting", schedule, delegated: NOTHING_DELEGATED }, amount };
}

function moduleHolding(name: string, number: bigint, amount: Uopen): Holding {
  const base = { address: moduleAddress(name), publicKey: undefined, number, sequence: 0n };
  return { account: { ...base, kind: "module", name, permissions: [] }, amount };
}

function holdings(options: GenesisOptions): Holding[] {
  const buckets = BUCKETS.map((bucket, i) => bucketHolding(bucket, BigInt(i), options));
  const modules = [FEE_COLLECTOR, COMMUNITY_POOL, ...ECONOMY_ACCOUNTS].map((name, i) =>
    moduleHolding(name, BigInt(buckets.length + i), toUopen(0n)),
  );
  const before = BigInt(buckets.length + modules.length);
  const accounts = options.accounts.map(({ address, amount }, i): Holding => {
    return {
      account: { kind: "base", address, publicKey: undefined, number: before + BigInt(i), sequence: 0n },
      amount,
    };
  });
  const staked = [
    { name: BONDED_POOL, amount: stakeOf(options.validators) },
    { name: DISTRIBUTION_STORE, amount: toUopen(0n) },
    { name: MINT_STORE, amount: toUopen(0n) },
    { name: NOT_BONDED_POOL, amount: toUopen(0n) },
  ];
  const after = before + BigInt(accounts.length);
  const pools = staked.map(({ name, amount }, i) => moduleHolding(name, after + BigInt(i), amount));
  return [...buckets, ...modules, ...accounts, ...pools];
}

function modelFactoryGenesis({ baseModels: models = [], modelfactory: params }: GenesisOptions): ModelFactoryGenesis {
  return {
    params: { ...MODELFACTORY_PARAMS, ...params },
    baseModels: models.map((model, i) => ({ ...model, id: BigInt(i + 1) })),
    jobs: [],
    checkpoints: [],
    adapters: [],
    nextBaseModelId: BigInt(models.length + 1),
    nextJobId: 1n,
    nextAdapterId: 1n,
    disputes: [],
    nextDisputeId: 1n,
    knownRuntimes: [],
  };
}

function attributionGenesis(params: Partial<AttributionParams>): AttributionGenesis {
  return AttributionGenesis.create({ params: { ...ATTRIBUTION_PARAMS, ...params }, nextDisputeId: 1n, nextAuditId: 1n });
}

function attestGenesis(params: Partial<AttestParams>): AttestGenesis {
  return { params: { ...defaultAttestParams, ...params }, tasks: [], submissions: [], nextTaskId: 1n };
}

/**
 * Plans that the program carries out lie behind a chain that begins with it. Named again, each would stop every node that runs it; so
 * the document says that they are done, and the state refuses their names whatever a program knows.
 */
function upgradeGenesis({ plans }: Upgrades): UpgradeGenesis {
  const applied = [...plans.keys()].toSorted((a, b) => compareBytes(utf8(a), utf8(b))).map((name) => ({ name, height: 0n }));
  return UpgradeGenesis.create({ applied });
}

/**
 * app_state of a new chain: the five buckets with their release schedules, funded accounts carved out of what is
 * launched, validators with their power and the stake behind it. Modules that are left out start from their defaults. The balances sum to
 * 1,000,000,000 OPEN whatever the accounts are.
 *
 * @throws Reject sdk/18 when accounts, or the validators' stake, take more than a bucket has launched.
 */
export function buildGenesis(options: GenesisOptions): Readonly<Record<string, unknown>> {
  const held = holdings(options);
  const supply = sumUopen(held.map((h) => h.amount));
  const accounts = held.map((h) => accountToAny(h.account));
  const balances = held
    .filter((h) => h.amount > 0n)
    .map((h) => ({ address: formatAddress(h.account.address), coins: toCoins(h.amount) }));
  const auth = AuthGenesis.create({ params: AUTH_PARAMS, accounts });
  const bank = {
    params: BANK_PARAMS,
    balances,
    supply: toCoins(supply),
    denomMetadata: [OPEN_METADATA],
    sendEnabled: [],
  };
  const validators = options.validators.map((v) => bondedValidator({ ...v, since: options.time }));
  const staking = StakingGenesis.create({ params: STAKING_PARAMS, validators, delegations: validators.map(selfDelegation) });
  const registry = createTypeRegistry(ACCOUNT_TYPES);
  const { upgrades = UPGRADES } = options;
  return {
    auth: toJson(AuthGenesis, auth, registry),
    bank: toJson(BankGenesis, bank),
    staking: toJson(StakingGenesis, staking, registry),
    ...(options.baseModels === undefined && options.modelfactory === undefined
      ? {}
      : { modelfactory: toJson(ModelFactoryGenesis, modelFactoryGenesis(options)) }),
    ...(upgrades.plans.size === 0 ? {} : { upgrade: toJson(UpgradeGenesis, upgradeGenesis(upgrades)) }),
    ...(options.attest === undefined ? {} : { attest: toJson(AttestGenesis, attestGenesis(options.attest)) }),
    ...(options.attribution === undefined
      ? {}
      : { attribution: toJson(AttributionGenesis, attributionGenesis(options.attribution)) }),
  };
}
