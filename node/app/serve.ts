/** The side of the thread that holds the application: does what it is told, one thing after the other. */
import type { MessagePort } from "node:worker_threads";
import type { Application, CheckTxRequest, FinalizeBlockResponse } from "../../chain/abci/index.js";
import { packChecks, unpackAsked } from "./checks.js";
import { sentError } from "./errors.js";
import { putTxs, takeTxs } from "./messages.js";
import type { Answer, Entry, FromApplication, Method, ToApplication } from "./messages.js";
import { buffersOf, pack, unpack } from "./packed.js";
import { packResults, resultBuffers } from "./results.js";

/** What a thread holds. */
export interface ServedApplication {
  readonly app: Application;
  /** Takes what the node tells beside its calls. */
  note(note: unknown): void;
  /** Answers what the node asks beside its calls. Calls go on meanwhile. */
  ask(name: string, args: readonly unknown[]): Promise<unknown>;
  /** Flushes and releases everything. */
  close(): Promise<void>;
}

type Call = Extract<Entry, { kind: "call" }>;

/** What the one that opens the application says to the node's other thread. */
export interface Sayings {
  /** The application is of no use any more. */
  readonly onFatal: (error: unknown) => void;
  /** Reaches ThreadOptions.onNote. */
  readonly tell: (note: unknown) => void;
}

/** Opens the application and serves it until it is told to close. */
export function serveApplication(port: MessagePort, open: (say: Sayings) => Promise<ServedApplication>): void {
  const post = (message: FromApplication, buffers: ArrayBuffer[] = []): void => port.postMessage(message, buffers);
  const fail = (error: unknown): void => post({ kind: "failed", error: sentError(error) });
  const tell = (note: unknown): void => post({ kind: "note", note });
  open({ onFatal: fail, tell }).then((served) => {
    port.on("message", (message: ToApplication) => perform(served, message, port, post));
    post({ kind: "open" });
  }, fail);
}

function perform(
  served: ServedApplication,
  { entries, txs: packed }: ToApplication,
  port: MessagePort,
  post: (message: FromApplication, buffers: ArrayBuffer[]) => void,
): void {
  const given = unpack(packed);
  const answers: Answer[] = [];
  const txs: Uint8Array[] = [];
  let at = 0;
  for (const entry of entries) {
    if (entry.kind === "note") served.note(entry.note);
    else if (entry.kind === "ask") void answerLater(entry.id, served.ask(entry.name, entry.args), post);
    else if (entry.kind === "close") void answerLater(entry.id, served.close(), post).then(() => port.close());
    else if (entry.kind === "checks") {
      const asked = unpackAsked(entry.asked, given.slice(at, (at += entry.asked.flags.length)));
      answers.push({ first: entry.first, checked: packChecks(asked.map((request) => check(served.app, request))) });
    } else answers.push(call(served.app, entry, given.slice(at, (at += entry.txs)), txs));
  }
  if (answers.length === 0) return;
  const sent = pack(txs);
  const results = answers.flatMap((a) => ("results" in a ? resultBuffers(a.results) : "checked" in a ? [a.checked.numbers.buffer] : []));
  post({ kind: "answers", answers, txs: sent }, [...buffersOf(sent), ...results]);
}

function check(app: Application, request: CheckTxRequest): Parameters<typeof packChecks>[0][number] {
  try {
    return app.checkTx(request);
  } catch (error) {
    return { error: sentError(error) };
  }
}

function call(app: Application, { id, method, request }: Call, given: readonly Uint8Array[], txs: Uint8Array[]): Answer {
  try {
    const asked = app as Readonly<Record<Method, (request: unknown) => unknown>>;
    const value = asked[method](putTxs(method, request, given));
    if (method === "finalizeBlock") return { id, results: packResults(value as FinalizeBlockResponse) };
    if (method !== "prepareProposal") return { id, value, txs: 0 };
    const taken = takeTxs(method, value);
    for (const tx of taken.txs) txs.push(tx);
    return { id, value: taken.rest, txs: taken.txs.length };
  } catch (error) {
    return { id, error: sentError(error) };
  }
}

async function answerLater(
  id: number,
  work: Promise<unknown>,
  post: (message: FromApplication, buffers: ArrayBuffer[]) => void,
): Promise<void> {
  const answer: Answer = await work.then(
    (value) => ({ id, value, txs: 0 }),
    (error: unknown) => ({ id, error: sentError(error) }),
  );
  post({ kind: "answers", answers: [answer], txs: pack([]) }, []);
}
