/** Accounts of a genesis document: who holds what before the first block. */
import { createTypeRegistry, formatAddress, fromJson, toJson } from "../../chain/codec/index.js";
import type { TypeRegistry } from "../../chain/codec/index.js";
import { moduleAddress } from "../../chain/crypto/index.js";
import { parseCoins, toCoins } from "../../chain/kernel/index.js";
import { addUopen, compareAscii, equalBytes, subUopen, toUopen } from "../../chain/primitives/index.js";
import type { Address, Uopen } from "../../chain/primitives/index.js";
import { ACCOUNT_TYPES, NOTHING_DELEGATED, accountFromAny, accountToAny } from "../../modules/auth/index.js";
import type { Account, Schedule } from "../../modules/auth/index.js";
import { bucketAddress } from "../../modules/genesis.js";
import type { LaunchedBucket } from "../../modules/genesis.js";
import { GenesisState as BankGenesis } from "../../proto/gen/cosmos/bank/v1beta1.js";
import { GenesisState as AuthGenesis } from "../../proto/gen/openledger/auth/v1.js";
import { EdgeFailure } from "../errors.js";

export const LAUNCHED_BUCKETS: readonly LaunchedBucket[] = ["ecosystem", "community", "liquidity"];

export interface NewAccount {
  readonly address: Address;
  readonly amount: Uopen;
  /** The supply is fixed, so every account is funded from a part of it that is free at launch. */
  readonly from: LaunchedBucket;
  /** What of the amount is locked, and until when. */
  readonly vesting?: Schedule;
  /** Add to an account that is there already. */
  readonly append: boolean;
}

type AppState = Readonly<Record<string, unknown>>;

const REGISTRY: TypeRegistry = createTypeRegistry(ACCOUNT_TYPES);

/** The accounts and balances of an app_state, to be changed and written back. */
export class GenesisLedger {
  readonly #appState: AppState;
  readonly #auth: AuthGenesis;
  readonly #bank: BankGenesis;
  readonly #accounts: Account[];
  readonly #balances: Map<string, Uopen>;

  /** @throws Reject on accounts or balances that are malformed. */
  constructor(appState: AppState) {
    this.#appState = appState;
    this.#auth = fromJson(AuthGenesis, appState["auth"] ?? {}, { registry: REGISTRY });
    this.#bank = fromJson(BankGenesis, appState["bank"] ?? {}, { registry: REGISTRY });
    this.#accounts = this.#auth.accounts.map(accountFromAny);
    this.#balances = new Map(this.#bank.balances.map(({ address, coins }) => [address, parseCoins(coins)]));
  }

  account(address: Address): Account | undefined {
    return this.#accounts.find((account) => equalBytes(account.address, address));
  }

  balance(address: Address): Uopen {
    return this.#balances.get(formatAddress(address)) ?? toUopen(0n);
  }

  /** What an account may give away at genesis: its balance without what is locked. */
  spendable(address: Address): Uopen {
    const account = this.account(address);
    const locked = account?.kind === "vesting" ? account.schedule.original : toUopen(0n);
    const held = this.balance(address);
    return held > locked ? subUopen(held, locked) : toUopen(0n);
  }

  /** @throws EdgeFailure "config" when `from` has less to give. `who` and `hint`: for the message. */
  move(from: Address, to: Address, amount: Uopen, who: string): void {
    const free = this.spendable(from);
    if (amount > free) throw new EdgeFailure("config", `${who} has ${free}uopen to give at launch, and ${amount}uopen are needed`);
    this.#set(from, subUopen(this.balance(from), amount));
    this.#set(to, addUopen(this.balance(to), amount));
  }

  /** Gives an address an account with the next number. */
  open(address: Address, vesting: Schedule | undefined): void {
    const number = this.#accounts.reduce((next, account) => (account.number >= next ? account.number + 1n : next), 0n);
    const base = { address, publicKey: undefined, number, sequence: 0n };
    this.#accounts.push(vesting === undefined ? { ...base, kind: "base" } : { ...base, kind: "vesting", schedule: vesting, delegated: NOTHING_DELEGATED });
  }

  /** An account for the coins of a module, if it has none. */
  openModule(name: string): Address {
    const address = moduleAddress(name);
    if (this.account(address) !== undefined) return address;
    const number = this.#accounts.reduce((next, account) => (account.number >= next ? account.number + 1n : next), 0n);
    this.#accounts.push({ address, publicKey: undefined, number, sequence: 0n, kind: "module", name, permissions: [] });
    return address;
  }

  /** app_state with these accounts and balances. */
  appState(): AppState {
    const balances = [...this.#balances.entries()].filter(([, amount]) => amount > 0n).toSorted(([a], [b]) => compareAscii(a, b));
    const auth: AuthGenesis = { ...this.#auth, accounts: this.#accounts.map(accountToAny) };
    const bank: BankGenesis = { ...this.#bank, balances: balances.map(([address, amount]) => ({ address, coins: toCoins(amount) })) };
    return { ...this.#appState, auth: toJson(AuthGenesis, auth, REGISTRY), bank: toJson(BankGenesis, bank) };
  }

  #set(address: Address, amount: Uopen): void {
    this.#balances.set(formatAddress(address), amount);
  }
}

function add(ledger: GenesisLedger, { address, amount, from, vesting, append }: NewAccount): void {
  const existing = ledger.account(address);
  if (existing !== undefined && !append) {
    throw new EdgeFailure("config", `cannot add account at existing address ${formatAddress(address)}; --append adds to its balance`);
  }
  if (existing !== undefined && vesting !== undefined) throw new EdgeFailure("config", "coins that vest cannot be appended to an account");
  if (existing === undefined) ledger.open(address, vesting);
  const others = LAUNCHED_BUCKETS.filter((bucket) => bucket !== from).join(" or ");
  ledger.move(bucketAddress(from), address, amount, `the ${from} bucket (--from-bucket ${others} names another)`);
}

/**
 * app_state with these accounts too, each funded from a bucket.
 *
 * @throws EdgeFailure "config" when an address is taken and `append` is off, or a bucket has too little.
 */
export function addGenesisAccounts(appState: AppState, accounts: readonly NewAccount[]): AppState {
  const ledger = new GenesisLedger(appState);
  for (const account of accounts) add(ledger, account);
  return ledger.appState();
}
