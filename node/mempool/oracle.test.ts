import { expect } from "chai";
import fc from "fast-check";
import type { Block } from "../../chain/block/index.js";
import { parseUtf8, toHeight } from "../../chain/primitives/index.js";
import { DEFAULT_MEMPOOL_CONFIG } from "../config/engine.js";
import { Mempool } from "./mempool.js";
import { PoolApp, connectionOf, poolTx, readPoolTx } from "./testkit/pool-app.js";

const LIMITS = { maxTxs: 6, maxBytes: 100, maxPerSender: 3, ttlBlocks: 4 };

interface Waiting {
  readonly tx: Uint8Array;
  readonly account: string;
  readonly sequence: number | undefined;
  readonly fee: bigint;
  readonly number: number;
  readonly height: number;
}

/** What the pool should do, said as plainly as possible: lists, searched again for every question. */
class Oracle {
  pool: Waiting[] = [];
  readonly seen = new Set<string>();
  /** Nonces that CheckTx has met since the last block. */
  readonly met = new Set<string>();
  /** Accounts that wait for the next block, and those that no CheckTx has touched since the last. */
  ahead = new Set<string>();
  stale = new Set<string>();
  height = 0;
  arrivals = 0;
  readonly app: PoolApp;

  /** So many are all checked again after a block. */
  readonly recheckUpTo: number;

  constructor(app: PoolApp, recheckUpTo: number) {
    this.app = app;
    this.recheckUpTo = recheckUpTo;
  }

  ordered(account: string): Waiting[] {
    return this.pool
      .filter((w) => w.account === account && w.sequence !== undefined)
      .sort((a, b) => (a.sequence ?? 0) - (b.sequence ?? 0));
  }

  /** The answer to a submission: "in-cache", "full" or a code. */
  submit(tx: Uint8Array): string | number {
    const { account, sequence, nonce, fee } = readPoolTx(tx);
    const text = parseUtf8(tx);
    if (this.seen.has(text)) return "in-cache";
    if (sequence === undefined) {
      if (this.app.hasUsed(nonce) || this.met.has(nonce)) return 18;
      this.met.add(nonce);
    } else {
      if (this.ahead.has(account)) return "full";
      this.stale.delete(account);
      if (sequence !== this.app.nextSequence(account) + this.ordered(account).length) return 32;
    }
    this.stale.delete(account);
    const entry = { tx, account, sequence, fee, number: this.arrivals, height: this.height };
    if (!this.room(entry)) {
      if (sequence !== undefined) this.ahead.add(account);
      return "full";
    }
    this.arrivals++;
    this.seen.add(text);
    this.pool.push(entry);
    return 0;
  }

  worth(w: Waiting): bigint {
    const before = w.sequence === undefined ? [] : this.ordered(w.account).filter((o) => (o.sequence ?? 0) < (w.sequence ?? 0));
    return [w, ...before].reduce((low, o) => (o.fee < low ? o.fee : low), w.fee);
  }

  fits(tx: Uint8Array): boolean {
    const bytes = this.pool.reduce((n, w) => n + w.tx.length, 0);
    return this.pool.length < LIMITS.maxTxs && bytes + tx.length <= LIMITS.maxBytes;
  }

  room(entry: Waiting): boolean {
    if (this.pool.filter((w) => w.account === entry.account).length >= LIMITS.maxPerSender) return false;
    const before = this.pool;
    const dropped: Waiting[] = [];
    const worth = this.worth(entry);
    while (!this.fits(entry.tx)) {
      const [cheapest] = this.pool
        .filter((w) => w.account !== entry.account && (w.sequence === undefined || this.ordered(w.account).at(-1) === w))
        .sort((a, b) => (this.worth(a) < this.worth(b) ? -1 : this.worth(a) > this.worth(b) ? 1 : b.number - a.number));
      if (cheapest === undefined || this.worth(cheapest) >= worth) {
        this.pool = before;
        return false;
      }
      this.pool = this.pool.filter((w) => w !== cheapest);
      dropped.push(cheapest);
    }
    for (const w of dropped) {
      this.seen.delete(parseUtf8(w.tx));
      if (w.sequence !== undefined && !this.stale.has(w.account)) this.ahead.add(w.account);
    }
    return true;
  }

  order(): Waiting[] {
    const left = [...this.pool];
    const listed: Waiting[] = [];
    while (left.length > 0) {
      const isHead = (w: Waiting): boolean =>
        w.sequence === undefined || !left.some((o) => o.account === w.account && (o.sequence ?? Infinity) < (w.sequence ?? 0));
      const [best] = left.filter(isHead).sort((a, b) => (a.fee > b.fee ? -1 : a.fee < b.fee ? 1 : a.number - b.number));
      if (best === undefined) throw new Error("a queue without a head");
      listed.push(best);
      left.splice(left.indexOf(best), 1);
    }
    return listed;
  }

