/**
 * Sends prepared transactions as fast as the network takes them, or at a fixed rate, and notes when each went out and when a
 * block held it. It speaks nothing but `broadcast_tx_sync`, `status`, `block` and `block_results`, so any CometBFT can be loaded.
 */
import { pause } from "./network.js";
import { RpcPipe, callThrough, renderPost } from "./rpc-pipe.js";

/** The transactions of one sender, which must arrive in this order. */
export type Queue = readonly Uint8Array[];

export interface LoadOptions {
  /** Each is loaded through `connections` of them. */
  readonly rpcs: readonly string[];
  readonly connections: number;
  /** Transactions in one JSON-RPC batch; 1 sends single requests. CometBFT takes 10. */
  readonly batch: number;
  /** Transactions per second; 0 for as many as are taken. */
  readonly rate: number;
  /** Transactions that are on their way or wait for a block, at most: below what a mempool holds. */
  readonly window: number;
  /** The last transaction is in a block: what comes after, reading the blocks again, is no part of the load. */
  readonly onEnd: () => void;
}

export interface LoadReport {
  readonly sent: number;
  /** From the first transaction out to the block with the last. */
  readonly seconds: number;
  /** Transactions of each block that held some. */
  readonly blocks: readonly number[];
  /** Milliseconds from when a transaction was due to when its block was seen committed, in order of size. */
  readonly latencies: readonly number[];
}

const POLL_MS = 20;
const FULL_WAIT_MS = 20;

interface Broadcast {
  readonly result?: { readonly code: number; readonly log: string };
  readonly error?: { readonly data?: string };
}

/** Where a sender stands. */
interface Place {
  readonly txs: readonly string[];
  next: number;
}

class Load {
  readonly #options: LoadOptions;
  readonly #pipes: RpcPipe[] = [];
  /** Senders that may send, by connection. */
  readonly #ready: Place[][] = [];
  readonly #total: number;
  readonly #startedAt = performance.now();
  /** When each transaction was due, by its base64. */
  readonly #due = new Map<string, number>();
  /** When each height was seen committed. */
  readonly #seen = new Map<number, number>();
  #sent = 0;
  #included = 0;

