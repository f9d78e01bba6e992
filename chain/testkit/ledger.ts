import type { Attester, NewTask, Outcome, TaskKind, TaskOpener, TaskReader, TaskView } from "../attest/index.js";
import { moduleAddress } from "../crypto/index.js";
import type { Context, TxContext } from "../kernel/context.js";
import type { Module } from "../kernel/module.js";
import { addUopen, subUopen, toAddress, toHash32, toUopen, toVotingPower } from "../primitives/index.js";
import type { Address, Uopen } from "../primitives/index.js";
import { addressKey, defineSchema, map, uopenValue } from "../store/index.js";
import type { ReadStores } from "../store/index.js";
import type { ScratchContext } from "./scratch-context.js";

/** Neighbours for tests of single modules: balances in a store of their own, and a desk of tasks resolved by hand. */

const ledgerState = defineSchema("ledger", { balances: map(1, addressKey, uopenValue) });

export const COMMUNITY = moduleAddress("community");

export interface Ledger {
  mint(ctx: Context, to: Address, amount: bigint): void;
  balance(stores: ReadStores, account: Address): bigint;
  supply(stores: ReadStores): bigint;
  toModule(ctx: Context, from: Address, module: string, amount: Uopen): void;
  fromModule(ctx: Context, module: string, to: Address, amount: Uopen): void;
  moduleToModule(ctx: Context, from: string, to: string, amount: Uopen): void;
  delegate(ctx: Context, from: Address, module: string, amount: Uopen): void;
  undelegate(ctx: Context, module: string, to: Address, amount: Uopen): void;
  burn(ctx: Context, module: string, amount: Uopen): void;
  moduleBalance(stores: ReadStores, module: string): Uopen;
}

export function createLedger(): Ledger {
  const of = (stores: ReadStores, account: Address): Uopen =>
    ledgerState.read(stores.store("ledger")).balances.get(account) ?? toUopen(0n);
  const set = (ctx: Context, account: Address, amount: Uopen): void =>
    ledgerState.open(ctx.store("ledger")).balances.set(account, amount);
  const move = (ctx: Context, from: Address, to: Address, amount: Uopen): void => {
    set(ctx, from, subUopen(of(ctx, from), amount));
    set(ctx, to, addUopen(of(ctx, to), amount));
  };
  return {
    mint: (ctx, to, amount) => set(ctx, to, addUopen(of(ctx, to), toUopen(amount))),
    balance: of,
    supply: (stores) => [...ledgerState.read(stores.store("ledger")).balances.values()].reduce((sum, b) => sum + b, 0n),
    toModule: (ctx, from, module, amount) => move(ctx, from, moduleAddress(module), amount),
    fromModule: (ctx, module, to, amount) => move(ctx, moduleAddress(module), to, amount),
    moduleToModule: (ctx, from, to, amount) => move(ctx, moduleAddress(from), moduleAddress(to), amount),
    delegate: (ctx, from, module, amount) => move(ctx, from, moduleAddress(module), amount),
    undelegate: (ctx, module, to, amount) => move(ctx, moduleAddress(module), to, amount),
    burn: (ctx, module, amount) => set(ctx, moduleAddress(module), subUopen(of(ctx, moduleAddress(module)), amount)),
    moduleBalance: (stores, module) => of(stores, moduleAddress(module)),
  };
}

export function createPool(ledger: Ledger) {
  return {
    account: COMMUNITY,
    fund: (ctx: Context, module: string, amount: Uopen): void => ledger.fromModule(ctx, module, COMMUNITY, amount),
  };
}

/** Opened tasks, in order; the test plays the validators. */
export interface TaskDesk extends TaskOpener, TaskReader {
  readonly tasks: TaskView[];
  /** What was asked for, in the same order: committees too. */
  readonly opened: NewTask[];
  register(modules: readonly Module[]): void;
  kindOf(task: TaskView): TaskKind;
  resolve(ctx: Context, task: TaskView, value: Uint8Array, outcome?: Partial<Outcome>): void;
  fail(ctx: Context, task: TaskView, attesters?: readonly Attester[]): void;
}

export const VALIDATORS: readonly Address[] = [1, 2, 3, 4].map((n) => toAddress(new Uint8Array(20).fill(n + 100)));

/** Everyone agreed, ten of power each. */
export function unanimous(value: Uint8Array): Outcome {
  const attesters = VALIDATORS.map((validator) => {
    return { validator, power: toVotingPower(10n), committed: true, revealed: true, agreed: true, value };
  });
  const power = toVotingPower(40n);
  return { value, median: false, agreeingPower: power, revealedPower: power, committeePower: power, attesters };
}

export function createTaskDesk(): TaskDesk {
  const tasks: TaskView[] = [];
  const opened: NewTask[] = [];
  const kinds = new Map<string, TaskKind>();
  const kindOf = (task: TaskView): TaskKind => kinds.get(task.kind)!;
  return {
    tasks,
    opened,
    open(ctx, task) {
      opened.push(task);
      const id = BigInt(tasks.length + 1);
      const { kind, subject, payload } = task;
      tasks.push({ kind, subject, payload, id, openedHeight: ctx.block.height, attempt: 1 });
      return id;
    },
    view: (_, id) => tasks[Number(id) - 1],
    register: (modules) => modules.forEach((m) => m.tasks.forEach((kind) => kinds.set(kind.kind, kind))),
    kindOf,
    resolve(ctx, task, value, outcome = {}) {
      if (!kindOf(task).isValid(value, task)) throw new TypeError(`not a valid ${task.kind} value`);
      const agreed = kindOf(task).comparable?.(value, task) ?? value;
      kindOf(task).onResolved(ctx, task, { ...unanimous(value), value: agreed, ...outcome });
    },
    fail: (ctx, task, attesters = []) => kindOf(task).onFailed(ctx, task, attesters),
  };
}

/** A transaction's context over a scratch one. */
export function asTx(ctx: ScratchContext, signers: readonly Address[] = []): TxContext {
  return {
    block: ctx.block,
    gas: ctx.gas,
    store: (name) => ctx.store(name),
    emit: (event) => ctx.emit(event),
    txHash: toHash32(new Uint8Array(32)),
    messageIndex: 0,
    signers,
  };
}
