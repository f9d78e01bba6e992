import { formatAddress } from "../../chain/codec/index.js";
import { moduleAddress } from "../../chain/crypto/index.js";
import { SdkError, formatUopen } from "../../chain/kernel/index.js";
import type { Context, Fees } from "../../chain/kernel/index.js";
import { UOPEN, addUopen, subUopen, toUopen } from "../../chain/primitives/index.js";
import type { Address, TimeNs, Uopen } from "../../chain/primitives/index.js";
import type { ReadStores } from "../../chain/store/index.js";
import { BankError } from "./errors.js";
import { burnt, coinReceived, coinSpent, transferred } from "./events.js";
import type { AccountsPort } from "./ports.js";
import { BANK_STORE, bankState } from "./state.js";

/** Receives transaction fees until distribution shares them out. */
export const FEE_COLLECTOR = "fee_collector";
/** Holds what the community owns together. */
export const COMMUNITY_POOL = "community_pool";

/** Coins for other modules. Every call moves exactly `amount`, or throws and moves nothing. Zero moves nothing. */
export interface TokenService extends Fees {
  /** @throws Reject sdk/5 when `from` cannot spend so much. Any account may receive. */
  send(ctx: Context, from: Address, to: Address, amount: Uopen): void;
  toModule(ctx: Context, from: Address, module: string, amount: Uopen): void;
  fromModule(ctx: Context, module: string, to: Address, amount: Uopen): void;
  moduleToModule(ctx: Context, from: string, to: string, amount: Uopen): void;
  /** To stake: coins go to a module's account, also those that a release schedule locks. @throws Reject sdk/5 beyond the balance. */
  delegate(ctx: Context, from: Address, module: string, amount: Uopen): void;
  /** What was staked goes back. */
  undelegate(ctx: Context, module: string, to: Address, amount: Uopen): void;
  /**
   * Before a module begins: an account that somebody made at its address becomes its own, and coins that lay there go to the
   * community, so that the module's books begin at nothing. Does nothing where the account is the module's, or where none is.
   */
  claimModule(ctx: Context, module: string): void;
  /** Takes coins of a module out of existence. */
  burn(ctx: Context, module: string, amount: Uopen): void;
  balance(stores: ReadStores, address: Address): Uopen;
  moduleBalance(stores: ReadStores, module: string): Uopen;
  /** Balance less what a release schedule holds back. */
  spendable(stores: ReadStores, address: Address, time: TimeNs): Uopen;
  supply(stores: ReadStores): Uopen;
  /** @throws Reject bank/5 while plain transfers are switched off. */
  checkSendEnabled(stores: ReadStores): void;
}

function checkSendEnabled(stores: ReadStores): void {
  const params = bankState.read(stores.store(BANK_STORE)).params.getOrFail();
  if (!params.defaultSendEnabled) throw BankError.SendDisabled("uopen transfers are currently disabled");
}

function balanceOf(stores: ReadStores, address: Address): Uopen {
  return bankState.read(stores.store(BANK_STORE)).balances.get(address) ?? toUopen(0n);
}

function setBalance(ctx: Context, address: Address, amount: Uopen): void {
  const { balances } = bankState.open(ctx.store(BANK_STORE));
  if (amount === 0n) balances.delete(address);
  else balances.set(address, amount);
}

function spendableOf(
  accounts: AccountsPort,
  stores: ReadStores,
  at: { address: Address; time: TimeNs },
): Uopen {
  const held = balanceOf(stores, at.address);
  const locked = accounts.locked(stores, at.address, at.time);
  return locked >= held ? toUopen(0n) : subUopen(held, locked);
}