  /** After the application executed the block. */
  commit(txs: readonly Uint8Array[], codes: readonly number[]): void {
    this.height++;
    this.ahead.clear();
    this.met.clear();
    const texts = new Set(txs.map((tx) => parseUtf8(tx)));
    txs.forEach((tx, i) => (codes[i] === 0 ? this.seen.add(parseUtf8(tx)) : this.seen.delete(parseUtf8(tx))));
    this.pool = this.pool.filter((w) => !texts.has(parseUtf8(w.tx)));
    const late = this.pool.filter((w) => w.height + LIMITS.ttlBlocks <= this.height);
    const isBehind = (w: Waiting, l: Waiting): boolean => l.account === w.account && (l.sequence ?? Infinity) <= (w.sequence ?? -1);
    this.drop((w) => late.includes(w) || late.some((l) => isBehind(w, l)));
    this.stale = new Set(this.pool.map((w) => w.account));
    const touched = txs.map((tx) => readPoolTx(tx).account);
    for (const account of this.pool.length <= this.recheckUpTo ? [...touched, ...this.stale] : touched) {
      this.stale.delete(account);
      for (const w of this.pool) {
        if (w.account === account && w.sequence === undefined) this.met.add(readPoolTx(w.tx).nonce);
      }
      let next = this.app.nextSequence(account);
      const good = new Set(this.ordered(account).filter((w) => w.sequence === next && next++ >= 0));
      this.drop((w) => w.account === account && w.sequence !== undefined && !good.has(w));
    }
  }

  drop(isGone: (w: Waiting) => boolean): void {
    for (const w of this.pool.filter(isGone)) this.seen.delete(parseUtf8(w.tx));
    this.pool = this.pool.filter((w) => !isGone(w));
  }
}

const accounts = fc.constantFrom("a", "b", "c", "d");
/** Mostly the sequence that comes next; sometimes the one before or after it. */
const offer = fc.record({
  account: accounts,
  offset: fc.constantFrom(0, 0, 0, 0, 0, 0, -1, 1),
  fee: fc.nat(6),
  bytes: fc.constantFrom(0, 0, 0, 30),
});
type Offer = typeof offer extends fc.Arbitrary<infer T> ? T : never;
/** The fee follows from the nonce, so that one nonce is one transaction. */
const loose = fc
  .record({ account: accounts, nonce: fc.nat(9) })
  .map(({ account, nonce }) => poolTx(account, `u${nonce}`, nonce % 7));
const step = fc.oneof(
  { weight: 8, arbitrary: offer.map((o) => ({ kind: "offer" as const, ...o })) },
  { weight: 2, arbitrary: loose.map((tx) => ({ kind: "loose" as const, tx })) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("commit" as const), take: fc.nat(2), foreign: fc.option(offer, { freq: 4 }) }) },
);

function made({ account, offset, fee, bytes }: Offer, next: number): Uint8Array {
  return poolTx(account, Math.max(0, next + offset), fee, "x".repeat(bytes));
}

describe("the mempool beside its oracle", () => {
  it("answers, holds and proposes the same, whatever comes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.constantFrom(0, 3, 100), async (steps, recheckUpTo) => {
        const app = new PoolApp();
        const pool = new Mempool({ app: connectionOf(app), config: { ...DEFAULT_MEMPOOL_CONFIG, ...LIMITS, recheckUpTo } });
        const oracle = new Oracle(app, recheckUpTo);
        for (const [i, s] of steps.entries()) {
          if (s.kind !== "commit") {
            const tx = s.kind === "loose" ? s.tx : made(s, app.nextSequence(s.account) + oracle.ordered(s.account).length);
            const expected = oracle.submit(tx);
            const got = await pool.submit(tx);
            expect(got.kind === "checked" ? got.response.code : got.reason, `step ${i}`).to.equal(expected);
          } else {
            const reaped = pool.reap(10_000, -1n).slice(0, s.take);
            const next = (account: string): number =>
              app.nextSequence(account) + reaped.filter((tx) => readPoolTx(tx).account === account && readPoolTx(tx).sequence !== undefined).length;
            const txs = s.foreign === null ? reaped : [...reaped, made(s.foreign, next(s.foreign.account))];
            await pool.lock();
            const response = app.commit(txs);
            expect(response.txResults.slice(0, reaped.length).every((r) => r.code === 0), `step ${i}`).to.equal(true);
            await pool.update(toHeight(BigInt(oracle.height + 1)), { txs } as unknown as Block, response);
            oracle.commit(txs, response.txResults.map((r) => r.code));
          }
          expect(pool.list(100).map(parseUtf8), `after step ${i}`).to.deep.equal(oracle.order().map((w) => parseUtf8(w.tx)));
          expect(pool.status().bytes).to.equal(oracle.pool.reduce((n, w) => n + w.tx.length, 0));
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
