/** CometBFT's mempool behind the port of the doors. Refusals carry its own texts, which clients parse. */
import type { CheckTxResponse } from "../../chain/abci/index.js";
import { EMPTY_BYTES, toBase64, toGas } from "../../chain/primitives/index.js";
import type { Evidence } from "../../chain/block/index.js";
import type { AppConnection } from "../app/types.js";
import type { PoolStats, PoolStatus, RefusalReason, Submission, TxPool } from "../engine/types.js";
import { EdgeFailure } from "../errors.js";
import { evidenceJson } from "../rpc/json-chain.js";
import { readBroadcast, readUnconfirmed } from "./read-json.js";
import type { CometRpc } from "./rpc-client.js";

export interface CometPoolDeps {
  readonly rpc: CometRpc;
  readonly app: Pick<AppConnection, "checkTx">;
  /** Longest transaction that CometBFT takes. */
  readonly maxTxBytes: number;
}

/** CometBFT's texts (mempool/errors.go, mempool/cache.go), and what they mean to us. */
const REFUSALS: readonly (readonly [RegExp, RefusalReason])[] = [
  [/tx already exists in cache/, "in-cache"],
  [/mempool is full/, "full"],
  [/tx too large/i, "too-large"],
];
const EMPTY: PoolStatus = { count: 0, bytes: 0 };
/** Transactions on their way to CometBFT at a time; further ones are refused, as by a pool that is full. */
const MAX_UNDER_WAY = 10_000;
/** How old the number of waiting transactions may be that is shown. */
const STATUS_MS = 1_000;
/** CometBFT lists no more at a time. */
const MAX_LISTED = 100;

/** @throws what is no failure of CometBFT. */
function reasonOf(error: unknown): readonly [RefusalReason, string] {
  if (!(error instanceof EdgeFailure)) throw error;
  if (error.code !== "remote") return ["not-ready", "CometBFT does not answer"];
  const known = REFUSALS.find(([text]) => text.test(error.message));
  return [known?.[1] ?? "not-ready", error.message];
}

export interface CometPool extends TxPool {
  /** Asks for the number of waiting transactions, if the last answer is old. */
  refresh(): void;
}

export function createCometPool({ rpc, app, maxTxBytes }: CometPoolDeps): CometPool {
  const counts = { failed: 0, rejected: 0 };
  let last = EMPTY;
  let askedAt = -Infinity;
  let underWay = 0;

  const refused = (reason: RefusalReason, message: string): Submission => {
    if (reason !== "in-cache") counts.rejected++;
    return { kind: "refused", reason, message };
  };
  const checked = (answer: unknown): Submission => {
    const { code, log, codespace } = readBroadcast(answer);
    if (code !== 0) counts.failed++;
    askedAt = -Infinity;
    return { kind: "checked", response: { ...NO_CHECK, code, log, codespace } };
  };
  const refresh = (): void => {
    if (performance.now() - askedAt < STATUS_MS) return;
    askedAt = performance.now();
    rpc
      .call("num_unconfirmed_txs")
      .then((answer) => {
        const { count, bytes } = readUnconfirmed(answer);
        last = { count, bytes };
      })
      .catch(() => undefined);
  };
  return {
    refresh,
    async submit(tx) {
      // Its HTTP server refuses longer bodies without a word about transactions.
      if (tx.length > maxTxBytes) return refused("too-large", `Tx too large. Max size is ${maxTxBytes}, but got ${tx.length}`);
      if (underWay >= MAX_UNDER_WAY) return refused("full", "mempool is full: too many transactions are on their way to it");
      underWay++;
      try {
        return checked(await rpc.call("broadcast_tx_sync", { tx: toBase64(tx) }));
      } catch (error) {
        return refused(...reasonOf(error));
      } finally {
        underWay--;
      }
    },
    check: (tx) => app.checkTx({ tx, kind: "new" }),
    status() {
      refresh();
      return last;
    },
    stats: (): PoolStats => ({ ...counts, evicted: 0, rechecked: 0 }),
    async list(limit) {
      const answer = await rpc.call("unconfirmed_txs", { limit: Math.min(Math.max(limit, 1), MAX_LISTED).toString() });
      const { txs, ...counted } = readUnconfirmed(answer);
      last = counted;
      return txs;
    },
    async addEvidence(evidence: Evidence) {
      await rpc.call("broadcast_evidence", { evidence: evidenceJson(evidence) });
    },
  };
}

/** Where CometBFT's RPC is not known: nothing can be handed in here. */
export function createNoPool(app: Pick<AppConnection, "checkTx">): TxPool {
  const message = "no RPC of CometBFT is known (cometbft.external_rpc)";
  return {
    submit: () => Promise.resolve({ kind: "refused", reason: "not-ready", message }),
    check: (tx) => app.checkTx({ tx, kind: "new" }),
    status: () => EMPTY,
    stats: () => ({ failed: 0, rejected: 0, evicted: 0, rechecked: 0 }),
    list: () => Promise.resolve([]),
    addEvidence: () => Promise.reject(new EdgeFailure("not-running", message)),
  };
}

/** What CometBFT does not pass on of a check. */
const NO_CHECK: CheckTxResponse = {
  code: 0,
  data: EMPTY_BYTES,
  log: "",
  gasWanted: toGas(0n),
  gasUsed: toGas(0n),
  events: [],
  codespace: "",
  sender: "",
  sequence: 0n,
  priority: 0n,
};
