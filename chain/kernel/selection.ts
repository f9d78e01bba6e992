import { keyText } from "../primitives/index.js";
import type { Address } from "../primitives/index.js";
import type { Stores } from "../store/index.js";
import type { AnteOptions } from "./ante.js";
import type { BlockInfo } from "./context.js";
import { executeTransaction } from "./execute.js";
import type { Transaction } from "./transaction.js";

export interface SelectionOptions {
  readonly ante: AnteOptions;
  readonly block: BlockInfo;
  /** Over the last committed version. Nobody else writes here. */
  readonly stores: Stores;
  /** Whether CheckTx has passed this one on the same version, and nothing but its place among its sender's can have changed since. */
  readonly hasPassed: (tx: Transaction) => boolean;
}

/** One account's part of a proposal, of transactions that did not have to run. */
interface Part {
  next: bigint;
  readonly txs: Transaction[];
}

/**
 * Which transactions can stand in a block one after the other, as far as ante tells. What CheckTx passed on the same state is only
 * asked for its sequence, as long as everything of its account could be: CheckTx took every fee before it from the same balance.
 */
export class Selection {
  readonly #options: SelectionOptions;
  /** By account. */
  readonly #parts = new Map<string, Part>();
  /** Accounts whose transactions run here from now on. */
  readonly #running = new Set<string>();

  constructor(options: SelectionOptions) {
    this.#options = options;
  }

  /** Whether ante passes on what was accepted before. */
  accepts(tx: Transaction): boolean {
    const part = this.#partOf(tx);
    if (part === undefined) return this.#run(tx);
    if (tx.authInfo.signerInfos[0]?.sequence !== part.next) return false;
    part.next++;
    part.txs.push(tx);
    return true;
  }

  /** undefined where ante must run. */
  #partOf(tx: Transaction): Part | undefined {
    const [signer] = tx.signers;
    if (signer === undefined || !isPlain(tx) || !this.#options.hasPassed(tx)) return undefined;
    const text = keyText(signer);
    const known = this.#parts.get(text);
    if (known !== undefined || this.#running.has(text)) return known;
    const account = this.#options.ante.accounts.find(this.#options.stores, signer);
    if (account === undefined) return undefined;
    const part = { next: account.sequence, txs: [] };
    this.#parts.set(text, part);
    return part;
  }

  #run(tx: Transaction): boolean {
    for (const signer of tx.signers) this.#catchUp(signer);
    if (tx.feeGranter !== undefined) this.#catchUp(tx.feeGranter);
    return this.#passes(tx);
  }

  /** What was accepted of this account without running it runs now. */
  #catchUp(account: Address): void {
    const text = keyText(account);
    this.#running.add(text);
    for (const tx of this.#parts.get(text)?.txs ?? []) this.#passes(tx);
    this.#parts.delete(text);
  }

  #passes(tx: Transaction): boolean {
    const { ante, block, stores } = this.#options;
    return executeTransaction(tx, { ante, block, stores, mode: "recheck", withoutEvents: true }).failure === undefined;
  }
}

/**
 * Of one account alone, which pays itself, and without a time after which it is void: a block is later than the state that CheckTx ran
 * on. None that is unordered is without one.
 */
function isPlain({ signers, feeGranter, body }: Transaction): boolean {
  return signers.length === 1 && feeGranter === undefined && body.timeoutTimestamp === undefined;
}