  constructor(queues: readonly Queue[], options: LoadOptions) {
    this.#options = options;
    const pipes = options.rpcs.length * options.connections;
    for (let i = 0; i < pipes; i++) this.#ready.push([]);
    const places = queues.map((txs) => ({ txs: txs.map((tx) => Buffer.from(tx).toString("base64")), next: 0 }));
    this.#total = queues.reduce((sum, txs) => sum + txs.length, 0);
    places.forEach((place, i) => this.#ready[i % pipes]?.push(place));
  }

  async run(): Promise<LoadReport> {
    const { rpcs, connections } = this.#options;
    for (let i = 0; i < connections; i++) for (const rpc of rpcs) this.#pipes.push(new RpcPipe(new URL(rpc)));
    const watching = this.#watch();
    await Promise.all(this.#pipes.map((pipe, i) => this.#feed(pipe, i)));
    await watching;
    this.#options.onEnd();
    for (const pipe of this.#pipes) pipe.close();
    return this.#report();
  }

  /** One connection: batches go out while senders are ready and the window and the clock allow it. */
  async #feed(pipe: RpcPipe, i: number): Promise<void> {
    const places = this.#ready[i] ?? [];
    const url = new URL(this.#options.rpcs[i % this.#options.rpcs.length] ?? "");
    let left = places.reduce((sum, place) => sum + place.txs.length, 0);
    const flying = new Set<Promise<void>>();
    while (left > 0) {
      const group = places.splice(0, Math.min(this.#options.batch, this.#allowed()));
      if (group.length === 0) {
        await pause(2);
        continue;
      }
      left -= group.length;
      for (const { txs, next } of group) {
        this.#sent++;
        const tx = txs[next] ?? "";
        if (!this.#due.has(tx)) this.#due.set(tx, this.#dueNow());
      }
      const flight = this.#send(pipe, url, group).then((refused) => {
        left += refused;
        this.#sent -= refused;
        for (const place of group) if (place.next < place.txs.length) places.push(place);
      });
      flying.add(flight);
      void flight.finally(() => flying.delete(flight));
      if (flying.size % 8 === 0) await pause(0);
    }
    await Promise.all(flying);
  }

  /** At a fixed rate a transaction is due when its number comes up, however late it goes out. */
  #dueNow(): number {
    const { rate } = this.#options;
    const now = performance.now() - this.#startedAt;
    return rate === 0 ? now : Math.min(now, (this.#due.size * 1_000) / rate);
  }

  #allowed(): number {
    const { rate, window } = this.#options;
    const room = window - (this.#sent - this.#included);
    if (rate === 0) return Math.max(0, room);
    const due = Math.floor(((performance.now() - this.#startedAt) * rate) / 1_000) - this.#sent;
    return Math.max(0, Math.min(room, due));
  }

  /** How many were refused because the mempool was full; they are sent again. */
  async #send(pipe: RpcPipe, url: URL, group: readonly Place[]): Promise<number> {
    const calls = group.map(({ txs, next }, id) => {
      const tx = txs[next] ?? "";
      return `{"jsonrpc":"2.0","id":${id},"method":"broadcast_tx_sync","params":{"tx":"${tx}"}}`;
    });
    const body = calls.length === 1 ? (calls[0] ?? "") : `[${calls.join(",")}]`;
    const text = await pipe.post(renderPost(url, body));
    const parsed = JSON.parse(text) as Broadcast | readonly Broadcast[];
    let refused = 0;
    for (const [i, answer] of [parsed].flat().entries()) {
      const place = group[i];
      if (place === undefined || !isTaken(answer)) refused++;
      else place.next++;
    }
    if (refused > 0) await pause(FULL_WAIT_MS);
    return refused;
  }

  /** Follows the chain until every transaction is in a block. What a block holds is read from its number of transactions. */
  async #watch(): Promise<void> {
    const url = new URL(this.#options.rpcs[0] ?? "");
    const pipe = new RpcPipe(url);
    let seen = await heightOf(pipe, url);
    while (this.#included < this.#total) {
      await pause(POLL_MS);
      const height = await heightOf(pipe, url);
      const now = performance.now() - this.#startedAt;
      for (; seen < height; seen++) {
        this.#seen.set(seen + 1, now);
        this.#included += await transactionsOf(pipe, url, seen + 1);
      }
    }
    pipe.close();
  }

  /** Reads the blocks again, now that nothing is measured any more. @throws Error when a transaction failed in its block. */
  async #report(): Promise<LoadReport> {
    const url = new URL(this.#options.rpcs[0] ?? "");
    const pipe = new RpcPipe(url);
    const latencies: number[] = [];
    const sizes: number[] = [];
    let lastAt = 0;
    for (const [height, at] of this.#seen) {
      const { block } = (await callThrough(pipe, url, "block", { height: `${height}` })) as BlockAnswer;
      const ours = block.data.txs.flatMap((tx, i) => (this.#due.has(tx) ? [{ i, due: this.#due.get(tx) ?? 0 }] : []));
      if (ours.length === 0) continue;
      const { txs_results: results } = (await callThrough(pipe, url, "block_results", { height: `${height}` })) as ResultsAnswer;
      const failed = ours.find(({ i }) => results[i]?.code !== 0);
      if (failed !== undefined) throw new Error(`a send failed in block ${height}: ${JSON.stringify(results[failed.i])}`);
      for (const { due } of ours) latencies.push(at - due);
      sizes.push(ours.length);
      lastAt = at;
    }
    pipe.close();
    return { sent: latencies.length, seconds: lastAt / 1_000, blocks: sizes, latencies: latencies.toSorted((a, b) => a - b) };
  }
}

interface BlockAnswer {
  readonly block: { readonly data: { readonly txs: readonly string[] } };
}

interface ResultsAnswer {
  readonly txs_results: readonly { readonly code: number }[];
}

async function heightOf(pipe: RpcPipe, url: URL): Promise<number> {
  const { sync_info: info } = (await callThrough(pipe, url, "status")) as { sync_info: { latest_block_height: string } };
  return Number(info.latest_block_height);
}

/** Transaction 0 of every block but the first holds the votes' extensions and is none of ours. */
async function transactionsOf(pipe: RpcPipe, url: URL, height: number): Promise<number> {
  const range = { minHeight: `${height}`, maxHeight: `${height}` };
  const { block_metas: metas } = (await callThrough(pipe, url, "blockchain", range)) as { block_metas: readonly { num_txs: string }[] };
  return Math.max(0, Number(metas[0]?.num_txs ?? 0) - (height > 1 ? 1 : 0));
}

function isTaken({ result, error }: Broadcast): boolean {
  if (result?.code === 0) return true;
  if (error?.data?.includes("already exists in cache") === true) return true;
  if (error?.data?.includes("mempool is full") === true || error?.data?.includes("busy") === true) return false;
  throw new Error(`a send was refused: ${JSON.stringify(result ?? error)}`);
}

export function runLoad(queues: readonly Queue[], options: LoadOptions): Promise<LoadReport> {
  return new Load(queues, options).run();
}