/** Takes `amount` from an account. @throws Reject sdk/5. */
function spend(accounts: AccountsPort, ctx: Context, from: Address, amount: Uopen): void {
  const spendable = spendableOf(accounts, ctx, { address: from, time: ctx.block.time });
  if (amount > spendable) {
    const has = formatUopen(spendable) || "0uopen";
    throw SdkError.InsufficientFunds(`spendable balance ${has} is smaller than ${formatUopen(amount)}`, {
      account: formatAddress(from),
    });
  }
  setBalance(ctx, from, subUopen(balanceOf(ctx, from), amount));
  if (ctx.isSilent !== true) ctx.emit(coinSpent(from, amount));
}

/** As the SDK moves stake: spent and received, without the event of a transfer. */
function move(ctx: Context, from: Address, to: Address, amount: Uopen): void {
  setBalance(ctx, from, subUopen(balanceOf(ctx, from), amount));
  ctx.emit(coinSpent(from, amount));
  setBalance(ctx, to, addUopen(balanceOf(ctx, to), amount));
  ctx.emit(coinReceived(to, amount));
}

export function createTokenService(accounts: AccountsPort): TokenService {
  const send: TokenService["send"] = (ctx, from, to, amount) => {
    if (amount === 0n) return;
    spend(accounts, ctx, from, amount);
    setBalance(ctx, to, addUopen(balanceOf(ctx, to), amount));
    if (ctx.isSilent !== true) ctx.emit(coinReceived(to, amount));
    accounts.ensure(ctx, to);
    if (ctx.isSilent === true) return;
    for (const e of transferred(from, to, amount)) ctx.emit(e);
  };
  const moduleAccount = (ctx: Context, name: string): Address => accounts.ensureModule(ctx, name, []);
  return {
    send,
    toModule: (ctx, from, module, amount) => send(ctx, from, moduleAccount(ctx, module), amount),
    fromModule: (ctx, module, to, amount) => send(ctx, moduleAddress(module), to, amount),
    moduleToModule: (ctx, from, to, amount) => send(ctx, moduleAddress(from), moduleAccount(ctx, to), amount),
    collect: (ctx, payer, fee) => send(ctx, payer, moduleAccount(ctx, FEE_COLLECTOR), fee),
    delegate(ctx, from, module, amount) {
      const has = balanceOf(ctx, from);
      if (amount > has) throw SdkError.InsufficientFunds(`failed to delegate; ${has}${UOPEN} is smaller than ${amount}${UOPEN}`);
      accounts.trackDelegation(ctx, from, amount);
      move(ctx, from, moduleAccount(ctx, module), amount);
    },
    undelegate(ctx, module, to, amount) {
      accounts.ensure(ctx, to);
      move(ctx, moduleAddress(module), to, amount);
      accounts.trackUndelegation(ctx, to, amount);
    },
    claimModule(ctx, module) {
      if (!accounts.isOccupied(ctx, module)) return;
      const found = balanceOf(ctx, moduleAccount(ctx, module));
      if (module !== COMMUNITY_POOL) send(ctx, moduleAddress(module), moduleAccount(ctx, COMMUNITY_POOL), found);
    },
    burn(ctx, module, amount) {
      if (amount === 0n) return;
      const address = moduleAddress(module);
      spend(accounts, ctx, address, amount);
      const { supply } = bankState.open(ctx.store(BANK_STORE));
      supply.set(subUopen(supply.getOrFail(), amount));
      ctx.emit(burnt(address, amount));
    },
    checkSendEnabled,
    balance: balanceOf,
    moduleBalance: (stores, module) => balanceOf(stores, moduleAddress(module)),
    spendable: (stores, address, time) => spendableOf(accounts, stores, { address, time }),
    supply: (stores) => bankState.read(stores.store(BANK_STORE)).supply.getOrFail(),
  };
}

/** The community pool as other modules see it. */
export interface CommunityPool {
  readonly account: Address;
  fund(ctx: Context, fromModule: string, amount: Uopen): void;
}

export function createCommunityPool(token: TokenService): CommunityPool {
  return {
    account: moduleAddress(COMMUNITY_POOL),
    fund: (ctx, fromModule, amount) => token.moduleToModule(ctx, fromModule, COMMUNITY_POOL, amount),
  };
}
